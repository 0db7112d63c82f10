package playground

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPageHasALabeledControlForEachSetting(t *testing.T) {
	html, err := os.ReadFile("page/index.html")
	require.NoError(t, err)
	controls := Controls()
	for _, f := range Fields {
		kind := map[bool]string{true: "select", false: "input"}[f.Choices != nil]
		switch f.Name {
		case "inputs":
			for i, name := range Inputs {
				assert.Contains(t, controls,
					fmt.Sprintf(`<label><input type="checkbox" id="input%d"> %s</label>`, i, name))
			}
		case "hidden":
			for _, id := range []string{"", "0", "1", "2", "3"} {
				assert.Contains(t, controls, `id="more`+id+`" aria-label="Add a `)
				assert.Contains(t, controls, `id="fewer`+id+`" aria-label="Remove a `)
			}
		default:
			assert.Contains(t, controls, fmt.Sprintf(`<label for="%s">%s</label><%s id="%[1]s"`,
				f.Name, f.Label, kind))
			assert.Contains(t, controls, ` aria-describedby="`+f.Name+`-help `+f.Name+`-error"`)
			assert.Contains(t, controls, `id="`+f.Name+`-help">`+f.Help+`<`)
		}
		assert.Regexp(t, `^[A-Z].{10,70}\.$`, f.Help)
		assert.Contains(t, controls, ">"+f.Help+"</small>")
		for _, name := range f.Choices {
			assert.Contains(t, controls, "<option>"+name+"</option>")
		}
		if f.Stops != nil {
			last := len(f.Stops) - 1
			assert.Contains(t, controls, fmt.Sprintf(`<span>%s</span><input type="range" `+
				`id="%s-slider" max="%d" aria-label="%s, slider"><span>%s</span>`,
				f.Stops[0], f.Name, last, f.Label, f.Stops[last]))
		}
	}
	for _, tag := range []string{"p", "fieldset", "select", "small", "span", "label", "button"} {
		assert.Equal(t, strings.Count(controls, "</"+tag+">"),
			len(regexp.MustCompile("<"+tag+`[ >]`).FindAllString(controls, -1)), tag)
	}
	// What the page has to know of the pictures.
	assert.Contains(t, string(html), fmt.Sprintf(`<svg id="points" viewBox="%g %g %g %g"`, -Extent,
		-Extent, 2*Extent, 2*Extent))
	assert.Contains(t, string(html), fmt.Sprintf(`<canvas id="pad" width="%d" height="%d"`,
		SheetSize, SheetSize))
	ids := regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(string(html)+controls, -1)
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
