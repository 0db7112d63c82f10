package main

import (
	"bytes"
	"cmp"
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
	"strconv"
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
	var dir string
	flags.Func("o", "write the files into `DIR`, for any web server, instead of serving them", fileName(&dir))
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
	flags.Visit(func(f *flag.Flag) {
		if f.Name == "addr" && dir != "" {
			err = errors.New("-addr is for serving, -o for writing: want one of them")
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%w (playground -h lists flags)", err)
	}
	return func(ctx context.Context) error {
		if dir != "" {
			return writePage(ctx, dir, out)
		}
		return servePage(ctx, *addr, out)
	}, nil
}

// servePage builds the page and serves it until ctx is done.
func servePage(ctx context.Context, addr string, out io.Writer) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
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
	fmt.Fprintf(out, "serving at %s, until Ctrl-C\n", site(host, listener.Addr().(*net.TCPAddr)))
	return serve(ctx, listener, newServer(files))
}

// site tells where a browser finds the page, and whether those of other machines do, too.
func site(host string, at *net.TCPAddr) string {
	url := "http://" + net.JoinHostPort(cmp.Or(host, "localhost"), strconv.Itoa(at.Port)) + "/"
	if !at.IP.IsLoopback() {
		url += ", reachable from other machines"
	}
	return url
}

// writePage writes the files into dir, which it makes if it isn't there.
func writePage(ctx context.Context, dir string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	// That all can be written is seen to before any is. The page that asks for the others is the last.
	names := []string{"playground.wasm", "wasm_exec.js", "boot.js", "style.css", "index.html"}
	targets := make([]target, len(names))
	for i, name := range names {
		var err error
		if targets[i], err = newTarget(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err == nil && !bytes.Contains(index, []byte("<title>micrograd playground</title>")) {
		return fmt.Errorf("%s has an index.html that isn't the playground's", dir)
	}
	files, err := buildPage(ctx, out)
	if err != nil {
		return err
	}
	for i, name := range names {
		if err := targets[i].write(files[name]); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "written to %s, for any web server\n", dir)
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
	root, err := runGo(ctx, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	if files["wasm_exec.js"], err = os.ReadFile(filepath.Join(strings.TrimSpace(root), "lib", "wasm", "wasm_exec.js")); err != nil {
		return nil, fmt.Errorf("the Go toolchain lacks what starts WebAssembly: %w", err)
	}
	dir, err := os.MkdirTemp("", "playground")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	wasm := filepath.Join(dir, "playground.wasm")
	// It tells nothing of the machine, and is small.
	if _, err := runGo(ctx, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", wasm,
		"github.com/gomicrograd/micrograd/cmd/demo/playground/page"); err != nil {
		if ctx.Err() == nil {
			err = fmt.Errorf("the page can only be built within the repository: %w", err)
		}
		return nil, err
	}
	files["playground.wasm"], err = os.ReadFile(wasm)
	return files, err
}

// runGo runs the go command for js/wasm and returns what it prints, or an error with what it complains of.
func runGo(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	c := exec.CommandContext(ctx, "go", args...)
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	c.Stdout, c.Stderr = &stdout, &stderr
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // so that it ends what it has started
	c.WaitDelay = 5 * time.Second
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return "", errors.New("interrupted")
	case err != nil:
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// newServer returns a server for the files. Its limits are for clients that would keep it waiting.
func newServer(files map[string][]byte) *http.Server {
	return &http.Server{
		Handler:           pageHandler(files),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute, // the page is some megabytes
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// serve serves until ctx is done. Requests that are under way then have a second to end.
func serve(ctx context.Context, listener net.Listener, server *http.Server) error {
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := server.Shutdown(limit)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		stopped <- err
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

// contentTypes are set here, since those that package mime finds on a machine may be others.
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
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
		}
	})
}
