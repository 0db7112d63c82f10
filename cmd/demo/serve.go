package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pageFiles are those files of the playground that are in the source. Two more are built: the page,
// compiled to WebAssembly, and Go's support for that.
//
//go:embed playground/page/index.html playground/page/style.css playground/page/boot.js
var pageFiles embed.FS

// parsePlayground reads the command line after the word playground, and returns a function that
// does what it says. If it asks for help, parsePlayground prints that and returns flag.ErrHelp.
func parsePlayground(args []string, out io.Writer) (func(ctx context.Context) error, error) {
	flags := flag.NewFlagSet("demo playground", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", "localhost:8080", "serve at `ADDRESS`")
	dir := flags.String("o", "", "write the files into `DIR`, and don't serve them")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, "usage: demo playground [flags]\n\n"+
			"Builds and serves a page where you watch networks learn.\n\nFlags:\n")
		flags.SetOutput(out)
		flags.PrintDefaults()
		return nil, err
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected %q after playground", flags.Arg(0))
	}
	if err != nil {
		return nil, fmt.Errorf("%w (playground -h lists flags)", err)
	}
	return func(ctx context.Context) error {
		if *dir != "" {
			return writePage(ctx, *dir, out)
		}
		return servePage(ctx, *addr, out)
	}, nil
}

// servePage builds the page and serves it until ctx is done.
func servePage(ctx context.Context, addr string, out io.Writer) error {
	// Listen first: building takes seconds, which are wasted if the port is in use.
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("-addr %q: %w", addr, err)
	}
	defer listener.Close()
	dir, err := os.MkdirTemp("", "playground")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := buildPage(ctx, dir, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "serving at http://%s/, until Ctrl-C\n", listener.Addr())
	server := &http.Server{
		Handler:           http.FileServer(http.Dir(dir)),
		ReadHeaderTimeout: 5 * time.Second,
	}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// writePage builds the page in dir, which it creates if necessary.
func writePage(ctx context.Context, dir string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err == nil && !bytes.Contains(index, []byte("<title>micrograd playground</title>")) {
		return fmt.Errorf("%s has an index.html that isn't the playground's", dir)
	}
	if err := buildPage(ctx, dir, out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "written to %s, for any web server\n", dir)
	return err
}

// buildPage writes the five files of the page into dir.
func buildPage(ctx context.Context, dir string, out io.Writer) error {
	fmt.Fprintln(out, "building the page (the first time, that may take a minute)")
	root, err := runGo(ctx, "env", "GOROOT")
	if err != nil {
		return err
	}
	// These flags keep the names of directories out of the file, and make it small.
	if _, err := runGo(ctx, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", filepath.Join(dir, "playground.wasm"),
		"github.com/gomicrograd/micrograd/cmd/demo/playground/page"); err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, name := range []string{"index.html", "style.css", "boot.js"} {
		if files[name], err = pageFiles.ReadFile("playground/page/" + name); err != nil {
			return err
		}
	}
	support := filepath.Join(strings.TrimSpace(root), "lib", "wasm", "wasm_exec.js")
	if files["wasm_exec.js"], err = os.ReadFile(support); err != nil {
		return err
	}
	for name, data := range files {
		if err := writeFile(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return nil
}

// runGo runs the go command for js/wasm and returns its output, or an error with what it printed.
func runGo(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	c := exec.CommandContext(ctx, "go", args...)
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if ctx.Err() != nil {
		return "", errors.New("interrupted")
	}
	if err != nil {
		text := fmt.Sprintf("go %s failed (run it inside a clone of the repository): %v\n%s",
			args[0], err, &stderr)
		return "", errors.New(strings.TrimSpace(text))
	}
	return stdout.String(), nil
}
