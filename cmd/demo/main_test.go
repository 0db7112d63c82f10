package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
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
	require.NotContains(t, stdout, "\x1b", "no color or cursor movement in a pipe")
	require.NotContains(t, stdout, "\r")
	return strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
}

// numbers returns what the pattern finds in the last line of a run.
func numbers(t *testing.T, pattern string, lines []string) (xs []float64) {
	last := lines[len(lines)-1]
	found := regexp.MustCompile(pattern).FindStringSubmatch(last)
	require.NotNil(t, found, "%q in %q", pattern, last)
	for _, s := range found[1:] {
		xs = append(xs, parseNumber(t, s))
	}
	return xs
}

// parseNumber reads a number that has a minus sign rather than a hyphen.
func parseNumber(t *testing.T, s string) float64 {
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, "−", "-"), 64)
	require.NoError(t, err)
	return x
}

// quiet returns a training of an example as the demo makes it, with seed 1, whose output is lost.
func quiet(t *testing.T, name string, epochs int) *training {
	ex, err := find(name)
	require.NoError(t, err)
	run, err := newTraining(context.Background(), options{example: ex, epochs: epochs, lr: ex.lr,
		seed: 1, problem: "Thurber"})
	require.NoError(t, err)
	run.screen.w.Writer = io.Discard
	return run
}

// goals checks for each example whether the numbers that it printed reach its goal. Where the
// figure shows them, they are counted in the figure.
var goals = map[string]func(t *testing.T, lines []string){
	"moons": func(t *testing.T, lines []string) {
		n := numbers(t, `loss (\S+), accuracy (\S+) %`, lines)
		assert.Less(t, n[0], 0.2)
		assert.GreaterOrEqual(t, n[1], 95.0)
		picture := strings.Join(lines[12:len(lines)-2], "\n")
		assert.Greater(t, strings.Count(picture, "o"), 20)
		assert.Greater(t, strings.Count(picture, "x"), 20)
		assert.Greater(t, strings.Count(picture, "░"), 200)
		assert.Greater(t, strings.Count(picture, " "), 200)
	},
	"linear": func(t *testing.T, lines []string) {
		assert.Equal(t, []float64{2, -1}, numbers(t, `W = (\S+), b = (\S+) `, lines))
	},
	"iris": func(t *testing.T, lines []string) {
		accuracy := numbers(t, `accuracy (\S+) % on 50 held-out`, lines)[0]
		assert.GreaterOrEqual(t, accuracy, 94.0)
		total, right := 0, 0
		for i, name := range []string{"setosa", "versicolor", "virginica"} {
			fields := strings.Fields(lines[len(lines)-4+i])
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
	},
	"spiral": func(t *testing.T, lines []string) {
		accuracy := numbers(t, `accuracy (\S+) %`, lines)[0]
		assert.GreaterOrEqual(t, accuracy, 97.0)
		picture := strings.Join(lines[12:len(lines)-2], "\n")
		wrong := math.Round((100 - accuracy) / 100 * 240)
		assert.GreaterOrEqual(t, wrong, float64(strings.Count(picture, "!")))
	},
	"vanishing": func(t *testing.T, lines []string) {
		n := numbers(t,
			`: Sigmoid (\S+), ReLU (\S+), BatchNorm (\S+); .*`+
				` Sigmoid (\S+), ReLU (\S+), BatchNorm (\S+) `, lines)
		assert.Less(t, n[0], 1e-4)
		assert.Greater(t, min(n[1], n[2]), 1e-2)
		assert.GreaterOrEqual(t, n[3], 0.69, "Sigmoid learns nothing: log 2 is the loss of a guess")
		assert.Less(t, max(n[4], n[5]), 0.35)
	},
	"autoencoder": func(t *testing.T, lines []string) {
		for i, line := range lines[len(lines)-9 : len(lines)-1] {
			fields := strings.Fields(line)
			want := strings.Repeat("0", i) + "1" + strings.Repeat("0", 7-i)
			assert.Equal(t, []string{want, want}, []string{fields[0], fields[5]})
			code := ""
			for _, field := range fields[1:4] {
				h, err := strconv.ParseFloat(field, 64)
				require.NoError(t, err)
				code += strconv.Itoa(int(math.Round(h)))
			}
			if !strings.Contains(line, "0.50") {
				assert.Equal(t, code, fields[4])
			}
		}
	},
	"digits": func(t *testing.T, lines []string) {
		n := numbers(t, `(\S+) of 599 held-out digits .* accuracy (\S+) %`, lines)
		assert.GreaterOrEqual(t, n[0], 584.0)
		assert.InDelta(t, 100*n[0]/599, n[1], 0.05)
		wrong := len(regexp.MustCompile(`\d as \d`).FindAllString(strings.Join(lines, "\n"), -1))
		assert.Equal(t, 599-n[0], float64(wrong))
	},
	"rnn": func(t *testing.T, lines []string) {
		assert.Less(t, numbers(t, `squared error (\S+),`, lines)[0], 1./6/20,
			"1/6 is the variance of the sum of two")
	},
	"gan": func(t *testing.T, lines []string) {
		n := numbers(t, `(\S+) of 2000 generated numbers near −1, (\S+) near 1, `+
			`.*Smirnov distance (\S+) `, lines)
		assert.GreaterOrEqual(t, min(n[0], n[1]), 800.0)
		assert.Less(t, n[2], 0.15)
	},
	"names": func(t *testing.T, lines []string) {
		n := numbers(t, `held-out names (\S+), .* bigram model (\S+) `, lines)
		pairs := bigrams(split(strings.Fields(namesTXT)))
		assert.InDelta(t, pairs, n[1], 0.0006)
		assert.Less(t, n[0], pairs-0.1)
		title := slices.Index(lines, "Generated names")
		names := strings.Fields(strings.Join(lines[title+1:title+6], " "))
		assert.Len(t, names, 20)
		for _, name := range names {
			assert.NotContains(t, strings.Fields(namesTXT), name)
			assert.Regexp(t, "^[a-z]+$", name)
		}
	},
	"recommender": func(t *testing.T, lines []string) {
		n := numbers(t, `RMSE (\S+) stars .* film means\) (\S+) `, lines)
		assert.Less(t, n[0], n[1])
	},
	"pendulum": func(t *testing.T, lines []string) {
		n := numbers(t, `length (\S+) m and damping (\S+)/s, where (\S+) and (\S+) are true`, lines)
		assert.InEpsilon(t, n[2], n[0], 0.0101)
		assert.InEpsilon(t, n[3], n[1], 0.0101)
	},
	"pinn": func(t *testing.T, lines []string) {
		assert.Less(t, numbers(t, `largest error of u is (\S+) `, lines)[0], 0.01)
	},
	"fit": func(t *testing.T, lines []string) {
		table := lines[slices.Index(lines, "The parameters")+2 : len(lines)-1]
		fewest := math.Inf(1)
		for _, row := range table {
			fields := strings.Fields(row)
			found, certified := parseNumber(t, fields[1]), parseNumber(t, fields[2])
			assert.InEpsilon(t, certified, found, 1e-8, row)
			fewest = min(fewest, parseNumber(t, fields[3]))
		}
		assert.Equal(t, []float64{fewest}, numbers(t, `, (\S+) or more digits`, lines))
	},
}

func TestExamplesReachTheirGoalsAndLookAsInTheGallery(t *testing.T) {
	for _, ex := range examples {
		t.Run(ex.name, func(t *testing.T) {
			t.Parallel()
			require.True(t, goals[ex.name] != nil, "add %s to goals in main_test.go", ex.name)
			file := filepath.Join(t.TempDir(), "figure.svg")
			for _, seed := range []string{"3", "2", "1"} {
				lines := succeed(t, ex.name, "-seed", seed, "-svg", file)
				require.Equal(t, "drawn to "+file, lines[len(lines)-1])
				lines = lines[:len(lines)-1]
				assert.Regexp(t, "^"+ex.name+": .+, \\d+ parameters$", lines[0])
				for i := range 10 {
					assert.Regexp(t, fmt.Sprintf("^epoch +%d/%d  loss ", ex.epochs*(i+1)/10,
						ex.epochs), lines[1+i])
					assert.LessOrEqual(t, len([]rune(lines[1+i])), 53, "it has room beside the bar")
				}
				last := lines[len(lines)-1]
				assert.Regexp(t, fmt.Sprintf(`^after %d epochs: .* \(the goal is .*: met\)$`,
					ex.epochs), last)
				goals[ex.name](t, lines)
			}
			// seed 1 is the default
			drawn, err := os.ReadFile(file)
			require.NoError(t, err)
			draw := fmt.Sprintf("go run ./cmd/demo %s -svg cmd/demo/gallery/%[1]s.svg", ex.name)
			if _, err := os.Stat("gallery"); err != nil {
				t.Skip("no gallery: it is a module of its own, which go get doesn't download")
			}
			picture, err := os.ReadFile(filepath.Join("gallery", ex.name+".svg"))
			require.NoError(t, err, draw)
			assert.Less(t, len(picture), 25_000)
			assertSamePicture(t, string(picture), string(drawn))
			if t.Failed() {
				t.Log("to draw it again: " + draw)
			}
		})
	}
}

func TestDemoTrainsMoonsIfNoExampleIsNamed(t *testing.T) {
	assert.Equal(t, succeed(t, "moons", "-epochs", "1"), succeed(t, "-epochs", "1"))
}

func TestDemoSaysIfAGoalIsNotMet(t *testing.T) {
	for _, ex := range examples {
		lines := succeed(t, ex.name, "-epochs", "0")
		assert.Regexp(t, `^after 0 epochs: .* \(the goal is .*: not met\)$`, lines[len(lines)-1])
	}
}

var numeral = regexp.MustCompile(`[-−]?\d+(\.\d+)?`)

// assertNear checks that two texts are the same, but for their numbers, which may differ by delta
// and a fraction epsilon.
func assertNear(t *testing.T, want, got string, delta, epsilon float64, what string) {
	text := func(s string) string { return numeral.ReplaceAllString(s, "#") }
	if !assert.Equal(t, text(want), text(got), what) {
		return
	}
	numbers := numeral.FindAllString(got, -1)
	for i, s := range numeral.FindAllString(want, -1) {
		x, y := parseNumber(t, s), parseNumber(t, numbers[i])
		assert.InDelta(t, x, y, delta+epsilon*math.Abs(x), "%s: %s", what, want)
	}
}

// assertSamePicture checks that two SVG documents have the same elements, whose coordinates differ
// by at most 2, and the same texts, whose numbers differ by at most 2 %.
func assertSamePicture(t *testing.T, want, got string) {
	parts := func(svg string) (tags []tag, kinds []string) {
		tags = parsePage(t, svg)
		for _, e := range tags {
			kinds = append(kinds, e.name+" "+e.attr["class"])
		}
		return tags, kinds
	}
	wantTags, wantKinds := parts(want)
	gotTags, gotKinds := parts(got)
	require.Equal(t, wantKinds, gotKinds)
	for i, e := range wantTags {
		if e.name != "svg" && e.name != "g" { // these have the texts of the elements in them
			assertNear(t, e.text, gotTags[i].text, 0.01, 0.02, wantKinds[i])
		}
		require.Len(t, gotTags[i].attr, len(e.attr), wantKinds[i])
		for name, value := range e.attr {
			delta := 2.
			if strings.HasSuffix(name, "-opacity") {
				delta = 0.01
			}
			assertNear(t, value, gotTags[i].attr[name], delta, 0, wantKinds[i]+" "+name)
		}
	}
}

func TestAxesOfAllPicturesHaveLabels(t *testing.T) {
	for _, ex := range examples {
		parts := figure.Stack{ex.run(quiet(t, ex.name, 0)).picture()}
		for i := 0; i < len(parts); i++ {
			labels := []string{"no axes"}
			switch f := parts[i].(type) {
			case figure.Stack:
				parts = append(parts, f...)
			case figure.Lines:
				labels = []string{f.X, f.Y}
			case figure.Field:
				labels = []string{f.X, f.Y}
			case figure.Bars:
				labels = []string{f.X, f.Y}
			case figure.Histogram:
				labels = []string{f.X}
			}
			assert.NotContains(t, labels, "", ex.name)
		}
	}
}

func TestMinusSignsAreNotHyphens(t *testing.T) {
	assert.Equal(t, "W = −1.5, 2e−07 held-out, −3", minus("W = -1.5, 2e-07 held-out, -3"))
}

func TestExamplesAreInTheGalleryAndInTheGate(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	gate, err := os.ReadFile("../../.ci/run")
	require.NoError(t, err)
	for _, ex := range examples {
		assert.True(t, strings.Contains(string(readme), "gallery/"+ex.name+".svg"),
			"add %s to the gallery in cmd/demo/README.md", ex.name)
		assert.Regexp(t, `for example in [a-z ]*\b`+ex.name+`\b`, string(gate))
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

func TestNamesDataAreComplete(t *testing.T) {
	names := strings.Fields(namesTXT)
	assert.Len(t, names, 2000)
	assert.Equal(t, []string{"emma", "olivia", "ava"}, names[:3])
	for _, name := range names {
		assert.Regexp(t, fmt.Sprintf("^[a-z]{2,%d}$", positions-1), name)
	}
}

func TestBigramsFindTheBestAlpha(t *testing.T) {
	// After an a comes a b or an end, as often, and so it is with as many names as anybody likes:
	// log 2 for each.
	var train []string
	for range 10000 {
		train = append(train, "a", "ab")
	}
	// What is never in doubt costs nothing: a at the beginning, the end after b.
	assert.InDelta(t, 2*math.Ln2/5, bigrams(train, []string{"a", "ab"}), 1e-4)
	assert.InDelta(t, math.Log(letters), bigrams(nil, []string{"x"}), 1e-9,
		"without counts all letters are alike")
}

func TestKolmogorovSmirnovIsTheGreatestDistance(t *testing.T) {
	xs := []float64{4, 1, 3, 2}
	assert.Zero(t, kolmogorovSmirnov(xs, []float64{1, 2, 3, 4}))
	assert.Equal(t, 1.0, kolmogorovSmirnov(xs, []float64{5, 6, 7, 8}))
	assert.Equal(t, 1.0, kolmogorovSmirnov(xs, []float64{-5, -6, -7, -8}))
	assert.Equal(t, 0.75, kolmogorovSmirnov(xs, []float64{1.5, 1.6, 1.7, 1.8}))
	assert.Equal(t, 0.25, kolmogorovSmirnov(xs, []float64{2.5, 1, 4.5, 3.5}))
}

func TestDemoWithTheSameSeedIsTheSameRun(t *testing.T) {
	for _, ex := range examples {
		args := []string{ex.name, "-epochs", "2", "-seed"}
		assert.Equal(t, succeed(t, append(args, "5")...), succeed(t, append(args, "5")...))
		assert.NotEqual(t, succeed(t, append(args, "5")...), succeed(t, append(args, "6")...))
	}
}

func TestHelpListsTheExamples(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"--help"}, {"iris", "-h"}} {
		help := strings.Join(succeed(t, args...), "\n")
		for _, ex := range examples {
			assert.Regexp(t, fmt.Sprintf("(?m)^  %s +%s +-epochs %d -lr %g$", ex.name,
				regexp.QuoteMeta(ex.summary), ex.epochs, ex.lr), help)
		}
		for _, flag := range []string{"-epochs", "-lr", "-seed", "-save", "-load", "-svg",
			"-html"} {
			assert.Contains(t, help, flag)
		}
	}
}

func TestDemoSaysMistakesInOneLine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		return file
	}
	const line = `{"layers":[{"weight":[[1]],"bias":[0],"activation":"Identity"}]}`
	for _, c := range []struct {
		want string
		args []string
	}{
		{`no example "sun", want one of moons, linear, iris, `, []string{"sun"}},
		{`flag provided but not defined: -x`, []string{"-x"}},
		{`unexpected "linear" (-h lists the flags)`, []string{"moons", "linear"}},
		{`flag needs an argument: -lr`, []string{"-lr"}},
		{`invalid value "many" for flag -epochs: parse error`,
			[]string{"-epochs", "many"}},
		{`-epochs is -1, want 0 or more`,
			[]string{"iris", "-epochs", "-1"}},
		{`-lr is 0, want a number above 0`, []string{"-lr", "0"}},
		{`-problem is "Thurbr", want one of Misra1a, Chwirut2, Lanczos3, Hahn1, Thurber, MGH09, ` +
			`Eckerle4, BoxBOD, Rat43`, []string{"fit", "-problem", "Thurbr"}},
		{`-problem is "", want one of Misra1a, Chwirut2, Lanczos3, Hahn1, Thurber, MGH09, ` +
			`Eckerle4, BoxBOD, Rat43`, []string{"fit", "-problem", ""}},
		{`-lr is NaN, want a number above 0`, []string{"-lr", "NaN"}},
		{`invalid value "x" for flag -seed`, []string{"-seed", "x"}},
		{filepath.Join(dir, "none"), []string{"-load", filepath.Join(dir, "none")}},
		{filepath.Join(dir, "no", "where"),
			[]string{"-save", filepath.Join(dir, "no", "where")}},
		{`empty: EOF`, []string{"-load", write("empty", "")}},
		{`cut: unexpected EOF`, []string{"-load", write("cut", `{"net":{`)}},
		{`text: invalid character 'h' looking for`, []string{"-load", write("text", "hello")}},
		{`model: json: unknown field "layers"`, []string{"-load", write("model", line)}},
		{`nothing: no "net"`, []string{"-load", write("nothing", "{}")}},
		{`null: "adam" is null`,
			[]string{"linear", "-load", write("null", `{"net":`+line+`,"adam":null}`)}},
		{`two: found more after the checkpoint`,
			[]string{"linear", "-load", write("two", `{"net":`+line+`}}`)}},
		{`bad: micrograd: layer 0: neuron 0: weight: found string, want a finite number`,
			[]string{"-load", write("bad", `{"net":{"layers":[{"weight":[["1"]]}]}}`)}},
		{`found MLP(1 → 1 Identity), want MLP(4 → 16 Tanh → 3 Identity)`,
			[]string{"iris", "-load", write("small", `{"net":`+line+`}`)}},
		{`adam has t 3, 2 m and 1 v, want 2 of each, and t from 0 to 1073741824`,
			[]string{"linear", "-load",
				write("v", `{"net":`+line+`,"adam":{"t":3,"m":[1,2],"v":[1]}}`)}},
		{`adam has t 3, 0 m and 0 v, want 2 of each`,
			[]string{"linear", "-load", write("m", `{"net":`+line+`,"adam":{"t":3}}`)}},
		{`adam has t -1, 0 m and 0 v, want 0 of each`,
			[]string{"linear", "-load", write("t", `{"net":`+line+`,"adam":{"t":-1}}`)}},
		{`adam has t 9223372036854775807, 2 m and 2 v, want 2 of each, and t from 0`,
			[]string{"linear", "-load", write("huge", `{"net":`+line+
				`,"adam":{"t":9223372036854775807,"m":[1,2],"v":[1,2]}}`)}},
		{`adam's v[1] is -2, want a mean of squares`,
			[]string{"linear", "-load",
				write("squares", `{"net":`+line+`,"adam":{"t":3,"m":[1,2],"v":[1,-2]}}`)}},
		{`the loss is +Inf: try a smaller -lr`, []string{"linear", "-lr", "5"}},
		{`epoch 1: the loss is `, []string{"moons", "-epochs", "1", "-lr", "1e308", "-save",
			filepath.Join(dir, "nan")}},
		{dir + ` is not a regular file`, []string{"-svg", dir}},
		{filepath.Join(dir, "no", "where"), []string{"-svg", filepath.Join(dir, "no", "where")}},
		{`digits can't be saved or loaded: its model is not a single MLP`,
			[]string{"digits", "-save", "x"}},
		{`names can't be saved or loaded: its model is not a single MLP`,
			[]string{"names", "-load", "x"}},
		{"-svg and -save both name " + filepath.Join(dir, "same"),
			[]string{"-svg", filepath.Join(dir, "same"), "-save", filepath.Join(dir, "same")}},
		{"-load and -svg both name ", []string{"linear", "-load", filepath.Join(dir, "small"),
			"-svg", filepath.Join(dir, "small")}},
		{"-svg and -html both name ", []string{"-svg", filepath.Join(dir, "same"), "-html",
			filepath.Join(dir, ".", "same")}},
		{"-html and -save both name ", []string{"-html", filepath.Join(dir, "same"), "-save",
			filepath.Join(dir, "same")}},
		{"-load and -html both name ", []string{"linear", "-load", filepath.Join(dir, "small"),
			"-html", filepath.Join(dir, "small")}},
		{dir + ` is not a regular file`, []string{"-html", dir}},
		{dir + ` is not a regular file`, []string{"-save", dir}},
		{os.DevNull + ` is not a regular file`, []string{"-save", os.DevNull}},
		{dir + ` is not a regular file: drwx`, []string{"-load", dir}},
		{os.DevNull + ` is not a regular file`, []string{"-load", os.DevNull}},
		{`large has 1048577 bytes, want at most 1048576`,
			[]string{"-load", write("large", strings.Repeat(" ", 1<<20+1))}},
	} {
		_, stderr, status := runDemo(t, c.args...)
		assert.Equal(t, 1, status, c.args)
		assert.Contains(t, stderr, c.want)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), "%q", stderr)
		assert.True(t, strings.HasPrefix(stderr, "demo: "), "%q", stderr)
	}
	assert.NoFileExists(t, filepath.Join(dir, "nan"))
}

func TestDemoLoadsNoNamedPipeAndDoesNotWaitForIt(t *testing.T) {
	file := namedPipe(t)
	_, stderr, status := runDemo(t, "-load", file)
	assert.Equal(t, 1, status)
	assert.Regexp(t, "^demo: "+file+" is not a regular file: p.*\n$", stderr)
}

// namedPipe makes a named pipe and returns its name.
func namedPipe(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "pipe")
	if runtime.GOOS == "windows" || exec.Command("mkfifo", file).Run() != nil {
		t.Skip("there are no named pipes")
	}
	return file
}

func TestDemoThatDivergesIsAnError(t *testing.T) {
	for _, ex := range examples {
		if ex.name == "fit" {
			continue // it undoes steps after which the loss is larger
		}
		_, stderr, status := runDemo(t, ex.name, "-epochs", "2", "-lr", "1e308")
		assert.Equal(t, 1, status, ex.name)
		assert.Regexp(t, `^demo: epoch [12]: the loss is \S+: try a smaller -lr\n$`, stderr,
			ex.name)
	}
}

func TestDemoWhoseOutputCantBeWrittenIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	for _, args := range [][]string{{"linear"}, {"moons", "-epochs", "1"}, {"iris", "-epochs", "1"},
		{"-h"}} {
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
	succeed(t, "linear", "-epochs", "1", "-save", file)
	require.NoError(t, os.Symlink("net.json", link))
	for _, mode := range []os.FileMode{0o666, 0o640} {
		require.NoError(t, os.Chmod(file, mode))
		succeed(t, "linear", "-epochs", "1", "-save", link)
		info, err := os.Lstat(file)
		require.NoError(t, err)
		assert.Equal(t, mode, info.Mode())
	}
	target, err := os.Readlink(link)
	require.NoError(t, err)
	assert.Equal(t, "net.json", target)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "nothing is left beside them")
}

func TestWriteFileLeavesTheOldFileIfItFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "net.json")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o666))
	full := errors.New("no space left on device")
	require.ErrorIs(t, writeFile(file, func(w io.Writer) error {
		w.Write([]byte("half a f"))
		return full
	}), full)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left beside it")
}

func TestSavedNetworksLoad(t *testing.T) {
	for _, ex := range examples {
		if ex.sizes == nil {
			continue
		}
		file := filepath.Join(t.TempDir(), "net.json")
		trained := succeed(t, ex.name, "-epochs", "30", "-save", file)
		assert.Equal(t, "saved to "+file, trained[len(trained)-1])
		loaded := succeed(t, ex.name, "-load", file, "-epochs", "0")
		result := func(line string) string { return line[strings.Index(line, ":"):] }
		assert.Equal(t, result(trained[len(trained)-2]), result(loaded[len(loaded)-1]),
			"the result after \"after n epochs\"")
	}
}

func TestTrainingGoesOnFromWhatWasSaved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "net.json")
	whole := succeed(t, "autoencoder", "-epochs", "200")
	succeed(t, "autoencoder", "-epochs", "100", "-save", file)
	rest := succeed(t, "autoencoder", "-epochs", "100", "-load", file)
	result := func(lines []string) string {
		_, after, _ := strings.Cut(lines[len(lines)-1], "epochs:")
		return after
	}
	assert.Equal(t, result(whole), result(rest))

	var c checkpoint
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &c))
	assert.Equal(t, 100, c.Adam.T)
	c.Adam = micrograd.NewAdam(0.1)
	text, err = json.Marshal(c)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o666))
	rest = succeed(t, "autoencoder", "-epochs", "100", "-load", file)
	assert.NotEqual(t, result(whole), result(rest), "with a new optimizer it is another training")
}

func TestDemoThatFailsLeavesFilesAlone(t *testing.T) {
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

func TestDemoShowsAndSavesAfterCtrlCAndSIGTERM(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent an interrupt there")
	}
	for i, ex := range examples {
		args := []string{ex.name, "-epochs", "1000000000"}
		file := filepath.Join(t.TempDir(), "net.json")
		if ex.sizes != nil {
			args = append(args, "-save", file)
		}
		cmd := exec.Command(demo, args...)
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
		assert.Regexp(t, `(?m)^after \d+ epochs?: `, rest.String())
		if ex.sizes != nil {
			assert.Contains(t, rest.String(), "saved to "+file)
			succeed(t, ex.name, "-load", file, "-epochs", "0")
		}
	}
}
