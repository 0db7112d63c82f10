// Command demo trains small models with micrograd, and shows the results.
//
//	go run ./cmd/demo             # a classifier of two moons
//	go run ./cmd/demo -h          # the other examples, and the flags
//	go run ./cmd/demo playground  # a page to play with, in a browser
package main

import (
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
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// An example has a function that trains, and defaults for the flags. If it has an activation and
// sizes, it trains an MLP with these, which can be saved and loaded. Otherwise it makes its own
// model.
//
// To add an example:
//
//   - Write its function in a file of its own. It ranges over t.each, calls t.report in each epoch,
//     and takes random numbers from t.rng. If it makes its own model, it calls t.describe first.
//     The rowLoss in its result is built from the trained model.
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
	{"linear", "the weight and the bias of a line, by gradient descent", 100, 0.01, linear,
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
	{"recommender", "a matrix factorization predicts ratings of films", 200, 0.02, recommender, nil,
		nil},
	{"pendulum", "the length and the damping of a pendulum, through its simulation", 300, 0.02,
		pendulum, nil, nil},
	{"pinn", "a network solves a differential equation", 2000, 0.03, pinn, micrograd.Tanh,
		[]int{1, 16, 16, 1}},
	{"fit", "a curve fitted to reference data of NIST", 100, 100, fit, nil, nil},
}

// options are the command line of an example.
type options struct {
	example    example
	epochs     int
	lr         float64
	seed       uint64
	problem    string // of fit
	load, save string // files, or ""
	svg, html  string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the program immediately
	command, args := run, os.Args[1:]
	if len(args) > 0 && args[0] == "playground" {
		command, args = playground, args[1:]
	}
	if err := command(ctx, args); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run trains an example, shows the result, and writes the files that the flags name.
func run(ctx context.Context, args []string) error {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	t, err := newTraining(ctx, opts)
	if err != nil {
		return err
	}
	r, err := train(opts, t)
	if err != nil {
		return err
	}
	return cmp.Or(writeFiles(opts, t, r), t.screen.w.err)
}

// parse reads the command line: the name of an example, if it isn't the first, and flags.
func parse(args []string) (opts options, err error) {
	opts.example = examples[0]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		if opts.example, err = find(args[0]); err != nil {
			return opts, err
		}
		args = args[1:]
	}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.IntVar(&opts.epochs, "epochs", opts.example.epochs, "train for `N` epochs")
	flags.Float64Var(&opts.lr, "lr", opts.example.lr, "the learning `RATE`")
	flags.Uint64Var(&opts.seed, "seed", 1, "the random `SEED`")
	if opts.example.name == "fit" {
		flags.StringVar(&opts.problem, "problem", "Thurber",
			"the `NAME` of what to fit: "+strings.Join(problemNames(), ", ")+
				"; Lanczos3 and MGH09 may need 300 epochs")
	}
	flags.StringVar(&opts.save, "save", "", "write the MLP and its optimizer to `FILE`")
	flags.StringVar(&opts.load, "load", "", "go on from what -save wrote to `FILE`")
	flags.StringVar(&opts.svg, "svg", "", "draw the result into `FILE`, as SVG")
	flags.StringVar(&opts.html, "html", "", "write a report of the run into `FILE`, as HTML")
	if err := parseFlags(flags, args, help()); err != nil {
		return opts, err
	}
	switch {
	case opts.epochs < 0:
		err = fmt.Errorf("-epochs is %d, want 0 or more", opts.epochs)
	case !(opts.lr > 0) || math.IsInf(opts.lr, 0):
		err = fmt.Errorf("-lr is %g, want a number above 0", opts.lr)
	case opts.example.name == "fit" && !slices.Contains(problemNames(), opts.problem):
		err = fmt.Errorf("-problem is %q, want one of %s", opts.problem,
			strings.Join(problemNames(), ", "))
	case opts.load+opts.save != "" && opts.example.sizes == nil:
		err = fmt.Errorf("%s can't be saved or loaded: its model is not a single MLP",
			opts.example.name)
	default:
		err = opts.conflict()
	}
	return opts, err
}

// conflict returns an error if two flags name the same file, of which one would be lost. Only -save
// may replace the file of -load.
func (opts options) conflict() error {
	flagOf := map[string]string{}
	for _, f := range []struct{ flag, file string }{
		{"-load", opts.load}, {"-svg", opts.svg}, {"-html", opts.html}, {"-save", opts.save},
	} {
		if f.file == "" {
			continue
		}
		file := filepath.Clean(f.file)
		if other := flagOf[file]; other != "" && other+f.flag != "-load-save" {
			return fmt.Errorf("%s and %s both name %s", other, f.flag, f.file)
		}
		flagOf[file] = f.flag
	}
	return nil
}

// parseFlags parses flags, after which nothing may stand. If the user asks for help, it prints the
// text and the flags, and returns flag.ErrHelp.
func parseFlags(flags *flag.FlagSet, args []string, text string) error {
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		var b strings.Builder
		flags.SetOutput(&b)
		flags.PrintDefaults()
		_, failed := fmt.Print(text, b.String())
		return cmp.Or(failed, err)
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected %q", flags.Arg(0))
	}
	if err != nil {
		err = fmt.Errorf("%w (-h lists the flags)", err)
	}
	return err
}

// help returns the beginning of the help.
func help() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "usage: demo [example] [flags]\n\n"+
		"Examples (default moons) and their default flags:")
	for _, ex := range examples {
		fmt.Fprintf(w, "  %s\t%s\t-epochs %d -lr %g\n", ex.name, ex.summary, ex.epochs, ex.lr)
	}
	fmt.Fprintln(w, "\ndemo playground serves a page where you watch networks learn; "+
		"demo playground -h lists its flags.\n\nFlags:")
	w.Flush()
	return b.String()
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

// newTraining returns what the example needs to train.
func newTraining(ctx context.Context, opts options) (*training, error) {
	t := &training{
		epochs:      opts.epochs,
		lr:          opts.lr,
		problem:     opts.problem,
		seed:        opts.seed,
		rng:         rand.New(rand.NewPCG(opts.seed, 0)),
		interrupted: func() bool { return ctx.Err() != nil },
		screen:      newScreen(os.Stdout),
	}
	if sizes := opts.example.sizes; sizes != nil {
		t.Net = micrograd.NewMLP(t.rng, opts.example.act, sizes...)
		t.Adam = micrograd.NewAdam(opts.lr)
	}
	if opts.load == "" {
		return t, nil
	}
	return t, t.load(opts.load)
}

// train trains and shows the result.
func train(opts options, t *training) (result, error) {
	out := t.screen.w
	fmt.Fprintf(out, "%s: ", opts.example.name)
	if t.Net != nil {
		t.describe(t.Net.String(), t.Net.Parameters())
	}
	r := opts.example.run(t)
	if err := cmp.Or(t.err, diverged(t.epochsDone, r.loss)); err != nil {
		return r, err
	}
	r.learned, r.goal = minus(r.learned), minus(r.goal)
	verdict := "not met"
	if r.met {
		verdict = "met"
	}
	fmt.Fprint(out, figure.Text(r.picture(), t.screen.width, t.screen.color))
	epochs := "epochs"
	if t.epochsDone == 1 {
		epochs = "epoch"
	}
	t.screen.line("after %d %s: %s (the goal is %s: %s)", t.epochsDone, epochs, r.learned, r.goal,
		verdict)
	return r, nil
}

// writeFiles writes the files that the flags name.
func writeFiles(opts options, t *training, r result) error {
	contents := []struct {
		file, message string
		write         func(w io.Writer) error
	}{
		{opts.svg, "drawn to", func(w io.Writer) error {
			_, err := io.WriteString(w, figure.SVG(r.picture()))
			return err
		}},
		{opts.html, "reported in", func(w io.Writer) error { return writeReport(w, opts, t, r) }},
		{opts.save, "saved to", t.save},
	}
	for _, c := range contents {
		if c.file == "" {
			continue
		}
		if err := writeFile(c.file, c.write); err != nil {
			return err
		}
		fmt.Fprintln(t.screen.w, c.message, c.file)
	}
	return nil
}
