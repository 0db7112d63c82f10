package main

import (
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

// pageFiles are the files of the playground that are in the source. Two more are made of it: the page itself, compiled to
// WebAssembly, and what Go has to start that.
//
//go:embed playground/page/index.html playground/page/style.css playground/page/boot.js
var pageFiles embed.FS

// parsePlayground reads the command line after the word playground, and returns what it asks for: to build the page and serve
// it, or to write it into a directory. If it asks for help, parsePlayground gives that and returns flag.ErrHelp.
func parsePlayground(args []string, out io.Writer) (func(ctx context.Context) error, error) {
	flags := flag.NewFlagSet("demo playground", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", "localhost:8080", "serve at `ADDRESS`")
	dir := flags.String("o", "", "write the files into `DIR`, for any web server, instead of serving them")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, "usage: demo playground [flags]\n\nBuilds a page in which networks learn before one's eyes, and serves it.\n\nFlags:\n")
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
	// The port comes first: building takes seconds, and is in vain if it is taken.
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w (-addr names another address)", err)
	}
	defer listener.Close()
	files, err := buildPage(ctx, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "serving at http://%s/ until Ctrl-C\n", address(addr, listener.Addr()))
	return serve(ctx, listener, files)
}

// address returns the host as it was asked for, with the port that it got.
func address(asked string, got net.Addr) string {
	host, _, err := net.SplitHostPort(asked)
	_, port, err2 := net.SplitHostPort(got.String())
	if err != nil || err2 != nil || host == "" {
		return got.String()
	}
	return net.JoinHostPort(host, port)
}

// writePage writes the files into dir, which it makes if it isn't there.
func writePage(ctx context.Context, dir string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	files, err := buildPage(ctx, out)
	if err != nil {
		return err
	}
	for name, data := range files {
		t, err := newTarget(filepath.Join(dir, name))
		if err == nil {
			err = t.write(data)
		}
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "written to %s: any web server can serve it\n", dir)
	return err
}

// buildPage returns the files of the page by name.
func buildPage(ctx context.Context, out io.Writer) (map[string][]byte, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, errors.New("the command go isn't found: building the page takes the Go toolchain (go.dev/dl)")
	}
	fmt.Fprintln(out, "building the page (the first time, that may take a minute)")
	files := map[string][]byte{}
	for _, name := range []string{"index.html", "style.css", "boot.js"} {
		data, err := pageFiles.ReadFile("playground/page/" + name)
		if err != nil {
			return nil, err
		}
		files[name] = data
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	if files["wasm_exec.js"], err = os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js")); err != nil {
		return nil, fmt.Errorf("the Go toolchain lacks what starts WebAssembly: %w", err)
	}
	dir, err := os.MkdirTemp("", "playground")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	wasm := filepath.Join(dir, "playground.wasm")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", wasm, "github.com/gomicrograd/micrograd/cmd/demo/playground/page")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if message, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build, which has to run within the repository: %w\n%s", err, message)
	}
	files["playground.wasm"], err = os.ReadFile(wasm)
	return files, err
}

// serve serves the files, and nothing else, until ctx is done.
func serve(ctx context.Context, listener net.Listener, files map[string][]byte) error {
	server := &http.Server{
		Handler:           pageHandler(files),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute, // the page is some megabytes
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}

// pagePolicy lets the page load its own files and compile its WebAssembly, and nothing else: no script that stands in it, and
// nothing from elsewhere. The page says the same for servers that don't, but for the last, which only a server can.
const pagePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".wasm": "application/wasm",
}

func pageHandler(files map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		data, ok := files[name]
		switch {
		case !ok:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "405 method not allowed", http.StatusMethodNotAllowed)
		default:
			h.Set("Content-Type", contentTypes[filepath.Ext(name)])
			h.Set("Content-Length", fmt.Sprint(len(data)))
			w.Write(data)
		}
	})
}
