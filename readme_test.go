package micrograd

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	for _, readme := range []string{"README.md", "gradcheck/README.md"} {
		snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(
			readFile(t, readme), -1)
		require.NotEmpty(t, snippets, readme)
		for _, s := range snippets {
			var lines []string
			for _, line := range strings.Split(strings.TrimSpace(s[1]), "\n") {
				lines = append(lines, strings.TrimSpace(dedent(line)))
			}
			assert.True(t, strings.Contains(examples, strings.Join(lines, "\n ")),
				"a snippet of %s is in no example_test.go:\n%s", readme, s[1])
		}
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

func TestReadmesLinkToWhatExists(t *testing.T) {
	if _, err := os.Stat("bench"); err != nil {
		t.Skip("modules below this one are not here: it was downloaded alone")
	}
	for _, readme := range []string{"README.md", "CONTRIBUTING.md", ".ci/mutants.md",
		"bench/README.md", "cmd/demo/README.md", "gradcheck/README.md"} {
		links := regexp.MustCompile(`(?:\]\(|src=")([^)"#:]+)(?:#([^)"]+))?[)"]`).
			FindAllStringSubmatch(readFile(t, readme), -1)
		for _, link := range links {
			file := filepath.Join(filepath.Dir(readme), link[1])
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s: %v", readme, link[1], err)
			} else if link[2] != "" && !slices.Contains(anchors(readFile(t, file)), link[2]) {
				t.Errorf("%s links to %s, which has no heading #%s", readme, link[1], link[2])
			}
		}
	}
}

// anchors returns those of the headings.
func anchors(text string) (anchors []string) {
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		words := regexp.MustCompile(`\w+`).FindAllString(strings.ToLower(heading[1]), -1)
		anchors = append(anchors, strings.Join(words, "-"))
	}
	return anchors
}

func TestTheListOfMutantsNamesFilesThatExist(t *testing.T) {
	files := regexp.MustCompile(`[\w/]+\.go`).FindAllString(readFile(t, ".ci/mutants.md"), -1)
	require.NotEmpty(t, files)
	for _, file := range files {
		readFile(t, file)
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
				assert.True(t, strings.Contains(examples, text),
					"no example prints what %s shows:\n%s", readme, block)
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
