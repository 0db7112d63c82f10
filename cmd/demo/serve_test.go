package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlaygroundIsWrittenAsFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	lines := succeed(t, "playground", "-o", dir)
	assert.Empty(t, namesIn(t, temp), "nothing is left behind")
	assert.Equal(t, "written to "+dir+", for any web server", lines[len(lines)-1])
	assert.Equal(t, []string{"boot.js", "index.html", "playground.wasm", "style.css",
		"wasm_exec.js"}, namesIn(t, dir))
	wasm, err := os.ReadFile(filepath.Join(dir, "playground.wasm"))
	require.NoError(t, err)
	assert.Equal(t, "\x00asm", string(wasm[:4]))
	assert.Less(t, len(wasm), 5_200_000)
	here, err := os.Getwd()
	require.NoError(t, err)
	assert.NotContains(t, string(wasm), here, "it tells nothing of the machine that built it")
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	require.NoError(t, err)
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).
		FindSubmatch(index)
	require.NotNil(t, policy)
	assert.Contains(t, string(policy[1]), "default-src 'none'; ")
	assert.NotRegexp(t, `[^-]unsafe-(inline|eval)`, string(policy[1]))
}

func namesIn(t *testing.T, dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestPlaygroundBuildThatIsInterruptedLeavesNoProcessAndNoFile(t *testing.T) {
	pipe := namedPipe(t)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		bin, temp, parent := t.TempDir(), t.TempDir(), t.TempDir()
		// Like the go command, this has temporary files, and a child that compiles.
		script := "#!/bin/sh\n: >${GOTMPDIR:-$TMPDIR}/object\n" +
			"(/bin/sleep 60; echo alive) >" + pipe + " 2>&1 &\nwait\n"
		require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
		t.Setenv("PATH", bin)
		t.Setenv("TMPDIR", temp)
		var errOut strings.Builder
		cmd := exec.Command(demo, "playground", "-o", filepath.Join(parent, "new"))
		cmd.Stderr = &errOut
		require.NoError(t, cmd.Start())
		child, err := os.Open(pipe) // waits for the child, and ends with it
		require.NoError(t, err)
		defer child.Close()
		require.NoError(t, cmd.Process.Signal(sig))
		assert.Error(t, cmd.Wait())
		assert.Equal(t, "demo: interrupted\n", errOut.String())
		text, err := io.ReadAll(child)
		require.NoError(t, err)
		assert.Empty(t, string(text))
		assert.Empty(t, namesIn(t, temp))
		assert.Empty(t, namesIn(t, parent))
	}
}

const earlierPage = "<title>micrograd playground</title>"

func TestPlaygroundReplacesNothingButAnEarlierPage(t *testing.T) {
	for _, c := range []struct {
		want  string
		files map[string]string
	}{
		{"index.html would be lost: it isn't the playground's",
			map[string]string{"index.html": "another page"}},
		{"index.html would be lost: it isn't the playground's",
			map[string]string{"index.html": "another page", "boot.js": "x"}},
		{"style.css would be lost: it isn't the playground's",
			map[string]string{"style.css": "x"}},
		{"playground.wasm would be lost: it isn't the playground's",
			map[string]string{"playground.wasm": "x"}},
		{"style.css is not a regular file: d",
			map[string]string{"index.html": earlierPage, "style.css/x": "x"}},
	} {
		dir := t.TempDir()
		for name, text := range c.files {
			file := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
			require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		}
		stdout, stderr, status := runDemo(t, "playground", "-o", dir)
		assert.Equal(t, 1, status)
		assert.Empty(t, stdout, "it says so before building")
		assert.Contains(t, stderr, "demo: "+filepath.Join(dir, c.want))
		assert.Len(t, namesIn(t, dir), len(c.files))
		for name, text := range c.files {
			found, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			assert.Equal(t, text, string(found))
		}
	}
}

func TestPlaygroundReplacesNoLinkAndNoNamedPipe(t *testing.T) {
	pipe := namedPipe(t)
	for want, place := range map[string]func(file string) error{
		"L": func(file string) error { return os.Symlink(pipe, file) },
		"p": func(file string) error { return os.Link(pipe, file) },
	} {
		dir := t.TempDir()
		index := filepath.Join(dir, "index.html")
		require.NoError(t, place(index))
		_, stderr, status := runDemo(t, "playground", "-o", dir)
		assert.Equal(t, 1, status)
		assert.Contains(t, stderr, "demo: "+index+" is not a regular file: "+want)
		assert.Equal(t, []string{"index.html"}, namesIn(t, dir))
	}
}

func TestPlaygroundReplacesAnEarlierPage(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"index.html": earlierPage, "style.css": "old",
		"notes": "mine"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	succeed(t, "playground", "-o", dir)
	assert.Equal(t, []string{"boot.js", "index.html", "notes", "playground.wasm", "style.css",
		"wasm_exec.js"}, namesIn(t, dir))
	for name, text := range map[string]string{"index.html": "<main", "style.css": "color:",
		"notes": "mine"} {
		found, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Contains(t, string(found), text)
	}
}

func TestPlaygroundOutsideACloneNamesTheCommandThatServesIt(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(demo, "playground", "-o", "new")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "demo: go build failed (in a clone of "+
		"https://github.com/gomicrograd/micrograd, \"go run ./cmd/demo playground\" works): ")
	assert.Empty(t, namesIn(t, dir))
}

func TestPlaygroundOfAnInstalledProgramNeedsNoClone(t *testing.T) {
	// A module proxy is a directory.
	const module, version = "github.com/gomicrograd/micrograd", "v0.0.1"
	proxy := t.TempDir()
	versions := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	require.NoError(t, os.MkdirAll(versions, 0o777))
	root := os.DirFS("../..")
	goMod, err := fs.ReadFile(root, "go.mod")
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"list":            []byte(version),
		version + ".info": []byte(`{"Version":"` + version + `"}`),
		version + ".mod":  goMod,
		version + ".zip":  zipOf(t, root, module+"@"+version),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(versions, name), data, 0o666))
	}
	bin, dir := t.TempDir(), t.TempDir()
	t.Setenv("GOBIN", bin)
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOPROXY", "file:///"+strings.TrimPrefix(filepath.ToSlash(proxy), "/"))
	t.Setenv("GOSUMDB", "off")
	out, err := exec.Command("go", "install", module+"/cmd/demo@"+version).CombinedOutput()
	require.NoError(t, err, string(out))
	installed := exec.Command(filepath.Join(bin, "demo"), "playground", "-o", "new")
	installed.Dir = dir
	out, err = installed.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, namesIn(t, filepath.Join(dir, "new")), "playground.wasm")
}

// zipOf returns what "go get" downloads: the files of a module, without those of modules in it.
func zipOf(t *testing.T, root fs.FS, prefix string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, err := fs.Stat(root, path.Join(name, "go.mod"))
			if name != "." && (err == nil || d.Name()[0] == '.') {
				return fs.SkipDir
			}
			return nil
		}
		f, err := w.Create(prefix + "/" + name)
		if err != nil {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return err
	}))
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestServerCompressesForClientsThatAcceptIt(t *testing.T) {
	text := strings.Repeat("<p>hello", 100)
	h := handler(map[string][]byte{"index.html": []byte(text), "playground.wasm": nil})
	for _, c := range []struct {
		accept string
		zipped bool
	}{
		{"", false}, {"br", false}, {"gzip", true}, {"br, gzip, deflate", true},
		{"gzip;q=0", false}, {"deflate, gzip ; q=0", false},
	} {
		for _, address := range []string{"/", "/index.html"} {
			r := get(h, address, "Accept-Encoding", c.accept)
			assert.Equal(t, 200, r.Code)
			assert.Equal(t, "text/html; charset=utf-8", r.Header().Get("Content-Type"))
			assert.Equal(t, "Accept-Encoding", r.Header().Get("Vary"))
			body := io.Reader(r.Body)
			if c.zipped {
				assert.Equal(t, "gzip", r.Header().Get("Content-Encoding"), c.accept)
				assert.Less(t, r.Body.Len(), 100)
				var err error
				body, err = gzip.NewReader(body)
				require.NoError(t, err)
			} else {
				assert.Empty(t, r.Header().Get("Content-Encoding"), c.accept)
			}
			got, err := io.ReadAll(body)
			require.NoError(t, err)
			assert.Equal(t, text, string(got))
		}
	}
	assert.Equal(t, "application/wasm", get(h, "/playground.wasm").Header().Get("Content-Type"))
}

// get returns what h answers to a request with headers, which are names and values.
func get(h http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", address, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestServerSendsAFileAgainOnlyIfItHasChanged(t *testing.T) {
	h := handler(map[string][]byte{"boot.js": []byte("old")})
	changed := handler(map[string][]byte{"boot.js": []byte("new")})
	seen := map[string]bool{}
	for _, accept := range []string{"", "gzip"} {
		r := get(h, "/boot.js", "Accept-Encoding", accept)
		assert.Equal(t, "no-cache", r.Header().Get("Cache-Control"), "a browser asks")
		tag := r.Header().Get("ETag")
		assert.Regexp(t, `^"[^"]+"$`, tag)
		assert.False(t, seen[tag], "different bytes have different tags")
		seen[tag] = true
		again := get(h, "/boot.js", "Accept-Encoding", accept, "If-None-Match", tag)
		assert.Equal(t, 304, again.Code)
		assert.Zero(t, again.Body.Len())
		assert.Equal(t, 200, get(changed, "/boot.js", "Accept-Encoding", accept, "If-None-Match",
			tag).Code)
	}
}

func TestServerSendsRangesOfWhatItWouldSend(t *testing.T) {
	h := handler(map[string][]byte{"boot.js": []byte("one two three")})
	for _, accept := range []string{"", "gzip"} {
		whole := get(h, "/boot.js", "Accept-Encoding", accept)
		part := get(h, "/boot.js", "Accept-Encoding", accept, "Range", "bytes=4-6", "If-Range",
			whole.Header().Get("ETag"))
		assert.Equal(t, 206, part.Code)
		assert.Equal(t, accept, part.Header().Get("Content-Encoding"))
		assert.Equal(t, whole.Body.Bytes()[4:7], part.Body.Bytes())
		other := get(h, "/boot.js", "Range", "bytes=4-6", "If-Range", `"another"`)
		assert.Equal(t, 200, other.Code)
	}
}

func TestServerKnowsNoOtherFile(t *testing.T) {
	h := handler(map[string][]byte{"index.html": nil, "boot.js": nil})
	for _, address := range []string{"/serve.go", "/boot.js/", "/x/", "/x/boot.js"} {
		assert.Equal(t, 404, get(h, address).Code, address)
	}
}

func TestPlaygroundIsServedUntilItIsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no way to send Ctrl-C to another process")
	}
	cmd := exec.Command(demo, "playground", "-addr", "localhost:0")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(out)
	address := ""
	for address == "" && lines.Scan() {
		if after, ok := strings.CutPrefix(lines.Text(), "serving at "); ok {
			address, _, _ = strings.Cut(after, ",")
		}
	}
	require.Regexp(t, `^http://127\.0\.0\.1:\d+/$`, address)
	r, err := http.Get(address + "wasm_exec.js")
	require.NoError(t, err)
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	r.Body.Close()
	assert.Contains(t, string(text), "globalThis.Go")
	for file, kind := range map[string]string{"": "text/html", "boot.js": "text/javascript",
		"style.css": "text/css", "playground.wasm": "application/wasm"} {
		r, err := http.Get(address + file)
		require.NoError(t, err)
		r.Body.Close()
		assert.Equal(t, 200, r.StatusCode, file)
		assert.Contains(t, r.Header.Get("Content-Type"), kind, file)
	}

	// A port that is taken gets a line, and nothing is built.
	port := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	stdout, stderr, status := runDemo(t, "playground", "-addr", port)
	assert.Empty(t, stdout)
	assert.Equal(t, 1, status)
	assert.Regexp(t,
		`^demo: -addr "127\.0\.0\.1:\d+": listen tcp .*: bind: address already in use\n$`, stderr)

	start := time.Now()
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.NoError(t, cmd.Wait(), "it ends as it should")
	assert.Less(t, time.Since(start), 5*time.Second)
}

func TestPlaygroundSaysMistakesInOneLine(t *testing.T) {
	for _, test := range []struct {
		want string
		args []string
	}{
		{"flag provided but not defined: -port (-h lists the flags)",
			[]string{"-port", "1"}},
		{`unexpected "now" (-h lists the flags)`, []string{"now"}},
		{`-addr "nowhere": listen tcp: address nowhere: missing port in address`,
			[]string{"-addr", "nowhere"}},
		{demo + " is not a directory: -", []string{"-o", demo}},
	} {
		stdout, stderr, status := runDemo(t, append([]string{"playground"}, test.args...)...)
		assert.Empty(t, stdout)
		assert.Equal(t, 1, status)
		assert.Contains(t, stderr, "demo: "+test.want)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	}
	stdout, _, status := runDemo(t, "playground", "-h")
	assert.Zero(t, status)
	assert.Contains(t, stdout, "usage: demo playground [flags]")
	assert.Contains(t, stdout, "-addr")
	assert.Contains(t, stdout, `(default "localhost:8080")`)

	t.Setenv("PATH", t.TempDir())
	_, stderr, status := runDemo(t, "playground", "-o", t.TempDir())
	assert.Equal(t, 1, status)
	assert.Equal(t, "demo: the page is built with the go command: "+
		"exec: \"go\": executable file not found in $PATH\n", stderr)
}
