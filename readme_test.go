package micrograd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dedent replaces tabs and runs of spaces by one space.
func dedent(text string) string { return regexp.MustCompile(`[\t ]+`).ReplaceAllString(text, " ") }

// manual returns the examples.
func manual(t *testing.T) string {
	return readFile(t, "example_test.go") + readFile(t, "gradcheck/example_test.go")
}

func TestReadmesHaveOnlySnippetsOfRunnableExamples(t *testing.T) {
	examples := dedent(manual(t))
	readmes := readFile(t, "README.md") + readFile(t, "gradcheck/README.md")
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readmes, -1)
	require.NotEmpty(t, snippets)
	for _, s := range snippets {
		var lines []string
		for _, line := range strings.Split(strings.TrimSpace(s[1]), "\n") {
			lines = append(lines, strings.TrimSpace(dedent(line)))
		}
		assert.True(t, strings.Contains(examples, strings.Join(lines, "\n ")),
			"not in example_test.go:\n%s", s[1])
	}
}

func TestReadmeQuotesTheSource(t *testing.T) {
	quotes := regexp.MustCompile("(?m)^\\|.*\\| `(.*)` \\| (\\S+\\.go) \\|$").
		FindAllStringSubmatch(readFile(t, "README.md"), -1)
	require.NotEmpty(t, quotes)
	for _, q := range quotes {
		assert.True(t, strings.Contains(readFile(t, q[2]), strings.ReplaceAll(q[1], `\|`, "|")),
			"%s is not in %s", q[1], q[2])
	}
}

func TestReadmesNameFilesThatExist(t *testing.T) {
	for readme, least := range map[string]int{"README.md": 15, "CONTRIBUTING.md": 2,
		"cmd/demo/README.md": 20, "gradcheck/README.md": 3} {
		names := regexp.MustCompile(`(?:\]\(|src=")([^)"#:]+)[#)"]`).
			FindAllStringSubmatch(readFile(t, readme), -1)
		require.Greater(t, len(names), least)
		for _, n := range names {
			_, err := os.Stat(filepath.Join(filepath.Dir(readme), n[1]))
			assert.NoError(t, err)
		}
	}
}

func TestReadmesShowWhatTheExamplesPrint(t *testing.T) {
	examples := regexp.MustCompile(`(?m)^\t// ?`).ReplaceAllString(manual(t), "")
	for readme, least := range map[string]int{"README.md": 1, "gradcheck/README.md": 3} {
		unfenced := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(readFile(t, readme), "")
		blocks := regexp.MustCompile(`(?m)(^    .*\n)+`).FindAllString(unfenced, -1)
		printed := 0
		for _, block := range blocks {
			if !strings.HasPrefix(block, "    go ") {
				text := strings.ReplaceAll(block[4:], "\n    ", "\n")
				assert.True(t, strings.Contains(examples, text), "no example prints\n%s", block)
				printed++
			}
		}
		assert.GreaterOrEqual(t, printed, least, readme)
	}
}

func TestTheListInTheManualNamesExamplesAndFilesThatExist(t *testing.T) {
	text := readFile(t, "example_test.go")
	list, _, _ := strings.Cut(text, "package ")
	names := regexp.MustCompile(`Example\w*|cmd/\S+\.go`).FindAllString(list, -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		if strings.HasPrefix(name, "cmd/") {
			readFile(t, name)
		} else {
			assert.True(t, strings.Contains(text, "\nfunc "+name+"()"), "there is no %s", name)
		}
	}
}
