package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
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
	left, err := filepath.Glob(filepath.Join(temp, "playground*"))
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is left behind")
	assert.Equal(t, "written to "+dir+", for any web server", lines[len(lines)-1])
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{"boot.js", "index.html", "playground.wasm", "style.css",
		"wasm_exec.js"}, names)
	wasm, err := os.ReadFile(filepath.Join(dir, "playground.wasm"))
	require.NoError(t, err)
	assert.Equal(t, "\x00asm", string(wasm[:4]))
	assert.Less(t, len(wasm), 5_000_000)
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

func TestPlaygroundBuildCanBeInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no way to send Ctrl-C to another process")
	}
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	goCommand, err := exec.LookPath("go")
	require.NoError(t, err)
	script := "#!/bin/sh\n[ $1 = env ] && exec " + goCommand + " $@\necho >" + started +
		"\nexec /bin/sleep 60\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755))
	t.Setenv("PATH", dir)
	var errOut strings.Builder
	cmd := exec.Command(demo, "playground", "-o", dir)
	cmd.Stderr = &errOut
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { _, err := os.Stat(started); return err == nil },
		time.Minute, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.Error(t, cmd.Wait())
	assert.Equal(t, "demo: interrupted\n", errOut.String())
}

func TestPlaygroundReplacesNoOtherPage(t *testing.T) {
	dir := t.TempDir()
	index := filepath.Join(dir, "index.html")
	require.NoError(t, os.WriteFile(index, []byte("another page"), 0o666))
	stdout, stderr, status := runDemo(t, "playground", "-o", dir)
	assert.Equal(t, 1, status)
	assert.Empty(t, stdout, "it says so before building")
	assert.Equal(t, "demo: "+dir+" has an index.html that isn't the playground's\n", stderr)
	text, err := os.ReadFile(index)
	require.NoError(t, err)
	assert.Equal(t, "another page", string(text))
}

func TestPlaygroundIsBuiltWithinTheRepositoryOnly(t *testing.T) {
	cmd := exec.Command(demo, "playground", "-o", t.TempDir())
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out),
		"demo: go build failed (run it inside a clone of the repository): exit status 1\n")
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
		{"mkdir " + demo, []string{"-o", filepath.Join(demo, "x")}},
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
