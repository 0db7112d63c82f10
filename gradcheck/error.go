package gradcheck

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// An Error lists the derivatives that a check couldn't confirm; errors.As finds it in an error. Its
// text has a line for each, but at most for ten that are wrong and for ten that finite differences
// can't tell about. If at least three wrong derivatives, and at least half of all wrong ones, are
// off by the same factor, the text says so: "given = 2 × numerical in 1090 of 1094".
type Error struct {
	N       int     // how many derivatives the gradient has
	Entries []Entry // those that aren't right, by Param and index
	More    bool    // the check ended early, so there may be more of them
}

// An Entry is a derivative that a check couldn't confirm.
type Entry struct {
	Name      string  // of the numbers: "x", or that of a Param
	Index     int     // of the coordinate; −1 for a direction, when no coordinate alone is to blame
	X         float64 // the coordinate; NaN for a direction
	Given     float64 // ∂f/∂x as given to the check
	Numerical float64 // ∂f/∂x according to finite differences; NaN if there is no estimate
	Bound     float64 // on the error of Numerical, estimated; +Inf if there is none
	Reason    string  // why finite differences can't tell; "" if Given is wrong
}

// Wrong returns those entries that are wrong, without those that finite differences can't tell
// about.
func (e *Error) Wrong() []Entry {
	return slices.DeleteFunc(slices.Clone(e.Entries), func(entry Entry) bool {
		return entry.Reason != ""
	})
}

// orNil returns the error of a check: e, or nil if all is right. A check of nothing is an error,
// since it may be an empty slice by mistake.
func (e *Error) orNil() error {
	switch {
	case e.N == 0:
		return errors.New("gradcheck: no derivatives to check")
	case len(e.Entries) == 0:
		return nil
	}
	return e
}

// Error returns a headline and a line for each derivative, for the wrong ones first.
func (e *Error) Error() string {
	isWrong := func(entry Entry) bool { return entry.Reason == "" }
	doubtful := slices.DeleteFunc(slices.Clone(e.Entries), isWrong)
	lines := slices.Concat(
		e.section(e.Wrong(), "gradcheck: %s of %d derivatives disagree with finite differences:",
			"and %d more that disagree"),
		e.section(doubtful, "gradcheck: finite differences can't tell about %s of %d derivatives:",
			"and %d more that they can't tell about"))
	return strings.Join(lines, "\n")
}

func (e *Error) section(entries []Entry, headline, rest string) (lines []string) {
	if len(entries) == 0 {
		return nil
	}
	isDirection := func(entry Entry) bool { return entry.Index < 0 }
	coordinates := slices.DeleteFunc(slices.Clone(entries), isDirection)
	number := fmt.Sprint(len(coordinates))
	switch {
	case len(coordinates) == 0:
		number = "some"
	case e.More:
		number = "at least " + number
	}
	lines = append(lines, fmt.Sprintf(headline, number, e.N))
	factor, times := commonFactor(coordinates)
	if entries[0].Reason == "" && factor != "1" && times >= 3 && 2*times >= len(coordinates) {
		lines = append(lines, fmt.Sprintf("\tgiven = %s × numerical in %d of %d",
			factor, times, len(coordinates)))
	}
	for _, entry := range entries[:min(len(entries), 10)] {
		lines = append(lines, "\t"+entry.String())
	}
	if len(entries) > 10 {
		lines = append(lines, fmt.Sprintf("\t"+rest, len(entries)-10))
	}
	return lines
}

// commonFactor returns the median of given/numerical, and how many of the derivatives, which are
// wrong, have this ratio. Common causes are a missing factor of 2, and a sum in place of a mean.
func commonFactor(entries []Entry) (factor string, times int) {
	var ratios []float64
	for _, entry := range entries {
		if ratio := entry.Given / entry.Numerical; finite(ratio) {
			ratios = append(ratios, ratio)
		}
	}
	if len(ratios) == 0 {
		return "", 0
	}
	slices.Sort(ratios)
	r := ratios[len(ratios)/2]
	for _, entry := range entries {
		margin := math.Abs(r) * (tolerance*math.Abs(entry.Numerical) + entry.Bound)
		if math.Abs(entry.Given-r*entry.Numerical) <= margin {
			times++
		}
	}
	if n := math.Round(1 / r); math.Abs(n) >= 2 && math.Abs(1/r-n) <= tolerance*math.Abs(n) {
		return fmt.Sprintf("%g/%g", math.Copysign(1, n), math.Abs(n)), times
	}
	return fmt.Sprintf("%.6g", r), times
}

// String is the derivative's line in the text of the error.
func (e Entry) String() string {
	text := fmt.Sprintf("%s[%d] = %g: ", e.Name, e.Index, e.X)
	if e.Index < 0 {
		text = e.Name + " along a random direction: "
	}
	if e.Reason != "" {
		return text + fmt.Sprintf("given %.10g: can't tell, because %s", e.Given, e.Reason)
	}
	text += fmt.Sprintf("numerical %.10g, given %.10g", e.Numerical, e.Given)
	if !finite(e.Given) {
		return text
	}
	size := max(math.Abs(e.Given), math.Abs(e.Numerical))
	return text + fmt.Sprintf(", relative error %.2g", math.Abs(e.Given-e.Numerical)/size)
}
