// Command demo trains small networks with micrograd, and shows what they learn.
//
//	go run ./cmd/demo             # tell two moons apart
//	go run ./cmd/demo -h          # the other examples, and the flags
//	go run ./cmd/demo playground  # a page to play with, in a browser
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// An example has its own defaults for the flags, and a function that trains and tells what came of it. If it names an
// activation and sizes, it is given such an MLP, which can be saved and loaded; or else it makes a model of its own.
//
// To add one, write such a function in a file of its own, and add a line here; then go test asks for one in goals, in
// main_test.go, which reads off what the example prints whether it has learnt. The function ranges over t.each, calls t.report
// in each epoch and takes all that is random from t.rng; if it makes a model of its own, it calls t.describe first. Its sample is
// built from the trained model.
type example struct {
	name, summary string
	epochs        int
	lr            float64
	run           func(t *training) result
	act           *micrograd.Op
	sizes         []int
}

var examples = []example{
	{"moons", "a network learns to tell two interleaved half-moons apart", 100, 1, moons, micrograd.ReLU, []int{2, 16, 16, 1}},
	{"linear", "one weight and one bias are found by gradient descent", 1000, 0.01, linear, micrograd.Identity, []int{1, 1}},
	{"iris", "a network learns to tell three species of iris by four measurements", 200, 0.02, iris, micrograd.Tanh, []int{4, 16, 3}},
	{"spiral", "a network learns to tell three arms of a spiral apart", 300, 0.02, spiral, micrograd.Tanh, []int{2, 24, 24, 3}},
	{"vanishing", "how gradients vanish in a deep network, and two cures", 100, 0.02, vanishing, nil, nil},
	{"autoencoder", "eight patterns pass through three units, which find a code for them", 3000, 0.1, autoencoder, micrograd.Sigmoid, []int{8, 3, 8}},
	{"digits", "a convolutional network learns to read handwritten digits", 40, 0.01, readDigits, nil, nil},
	{"gan", "two networks contend, until one makes numbers like the real ones", 120, 0.003, gan, nil, nil},
	{"rnn", "a recurrent network learns to remember numbers, and to add them", 100, 0.01, rnn, nil, nil},
	{"names", "a transformer learns how names are spelt, and makes up new ones", 30, 0.01, names, nil, nil},
	{"recommender", "a matrix factorisation learns what users like and what films have", 400, 0.02, recommender, nil, nil},
	{"pendulum", "a pendulum's length and damping are found through its simulation", 300, 0.02, pendulum, nil, nil},
}

// options are what the command line says.
type options struct {
	example    example
	epochs     int
	lr         float64
	seed       uint64
	load, save string // files, if not empty
	svg, html  string
}

func main() {
	var command func(ctx context.Context) error
	var err error
	if args := os.Args[1:]; len(args) > 0 && args[0] == "playground" {
		command, err = parsePlayground(args[1:], os.Stdout)
	} else {
		var opts options
		opts, err = parse(args)
		command = func(ctx context.Context) error { return run(ctx, opts) }
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the program at once
	if err := command(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// parse reads the command line. If it asks for help, parse gives that and returns flag.ErrHelp.
func parse(args []string) (options, error) {
	var opts options
	var epochs *int
	var lr *float64
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("epochs", "train for `N` epochs; 0 shows it untrained", func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return errors.New("want a whole number, 0 or more")
		}
		epochs = &n
		return nil
	})
	flags.Func("lr", "the learning `RATE`", func(s string) error {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || !(x > 0) || math.IsInf(x, 0) {
			return errors.New("want a number above 0")
		}
		lr = &x
		return nil
	})
	flags.Uint64Var(&opts.seed, "seed", 1, "the `SEED` of all that is random")
	flags.Func("save", "write the trained network to `FILE`, if it is an MLP", fileName(&opts.save))
	flags.Func("load", "begin with the MLP in `FILE`", fileName(&opts.load))
	flags.Func("svg", "draw the result into `FILE`, as SVG", fileName(&opts.svg))
	flags.Func("html", "write a report of the run into `FILE`, as HTML", fileName(&opts.html))

	// The example may stand before the flags, after them, or between.
	name := examples[0].name
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		name = flags.Arg(0)
		err = flags.Parse(flags.Args()[1:])
	}
	if errors.Is(err, flag.ErrHelp) {
		return opts, cmp.Or(printHelp(os.Stdout, flags), err)
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected %q after %q", flags.Arg(0), name)
	}
	if err == nil {
		opts.example, err = find(name)
	}
	if err == nil && opts.load+opts.save != "" && opts.example.sizes == nil {
		err = fmt.Errorf("%s can't be saved or loaded: its model is not a single MLP", name)
	}
	if err != nil {
		return opts, fmt.Errorf("%w (-h lists examples and flags)", err)
	}
	opts.epochs, opts.lr = opts.example.epochs, opts.example.lr
	if epochs != nil {
		opts.epochs = *epochs
	}
	if lr != nil {
		opts.lr = *lr
	}
	return opts, nil
}

// fileName returns a function for a flag that takes the name of a file or a directory.
func fileName(to *string) func(string) error {
	return func(s string) error {
		if s == "" {
			return errors.New("want a name")
		}
		*to = s
		return nil
	}
}

// run trains, shows, draws, reports and saves.
func run(ctx context.Context, opts options) error {
	ex, s := opts.example, newScreen(os.Stdout)
	t := &training{
		epochs:      opts.epochs,
		lr:          opts.lr,
		rng:         rand.New(rand.NewPCG(opts.seed, 0)),
		interrupted: func() bool { return ctx.Err() != nil },
		screen:      s,
	}
	if ex.sizes != nil {
		t.net = micrograd.NewMLP(t.rng, ex.act, ex.sizes...)
	}
	if opts.load != "" {
		var err error
		if t.net, err = loadLike(t.net, opts.load); err != nil {
			return err
		}
	}
	// Before training is a better time to hear that a file can't be written than after it.
	svg, err := newTarget(opts.svg)
	if err != nil {
		return err
	}
	html, err := newTarget(opts.html)
	if err != nil {
		return err
	}
	save, err := newTarget(opts.save)
	if err != nil {
		return err
	}
	files := []struct{ flag, path string }{{"-svg", svg.path}, {"-html", html.path}, {"-save", save.path}, {"-load", opts.load}}
	for i, a := range files[:2] { // the network that was loaded may well be saved in its place
		for _, b := range files[i+1:] {
			if a.path != "" && b.path != "" && sameFile(a.path, b.path) {
				return fmt.Errorf("%s and %s both name %s", a.flag, b.flag, a.path)
			}
		}
	}

	fmt.Fprintf(s.w, "%s: ", ex.name)
	if t.net != nil {
		t.describe(t.net.String(), t.net.Parameters())
	}
	r := ex.run(t)
	if err := cmp.Or(t.err, diverged(t.done, r.loss)); err != nil {
		return err
	}
	fmt.Fprint(s.w, r.figure.Text(s.colour))
	verdict := "not met"
	if r.met {
		verdict = "met"
	}
	fmt.Fprintf(s.w, "after %d epochs: %s (the goal is %s: %s)\n", t.done, r.learnt, r.goal, verdict)
	if opts.svg != "" {
		if err := svg.write([]byte(figure.SVG(r.figure))); err != nil {
			return err
		}
		fmt.Fprintln(s.w, "drawn to", opts.svg)
	}
	if opts.html != "" {
		report, err := reportOf(opts, t, r)
		if err != nil {
			return err
		}
		if err := html.write(report); err != nil {
			return err
		}
		fmt.Fprintln(s.w, "reported in", opts.html)
	}
	if opts.save != "" {
		var b bytes.Buffer
		if err := t.net.Save(&b); err != nil {
			return err
		}
		if err := save.write(b.Bytes()); err != nil {
			return err
		}
		fmt.Fprintln(s.w, "saved to", opts.save)
	}
	return s.w.err
}

func find(name string) (example, error) {
	var names []string
	for _, ex := range examples {
		if ex.name == name {
			return ex, nil
		}
		names = append(names, ex.name)
	}
	return example{}, fmt.Errorf("no example %q, want one of %s", name, strings.Join(names, ", "))
}

// loadLike reads a network, which must have the shape of net.
func loadLike(net *micrograd.MLP, file string) (*micrograd.MLP, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	loaded, err := micrograd.LoadMLP(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if loaded.String() != net.String() {
		return nil, fmt.Errorf("%s: found %s, want %s", file, loaded, net)
	}
	return loaded, nil
}

func printHelp(out io.Writer, flags *flag.FlagSet) error {
	w := &writer{Writer: out}
	longest := 0
	for _, ex := range examples {
		longest = max(longest, len(ex.name))
	}
	fmt.Fprintln(w, "usage: demo [example] [flags]\n\nExamples, of which the first is the default:")
	for _, ex := range examples {
		fmt.Fprintf(w, "  %-*s  %s\n", longest, ex.name, ex.summary)
	}
	fmt.Fprintf(w, "\nA page in which networks learn, in a browser (playground -h lists its flags):\n  %-*s  [flags]\n", longest, "playground")
	fmt.Fprintln(w, "\nFlags of examples:")
	flags.SetOutput(w)
	flags.PrintDefaults()
	fmt.Fprintln(w, "\nDefaults of -epochs and -lr:")
	for _, ex := range examples {
		fmt.Fprintf(w, "  %-*s  -epochs %d -lr %g\n", longest, ex.name, ex.epochs, ex.lr)
	}
	return w.err
}
