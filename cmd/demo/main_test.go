package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// demo is the program, built once and then run as a user would.
var demo string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "demo")
	if err != nil {
		panic(err)
	}
	demo = filepath.Join(dir, "demo.exe")
	if out, err := exec.Command("go", "build", "-o", demo, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func runDemo(t *testing.T, args ...string) (stdout, stderr string, status int) {
	var out, errOut bytes.Buffer
	cmd := exec.Command(demo, args...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// succeed returns the lines that the demo prints.
func succeed(t *testing.T, args ...string) []string {
	stdout, stderr, status := runDemo(t, args...)
	require.Zero(t, status, stderr)
	require.Empty(t, stderr)
	require.NotContains(t, stdout, "\x1b", "no colour or cursor movement in a pipe")
	require.NotContains(t, stdout, "\r")
	return strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
}

func number(t *testing.T, pattern, line string) float64 {
	found := regexp.MustCompile(pattern).FindStringSubmatch(line)
	require.NotNil(t, found, "%q in %q", pattern, line)
	x, err := strconv.ParseFloat(found[1], 64)
	require.NoError(t, err)
	return x
}

func TestMoonsLearnsAndShowsTheBoundary(t *testing.T) {
	for _, args := range [][]string{{}, {"moons", "-seed", "2"}, {"-seed", "3", "moons"}} {
		lines := succeed(t, args...)
		assert.Equal(t, "moons: MLP(2 → 16 ReLU → 16 ReLU → 1 Identity), 337 parameters", lines[0])
		for i := range 10 {
			assert.Contains(t, lines[1+i], fmt.Sprintf("epoch %3d/100  loss ", 10*(i+1)))
		}
		last := lines[len(lines)-1]
		assert.GreaterOrEqual(t, number(t, `accuracy (\S+) %$`, last), 95.0)
		assert.Less(t, number(t, `loss (\S+),`, last), 0.2)

		picture := strings.Join(lines[11:len(lines)-2], "\n")
		assert.Greater(t, strings.Count(picture, "o"), 20)
		assert.Greater(t, strings.Count(picture, "x"), 20)
		assert.Greater(t, strings.Count(picture, "░"), 200)
		assert.Greater(t, strings.Count(picture, " "), 200)
	}
}

func TestLinearFindsTheLine(t *testing.T) {
	for _, seed := range []string{"1", "2", "3"} {
		lines := succeed(t, "linear", "-seed", seed)
		assert.Equal(t, "after 1000 epochs: W = 2.0000, b = -1.0000: found (the points lie on y = 2x − 1)", lines[len(lines)-1])
	}
	lines := succeed(t, "linear", "-epochs", "1")
	assert.Contains(t, lines[len(lines)-1], "not found yet")
}

func TestIrisTellsTheSpeciesOfFlowersHeldOut(t *testing.T) {
	for _, seed := range []string{"1", "2", "3"} {
		lines := succeed(t, "iris", "-seed", seed)
		n := len(lines)
		accuracy := number(t, `held out (\S+) %$`, lines[n-1])
		assert.GreaterOrEqual(t, accuracy, 94.0)

		total, right := 0, 0
		for i, name := range []string{"setosa", "versicolor", "virginica"} {
			fields := strings.Fields(lines[n-4+i])
			require.Equal(t, name, fields[0])
			for j, field := range fields[1:] {
				count, err := strconv.Atoi(field)
				require.NoError(t, err)
				total += count
				if i == j {
					right += count
				}
			}
		}
		assert.Equal(t, 50, total, "a third of the flowers")
		assert.InDelta(t, accuracy, 100*float64(right)/50, 0.05)
	}
}

func TestIrisDataAreComplete(t *testing.T) {
	names, flowers, err := readIris(irisCSV)
	require.NoError(t, err)
	assert.Equal(t, []string{"setosa", "versicolor", "virginica"}, names)
	require.Len(t, flowers, 150)
	count := map[int]int{}
	for _, f := range flowers {
		count[f.species]++
		assert.Len(t, f.x, 4)
	}
	assert.Equal(t, map[int]int{0: 50, 1: 50, 2: 50}, count)
	assert.Equal(t, flower{[]float64{5.1, 3.5, 1.4, 0.2}, 0}, flowers[0])
}

func TestASeedGivesTheSameRun(t *testing.T) {
	for _, ex := range examples {
		args := []string{ex.name, "-epochs", "20", "-seed"}
		assert.Equal(t, succeed(t, append(args, "5")...), succeed(t, append(args, "5")...))
		assert.NotEqual(t, succeed(t, append(args, "5")...), succeed(t, append(args, "6")...))
	}
}

func TestHelpListsTheExamples(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"--help"}, {"iris", "-h"}} {
		help := strings.Join(succeed(t, args...), "\n")
		for _, ex := range examples {
			assert.Regexp(t, "(?m)^  "+ex.name+" +"+regexp.QuoteMeta(ex.summary)+"$", help)
		}
		for _, flag := range []string{"-epochs", "-lr", "-seed", "-save", "-load"} {
			assert.Contains(t, help, flag)
		}
	}
}

func TestMistakesGetOneLine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		return file
	}
	for _, c := range []struct {
		status int
		want   string
		args   []string
	}{
		{2, `no example "sun", want one of moons, linear, iris`, []string{"sun"}},
		{2, `flag provided but not defined: -x`, []string{"-x"}},
		{2, `unexpected "linear" after "moons"`, []string{"moons", "linear"}},
		{2, `flag needs an argument: -lr`, []string{"-lr"}},
		{2, `invalid value "many" for flag -epochs: want a whole number, 0 or more`, []string{"-epochs", "many"}},
		{2, `invalid value "-1" for flag -epochs: want a whole number, 0 or more`, []string{"iris", "-epochs", "-1"}},
		{2, `invalid value "0" for flag -lr: want a number above 0`, []string{"-lr", "0"}},
		{2, `invalid value "NaN" for flag -lr: want a number above 0`, []string{"-lr", "NaN"}},
		{2, `invalid value "x" for flag -seed`, []string{"-seed", "x"}},
		{1, filepath.Join(dir, "none"), []string{"-load", filepath.Join(dir, "none")}},
		{1, filepath.Join(dir, "no", "where"), []string{"-save", filepath.Join(dir, "no", "where")}},
		{1, `the file is empty`, []string{"-load", write("empty", "")}},
		{1, `unexpected EOF`, []string{"-load", write("cut", `{"layers":[`)}},
		{1, `byte 1: invalid character`, []string{"-load", write("text", "hello")}},
		{1, `found MLP(1 → 1 Identity), want MLP(4 → 16 Tanh → 3 Identity)`,
			[]string{"iris", "-load", write("small", `{"layers":[{"weight":[[1]],"bias":[0],"activation":"Identity"}]}`)}},
		{1, `the loss is +Inf: try a smaller -lr`, []string{"linear", "-lr", "5"}},
		{1, `epoch 1: the loss is `, []string{"moons", "-epochs", "1", "-lr", "1e308", "-save", filepath.Join(dir, "nan")}},
		{1, `epoch 1: the loss is `, []string{"iris", "-epochs", "1", "-lr", "1e308"}},
		{1, `epoch 1: the loss is `, []string{"linear", "-epochs", "1", "-lr", "1e308"}},
		{2, `invalid value "" for flag -save: want the name of a file`, []string{"-save", ""}},
		{2, `invalid value "" for flag -load: want the name of a file`, []string{"-load="}},
		{1, dir + ` is not a regular file`, []string{"-save", dir}},
		{1, os.DevNull + ` is not a regular file`, []string{"-save", os.DevNull}},
	} {
		_, stderr, status := runDemo(t, c.args...)
		assert.Equal(t, c.status, status, c.args)
		assert.Contains(t, stderr, c.want)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), "%q", stderr)
		assert.True(t, strings.HasPrefix(stderr, "demo: "), "%q", stderr)
	}
	assert.NoFileExists(t, filepath.Join(dir, "nan"))
}

func TestOutputThatCantBeWrittenIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	for _, args := range [][]string{{"linear"}, {"moons", "-epochs", "1"}, {"iris", "-epochs", "1"}, {"-h"}} {
		var stderr bytes.Buffer
		cmd := exec.Command(demo, args...)
		cmd.Stdout, cmd.Stderr = full, &stderr
		assert.Error(t, cmd.Run(), args)
		assert.Contains(t, stderr.String(), "no space left on device", args)
	}
}

func TestSavingFollowsLinksAndKeepsPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there, and there are no such permissions")
	}
	dir := t.TempDir()
	file, link := filepath.Join(dir, "net.json"), filepath.Join(dir, "link.json")
	require.NoError(t, os.Symlink("net.json", link))
	succeed(t, "linear", "-epochs", "1", "-save", link) // to where a dangling link leads
	require.NoError(t, os.Chmod(file, 0o640))
	succeed(t, "linear", "-epochs", "1", "-save", link)
	info, err := os.Lstat(file)
	require.NoError(t, err)
	assert.Equal(t, "-rw-r-----", info.Mode().String())
	to, err := os.Readlink(link)
	require.NoError(t, err)
	assert.Equal(t, "net.json", to)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "nothing is left beside them")
}

func TestAFullDiskLeavesTheOldModel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "net.json")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o666))
	to, err := newTarget(file)
	require.NoError(t, err)
	// What stands in for a full disk is a directory where the new file should be.
	beside := filepath.Join(filepath.Dir(file), fmt.Sprintf(".net.json.%d", os.Getpid()))
	require.NoError(t, os.Mkdir(beside, 0o777))
	require.Error(t, to.write([]byte("new")))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))
}

func TestSavedNetworksLoad(t *testing.T) {
	for _, ex := range examples {
		file := filepath.Join(t.TempDir(), "net.json")
		trained := succeed(t, ex.name, "-epochs", "30", "-save", file)
		assert.Equal(t, "saved to "+file, trained[len(trained)-1])
		loaded := succeed(t, ex.name, "-load", file, "-epochs", "0")
		result := func(line string) string { return line[strings.Index(line, ":"):] }
		assert.Equal(t, result(trained[len(trained)-2]), result(loaded[len(loaded)-1]), "the result after \"after n epochs\"")
	}
}

func TestAFailedRunLeavesFilesAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "net.json")
	_, _, status := runDemo(t, "linear", "-lr", "5", "-save", file)
	require.Equal(t, 1, status)
	assert.NoFileExists(t, file)

	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o666))
	_, _, status = runDemo(t, "linear", "-lr", "5", "-save", file)
	require.Equal(t, 1, status)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))
}

func TestCtrlCAndSIGTERMStillShowAndSave(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent an interrupt there")
	}
	for i, ex := range examples {
		file := filepath.Join(t.TempDir(), "net.json")
		cmd := exec.Command(demo, ex.name, "-epochs", "1000000000", "-save", file)
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		header := make([]byte, 1) // when it prints, it listens
		_, err = stdout.Read(header)
		require.NoError(t, err)
		require.NoError(t, cmd.Process.Signal([]os.Signal{os.Interrupt, syscall.SIGTERM}[i%2]))
		var rest bytes.Buffer
		_, err = rest.ReadFrom(stdout)
		require.NoError(t, err)
		require.NoError(t, cmd.Wait())
		assert.Regexp(t, `(?m)^after \d+ epochs: `, rest.String())
		assert.Contains(t, rest.String(), "saved to "+file)
		succeed(t, ex.name, "-load", file, "-epochs", "0")
	}
}
