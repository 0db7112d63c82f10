package playground

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPageHasALabeledControlForEachSetting(t *testing.T) {
	html, err := os.ReadFile("page/index.html")
	require.NoError(t, err)
	for _, f := range Fields {
		if f.Name == "hidden" {
			continue // buttons
		}
		kind := "input"
		if f.Choices != nil {
			kind = "select"
		}
		assert.Regexp(t, `<label for="`+f.Name+`">`+f.Label+`</label><`+kind+` id="`+f.Name+`"`,
			string(html))
	}
	// What the page has to know of the pictures.
	assert.Contains(t, string(html), fmt.Sprintf(`<svg id="points" viewBox="%g %g %g %g"`, -Extent,
		-Extent, 2*Extent, 2*Extent))
	assert.Contains(t, string(html), fmt.Sprintf(`<canvas id="pad" width="%d" height="%d"`,
		SheetSize, SheetSize))
	ids := regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(string(html), -1)
	seen := map[string]bool{}
	for _, id := range ids {
		assert.False(t, seen[id[1]], "%s is there twice", id[1])
		seen[id[1]] = true
	}
	for _, name := range Tabs {
		assert.True(t, seen[name] && seen["tab-"+name])
	}
}

func TestPageRequestsNothingElsewhere(t *testing.T) {
	addresses := regexp.MustCompile(`(?:https?:)?//[^\s"]+`)
	for _, file := range []string{"index.html", "style.css", "boot.js"} {
		text, err := os.ReadFile("page/" + file)
		require.NoError(t, err)
		for _, address := range addresses.FindAllString(string(text), -1) {
			assert.Equal(t, "https://github.com/gomicrograd/micrograd", address,
				"and that is a link")
		}
		assert.NotRegexp(t, `(src|href)="/|url\(|@import| on[a-z]+="| style="|<style`, string(text),
			"it works from a sub-path, and under its policy")
	}
}
