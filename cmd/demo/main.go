// Command demo trains small models with micrograd, and shows the results.
//
//	go run ./cmd/demo             # a classifier of two moons
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
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// An example has defaults for the flags and a function that trains. If it names an activation and
// sizes, it gets such an MLP, which can be saved and loaded; otherwise it makes its own model.
//
// To add an example:
//
//   - Write its function in a file of its own. It ranges over t.each, calls t.report in each epoch,
//     and takes random numbers from t.rng. If it makes its own model, it calls t.describe first.
//     The sample in its result is built from the trained model.
//   - Add a line to examples.
//   - Add a function to goals in main_test.go, which checks in the output that the goal is met.
//   - Draw its picture: go run ./cmd/demo NAME -svg cmd/demo/gallery/NAME.svg
//   - Add it to the gallery in README.md, and to the loop in .ci/run.
type example struct {
	name, summary string
	epochs        int
	lr            float64
	run           func(t *training) result
	act           *micrograd.Op
	sizes         []int
}

var examples = []example{
	{"moons", "a classifier of two interleaved half-moons", 100, 1, moons, micrograd.ReLU,
		[]int{2, 16, 16, 1}},
	{"linear", "the weight and the bias of a line, by gradient descent", 1000, 0.01, linear,
		micrograd.Identity, []int{1, 1}},
	{"iris", "a classifier of three species of iris by four measurements", 200, 0.02, iris,
		micrograd.Tanh, []int{4, 16, 3}},
	{"spiral", "a classifier of three arms of a spiral", 300, 0.02, spiral, micrograd.Tanh,
		[]int{2, 24, 24, 3}},
	{"vanishing", "vanishing gradients in a deep network, and two remedies", 100, 0.02, vanishing,
		nil, nil},
	{"autoencoder", "an autoencoder of eight patterns with three hidden units", 3000, 0.1,
		autoencoder, micrograd.Sigmoid, []int{8, 3, 8}},
	{"digits", "a convolutional network reads handwritten digits", 40, 0.01, readDigits, nil, nil},
	{"gan", "a generative adversarial network for numbers", 120, 0.003, gan, nil, nil},
	{"rnn", "a recurrent network remembers two numbers and adds them", 100, 0.01, rnn, nil, nil},
	{"names", "a transformer generates given names", 30, 0.01, names, nil, nil},
	{"recommender", "a matrix factorization predicts ratings of films", 400, 0.02, recommender, nil,
		nil},
	{"pendulum", "the length and the damping of a pendulum, through its simulation", 300, 0.02,
		pendulum, nil, nil},
}

// options are from the command line.
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
		opts, err = parse(args, os.Stdout)
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
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the program immediately
	if err := command(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// parse reads the command line. If it asks for help, parse prints that to out and returns
// flag.ErrHelp.
func parse(args []string, out io.Writer) (opts options, err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&opts.epochs, "epochs", 0, "train for `N` epochs; 0 skips training")
	flags.Float64Var(&opts.lr, "lr", 0, "the learning `RATE`")
	flags.Uint64Var(&opts.seed, "seed", 1, "the random `SEED`")
	flags.StringVar(&opts.save, "save", "", "write the trained network to `FILE`, if it is an MLP")
	flags.StringVar(&opts.load, "load", "", "begin with the MLP in `FILE`")
	flags.StringVar(&opts.svg, "svg", "", "draw the result into `FILE`, as SVG")
	flags.StringVar(&opts.html, "html", "", "write a report of the run into `FILE`, as HTML")

	// The example may stand before the flags, after them, or between.
	name := examples[0].name
	err = flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		name = flags.Arg(0)
		err = flags.Parse(flags.Args()[1:])
	}
	if errors.Is(err, flag.ErrHelp) {
		return opts, cmp.Or(printHelp(out, flags), err)
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected %q after %q", flags.Arg(0), name)
	}
	if err == nil {
		opts.example, err = find(name)
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["epochs"] {
		opts.epochs = opts.example.epochs
	}
	if !given["lr"] {
		opts.lr = opts.example.lr
	}
	switch {
	case err != nil:
	case opts.epochs < 0:
		err = fmt.Errorf("-epochs is %d, want 0 or more", opts.epochs)
	case !(opts.lr > 0) || math.IsInf(opts.lr, 0):
		err = fmt.Errorf("-lr is %g, want a number above 0", opts.lr)
	case opts.load+opts.save != "" && opts.example.sizes == nil:
		err = fmt.Errorf("%s can't be saved or loaded: its model is not a single MLP", name)
	}
	if err != nil {
		err = fmt.Errorf("%w (-h lists examples and flags)", err)
	}
	return opts, err
}

// run trains, shows the result, and writes the files that opts name.
func run(ctx context.Context, opts options) error {
	t, err := newTraining(ctx, opts)
	if err != nil {
		return err
	}
	outputs := opts.outputs(t)
	if err := checkFiles(outputs, opts.load); err != nil {
		return err
	}
	out := t.screen.w
	fmt.Fprintf(out, "%s: ", opts.example.name)
	if t.net != nil {
		t.describe(t.net.String(), t.net.Parameters())
	}
	r := opts.example.run(t)
	if err := cmp.Or(t.err, diverged(t.done, r.loss)); err != nil {
		return err
	}
	verdict := "not met"
	if r.met {
		verdict = "met"
	}
	fmt.Fprint(out, r.figure.Text(t.screen.color))
	fmt.Fprintf(out, "after %d epochs: %s (the goal is %s: %s)\n", t.done, r.learned, r.goal,
		verdict)
	for _, o := range outputs {
		data, err := o.content(r)
		if err == nil {
			err = writeFile(o.file, data)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(out, o.message, o.file)
	}
	return out.err
}

// newTraining returns what the example needs to train.
func newTraining(ctx context.Context, opts options) (*training, error) {
	t := &training{
		epochs:      opts.epochs,
		lr:          opts.lr,
		rng:         rand.New(rand.NewPCG(opts.seed, 0)),
		interrupted: func() bool { return ctx.Err() != nil },
		screen:      newScreen(os.Stdout),
	}
	if sizes := opts.example.sizes; sizes != nil {
		t.net = micrograd.NewMLP(t.rng, opts.example.act, sizes...)
	}
	if opts.load == "" {
		return t, nil
	}
	var err error
	t.net, err = loadLike(t.net, opts.load)
	return t, err
}

// An output is a file that is written after training.
type output struct {
	flag, file string
	message    string // printed before the name of the file
	content    func(r result) ([]byte, error)
}

// outputs returns those that opts name.
func (opts options) outputs(t *training) []output {
	all := []output{
		{"-svg", opts.svg, "drawn to", func(r result) ([]byte, error) {
			return []byte(figure.SVG(r.figure)), nil
		}},
		{"-html", opts.html, "reported in", func(r result) ([]byte, error) {
			return reportOf(opts, t, r)
		}},
		{"-save", opts.save, "saved to", func(r result) ([]byte, error) {
			var b bytes.Buffer
			err := t.net.Save(&b)
			return b.Bytes(), err
		}},
	}
	return slices.DeleteFunc(all, func(o output) bool { return o.file == "" })
}

// checkFiles returns an error if an output can't be written, or would replace another file that the
// command names. Only -save may replace the network that was loaded.
func checkFiles(outputs []output, loaded string) error {
	flags := map[string]string{filepath.Clean(loaded): "-load"}
	for _, o := range outputs {
		if err := checkWritable(o.file); err != nil {
			return err
		}
		file := filepath.Clean(o.file)
		other := flags[file]
		if other != "" && !(other == "-load" && o.flag == "-save") {
			return fmt.Errorf("%s and %s both name %s", other, o.flag, o.file)
		}
		flags[file] = o.flag
	}
	return nil
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
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "usage: demo [example] [flags]\n\n"+
		"Examples (default moons) and their default flags:")
	for _, ex := range examples {
		fmt.Fprintf(w, "  %s\t%s\t-epochs %d -lr %g\n", ex.name, ex.summary, ex.epochs, ex.lr)
	}
	fmt.Fprintln(w, "  playground\ta page where you watch networks learn\t-h lists its flags")
	fmt.Fprintln(w, "\nFlags of examples:")
	flags.SetOutput(w)
	flags.PrintDefaults()
	return w.Flush()
}
