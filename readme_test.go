package micrograd

import (
	"math"
	"os"
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
	require.Len(t, quotes, 7)
	for _, q := range quotes {
		assert.Contains(t, readFile(t, q[2]), q[1])
	}
}

func TestTheReadmeShowsWhatCheckGradientPrints(t *testing.T) {
	printed := regexp.MustCompile(`(?m)^    (micrograd: 1 of 2.*\n)    (\t.*)$`).FindStringSubmatch(readFile(t, "README.md"))
	require.NotNil(t, printed)
	err := CheckGradient(func(x []float64) float64 { return x[0] * x[0] * math.Sin(x[1]) }, []float64{0, 3}, []float64{3, 0})
	assert.EqualError(t, err, printed[1]+printed[2])
}
