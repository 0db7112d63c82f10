package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"
)

// pageNames are the files of the page. The last two are not in the source: wasm_exec.js is copied
// from the Go installation, and runs playground.wasm, which is built.
var pageNames = []string{"index.html", "style.css", "boot.js", "wasm_exec.js", "playground.wasm"}

//go:embed internal/playground/page/index.html
//go:embed internal/playground/page/style.css
//go:embed internal/playground/page/boot.js
var pageSource embed.FS

// playground builds the page, and serves it or writes it into a directory.
func playground(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("demo playground", flag.ContinueOnError)
	addr := flags.String("addr", "localhost:8080", "serve at `ADDRESS`")
	dir := flags.String("o", "", "write the files into `DIR`, and don't serve them")
	err := parseFlags(flags, args, "usage: demo playground [flags]\n\n"+
		"Builds and serves a page where you watch networks learn.\n\nFlags:\n")
	switch {
	case err != nil:
		return err
	case *dir != "":
		return writePage(ctx, *dir, os.Stdout)
	}
	return servePage(ctx, *addr, os.Stdout)
}

// servePage builds the page and serves it until ctx is done.
func servePage(ctx context.Context, addr string, out io.Writer) error {
	// Listen first: building takes seconds, which are wasted if the port is in use.
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("-addr %q: %w", addr, err)
	}
	defer listener.Close()
	page, err := buildPage(ctx, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "serving at http://%s/, until Ctrl-C\n", listener.Addr())
	server := &http.Server{Handler: handler(page), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// handler serves the files, compressed for clients that accept it. A browser asks each time whether
// a file has changed, and gets only what has.
func handler(page map[string][]byte) http.Handler {
	mux := http.NewServeMux()
	for name, data := range page {
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		w.Write(data)
		w.Close()
		tag := fmt.Sprintf("%x", sha256.Sum256(data))
		serve := func(w http.ResponseWriter, r *http.Request) {
			body, etag := data, tag
			// A weight after gzip may be ;q=0, which means that it isn't accepted.
			_, after, ok := strings.Cut(r.Header.Get("Accept-Encoding"), "gzip")
			if ok && !strings.HasPrefix(strings.TrimSpace(after), ";") {
				body, etag = zipped.Bytes(), tag+"-gzip"
				w.Header().Set("Content-Encoding", "gzip")
			}
			w.Header().Set("Vary", "Accept-Encoding")
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("ETag", `"`+etag+`"`)
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
		}
		mux.HandleFunc("GET /"+name, serve)
		if name == "index.html" {
			mux.HandleFunc("GET /{$}", serve)
		}
	}
	return mux
}

// writePage builds the page and writes it into dir, which it creates if necessary.
func writePage(ctx context.Context, dir string, out io.Writer) error {
	if err := checkReplaceable(dir); err != nil {
		return err
	}
	page, err := buildPage(ctx, out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	// Only complete files are moved to their places: a full disk leaves the earlier page.
	temp, err := os.MkdirTemp(dir, ".demo*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	for _, name := range pageNames {
		if err := os.WriteFile(filepath.Join(temp, name), page[name], 0o666); err != nil {
			return err
		}
	}
	for _, name := range pageNames {
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "written to %s, for any web server\n", dir)
	return err
}

// checkReplaceable returns an error if dir has a file that the page would replace, and that isn't
// from an earlier page.
func checkReplaceable(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a directory: %s", dir, info.Mode())
	}
	ours := false
	for _, name := range pageNames {
		file := filepath.Join(dir, name)
		info, err := os.Lstat(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file: %s", file, info.Mode())
		}
		if name == "index.html" {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			ours = bytes.Contains(text, []byte("<title>micrograd playground</title>"))
		}
		if !ours {
			return fmt.Errorf("%s would be lost: it isn't the playground's", file)
		}
	}
	return nil
}

// buildPage returns the files of the page.
func buildPage(ctx context.Context, out io.Writer) (map[string][]byte, error) {
	fmt.Fprintln(out, "building the page (the first time, that may take a minute)")
	temp, err := os.MkdirTemp("", "playground")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	dir, err := moduleDir(ctx, temp)
	if err != nil {
		return nil, err
	}
	root, err := runGo(ctx, temp, dir, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	// These flags keep the names of directories out of the file, and make it small.
	if _, err := runGo(ctx, temp, dir, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", filepath.Join(temp, "playground.wasm"),
		"github.com/gomicrograd/micrograd/cmd/demo/internal/playground/page"); err != nil {
		return nil, err
	}
	source, err := fs.Sub(pageSource, "internal/playground/page")
	if err != nil {
		return nil, err
	}
	page := map[string][]byte{}
	for name, from := range map[string]fs.FS{
		"index.html":      source,
		"style.css":       source,
		"boot.js":         source,
		"wasm_exec.js":    os.DirFS(filepath.Join(strings.TrimSpace(root), "lib", "wasm")),
		"playground.wasm": os.DirFS(temp),
	} {
		if page[name], err = fs.ReadFile(from, name); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// moduleDir returns the directory of the module that has the page's package: in the module cache,
// if the program was installed from there, or else the current one.
func moduleDir(ctx context.Context, temp string) (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Sum == "" { // which only a module in the cache has
		return "", nil
	}
	module := info.Main.Path + "@" + info.Main.Version
	if _, err := runGo(ctx, temp, temp, "mod", "download", module); err != nil {
		return "", err
	}
	dir, err := runGo(ctx, temp, temp, "list", "-m", "-f", "{{.Dir}}", module)
	return strings.TrimSpace(dir), err
}

// runGo runs the go command in dir, for js/wasm, and returns its output, or an error with what it
// printed. The go command keeps its temporary files in temp, where it leaves them if it is killed.
func runGo(ctx context.Context, temp, dir string, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOTMPDIR="+temp)
	c.Stdout, c.Stderr = &stdout, &stderr
	groupKill(c)
	err := c.Run()
	if ctx.Err() != nil {
		return "", errors.New("interrupted")
	}
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("the page is built with the go command: %w", err)
	}
	if err != nil {
		text := fmt.Sprintf("go %s failed (in a clone of %s, \"go run ./cmd/demo playground\" "+
			"works): %v\n%s", args[0], "https://github.com/gomicrograd/micrograd", err, &stderr)
		return "", errors.New(strings.TrimSpace(text))
	}
	return stdout.String(), nil
}
