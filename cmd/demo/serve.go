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
	"strings"
	"time"
)

// pageSource has those files of the page that are in the source. The others are playground.wasm,
// which is built, and wasm_exec.js, which runs it and is copied from the Go installation.
//
//go:embed playground/page/index.html playground/page/style.css playground/page/boot.js
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

// writePage builds the page in dir, which it creates if necessary.
func writePage(ctx context.Context, dir string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err == nil && !bytes.Contains(index, []byte("<title>micrograd playground</title>")) {
		return fmt.Errorf("%s has an index.html that isn't the playground's", dir)
	}
	page, err := buildPage(ctx, out)
	if err != nil {
		return err
	}
	for name, data := range page {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "written to %s, for any web server\n", dir)
	return err
}

// buildPage returns the files of the page.
func buildPage(ctx context.Context, out io.Writer) (map[string][]byte, error) {
	fmt.Fprintln(out, "building the page (the first time, that may take a minute)")
	temp, err := os.MkdirTemp("", "playground")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	root, err := runGo(ctx, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	// These flags keep the names of directories out of the file, and make it small.
	if _, err := runGo(ctx, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", filepath.Join(temp, "playground.wasm"),
		"github.com/gomicrograd/micrograd/cmd/demo/playground/page"); err != nil {
		return nil, err
	}
	source, err := fs.Sub(pageSource, "playground/page")
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
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("the page is built with the go command: %w", err)
	}
	if err != nil {
		text := fmt.Sprintf("go %s failed (run it inside a clone of the repository): %v\n%s",
			args[0], err, &stderr)
		return "", errors.New(strings.TrimSpace(text))
	}
	return stdout.String(), nil
}
