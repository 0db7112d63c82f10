package playground

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An Address is the fragment of the page's address, which holds the tab and its state, so that a
// link shows the same.
type Address struct {
	Tab      string // one of Tabs
	Settings Settings
	Formula  string // the name of one of Formulas
	Text     string // of the formula
	Step     int    // of its calculation
}

// Tabs are the names of the page's tabs.
var Tabs = []string{"playground", "digits", "graph"}

// DefaultAddress is the address of a new visitor.
func DefaultAddress() Address {
	return Address{Tab: Tabs[0], Settings: DefaultSettings(), Formula: Formulas[0].Name,
		Text: Formulas[0].Text}
}

// Parse sets what a fragment says. What is missing or wrong stays as it is. The error has a line
// for each thing that is wrong.
func (a *Address) Parse(fragment string) error {
	query, err := url.ParseQuery(strings.TrimPrefix(fragment, "#"))
	var errs []error
	if err != nil {
		errs = append(errs, fmt.Errorf("the address: %w", err))
	}
	errs = append(errs, a.Settings.parse(query))
	if tab := query.Get("tab"); slices.Contains(Tabs, tab) {
		a.Tab = tab
	} else if tab != "" {
		errs = append(errs, fmt.Errorf("tab: found %.20q, want one of %s", tab,
			strings.Join(Tabs, ", ")))
	}
	if name := query.Get("formula"); name != "" {
		if f, ok := formulaOf(name); ok {
			a.Formula, a.Text, a.Step = name, f.Text, 0
		} else {
			errs = append(errs, fmt.Errorf("formula: there is no %.20q", name))
		}
	}
	if text := query.Get("text"); text != "" {
		if err := a.SetText(text); err != nil {
			errs = append(errs, fmt.Errorf("text: %w", err))
		}
	}
	if step := query.Get("step"); step != "" {
		c, _ := NewCalculation(a.Text) // which is never wrong
		n, err := parseWhole(step, 0, c.Steps())
		if err == nil {
			a.Step = n
		} else {
			errs = append(errs, fmt.Errorf("step: %w", err))
		}
	}
	return errors.Join(errs...)
}

// SetText sets a formula of the user's own, at its first step, unless it is wrong. The error is a
// *FormulaError.
func (a *Address) SetText(text string) error {
	_, err := parseFormula(text)
	if err == nil {
		a.Formula, a.Text, a.Step = custom, text, 0
	}
	return err
}

// Encode returns the fragment of the tab. It has the text of a formula only if it differs from the
// named one.
func (a Address) Encode() string {
	s := "#tab=" + a.Tab
	switch a.Tab {
	case "playground":
		s += "&" + a.Settings.Encode()
	case "graph":
		if f, _ := formulaOf(a.Formula); a.Text == f.Text {
			s += "&formula=" + a.Formula
		} else {
			s += "&text=" + url.QueryEscape(a.Text)
		}
		s += "&step=" + strconv.Itoa(a.Step)
	}
	return s
}
