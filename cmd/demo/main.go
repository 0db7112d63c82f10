// Command demo trains small networks with micrograd, and shows what they learn.
//
//	go run ./cmd/demo        # tell two moons apart
//	go run ./cmd/demo -h     # the other examples, and the flags
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
)

// An example has its own network, defaults for the flags, and a function that trains the network and shows the result.
type example struct {
	name, summary string
	act           *micrograd.Op
	sizes         []int
	epochs        int
	lr            float64
	run           func(ctx context.Context, t training) error
}

var examples = []example{
	{"moons", "a network learns to tell two interleaved half-moons apart (the default)",
		micrograd.ReLU, []int{2, 16, 16, 1}, 100, 1, moons},
	{"linear", "one weight and one bias are found by gradient descent",
		micrograd.Identity, []int{1, 1}, 1000, 0.01, linear},
	{"iris", "a network learns to tell three species of iris by four measurements",
		micrograd.Tanh, []int{4, 16, 3}, 200, 0.02, iris},
}

// A training is what an example is given to do.
type training struct {
	net    *micrograd.MLP
	epochs int
	lr     float64
	rng    *rand.Rand
	screen *screen
}

// options are what the command line says.
type options struct {
	example    example
	epochs     int
	lr         float64
	seed       uint64
	load, save string
}

func main() {
	opts, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the program at once
	if err := run(ctx, opts); err != nil {
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
	flags.Func("epochs", "train for `N` epochs; 0 only shows the network", func(s string) error {
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
	fileName := func(to *string) func(string) error {
		return func(s string) error {
			if s == "" {
				return errors.New("want the name of a file")
			}
			*to = s
			return nil
		}
	}
	flags.Func("save", "write the trained network to `FILE`", fileName(&opts.save))
	flags.Func("load", "begin with the network in `FILE`", fileName(&opts.load))

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

// run trains, shows and saves.
func run(ctx context.Context, opts options) error {
	rng := rand.New(rand.NewPCG(opts.seed, 0))
	net := micrograd.NewMLP(rng, opts.example.act, opts.example.sizes...)
	if opts.load != "" {
		var err error
		if net, err = loadLike(net, opts.load); err != nil {
			return err
		}
	}
	var file target
	if opts.save != "" {
		var err error
		if file, err = newTarget(opts.save); err != nil {
			return err
		}
	}
	s := newScreen(os.Stdout)
	fmt.Fprintf(s.w, "%s: %s, %d parameters\n", opts.example.name, net, len(net.Parameters()))
	if err := opts.example.run(ctx, training{net, opts.epochs, opts.lr, rng, s}); err != nil {
		s.done()
		return err
	}
	if opts.save != "" {
		var b bytes.Buffer
		if err := net.Save(&b); err != nil {
			return err
		}
		if err := file.write(b.Bytes()); err != nil {
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
	fmt.Fprintln(w, "usage: demo [example] [flags]\n\nExamples:")
	for _, ex := range examples {
		fmt.Fprintf(w, "  %-7s %s\n", ex.name, ex.summary)
	}
	fmt.Fprintln(w, "\nFlags:")
	flags.SetOutput(w)
	flags.PrintDefaults()
	fmt.Fprintln(w, "\nWithout -epochs and -lr:")
	for _, ex := range examples {
		fmt.Fprintf(w, "  %-7s -epochs %d -lr %g\n", ex.name, ex.epochs, ex.lr)
	}
	return w.err
}

// diverged returns an error if the loss is no longer a number to learn from.
func diverged(epoch int, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("epoch %d: the loss is %g: try a smaller -lr", epoch, loss)
	}
	return nil
}
