package micrograd

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readFile(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// dedent removes what indentation and alignment add.
func dedent(text string) string { return regexp.MustCompile(`(?m)[\t ]+`).ReplaceAllString(text, " ") }

func TestEverySnippetOfTheReadmeIsARunnableExample(t *testing.T) {
	examples := dedent(readFile(t, "example_test.go"))
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readFile(t, "README.md"), -1)
	require.NotEmpty(t, snippets)
	for _, s := range snippets {
		var lines []string
		for _, line := range strings.Split(strings.TrimSpace(s[1]), "\n") {
			lines = append(lines, strings.TrimSpace(dedent(line)))
		}
		assert.Contains(t, examples, strings.Join(lines, "\n "), "not in example_test.go:\n%s", s[1])
	}
}

func TestTheReadmeQuotesTheSource(t *testing.T) {
	quotes := regexp.MustCompile("(?m)^\\|.*\\| `(.*)` \\| (\\S+\\.go) \\|$").FindAllStringSubmatch(readFile(t, "README.md"), -1)
	require.Len(t, quotes, 7+21)
	for _, q := range quotes {
		assert.Contains(t, readFile(t, q[2]), strings.ReplaceAll(q[1], `\|`, "|"))
	}
}

func TestTheReadmeNamesFilesThatExist(t *testing.T) {
	names := regexp.MustCompile(`(?:\]\(|src=")([^)"#:]+)[)"]`).FindAllStringSubmatch(readFile(t, "README.md"), -1)
	require.Greater(t, len(names), 30)
	for _, n := range names {
		_, err := os.Stat(n[1])
		assert.NoError(t, err)
	}
}

// A module is downloaded as a zip of its files, without those of modules within it.
func TestTheModuleIsSmall(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	require.NoError(t, filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || isModule(name)):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		f, err := w.Create(name)
		if err != nil {
			return err
		}
		_, err = f.Write([]byte(readFile(t, name)))
		return err
	}))
	require.NoError(t, w.Close())
	assert.Less(t, b.Len(), 400_000)
	assert.Greater(t, b.Len(), 100_000, "it is all there")
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func TestTheReadmeShowsWhatTheExamplesPrint(t *testing.T) {
	examples := regexp.MustCompile(`(?m)^\t// ?`).ReplaceAllString(readFile(t, "example_test.go"), "")
	unfenced := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(readFile(t, "README.md"), "")
	blocks := regexp.MustCompile(`(?m)(^    .*\n)+`).FindAllString(unfenced, -1)
	printed := 0
	for _, block := range blocks {
		if !strings.HasPrefix(block, "    go ") {
			assert.Contains(t, examples, strings.ReplaceAll(block[4:], "\n    ", "\n"))
			printed++
		}
	}
	assert.Equal(t, 4, printed)
}
