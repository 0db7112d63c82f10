package playground

import (
	"fmt"
	"strings"
)

// Controls returns the controls of the settings as HTML. A control has the name of its field as its
// id, a line of help, and room for an error.
func Controls() string {
	var b strings.Builder
	const anew, live = "Changes here begin anew.", "Changes here apply at once."
	legends := map[string][2]string{"data": {"Data", anew}, "inputs": {"Network", anew},
		"loss": {"Training", live}}
	for i, f := range Fields {
		if legend, ok := legends[f.Name]; ok {
			if i > 0 {
				b.WriteString("</fieldset>")
			}
			fmt.Fprintf(&b, "<fieldset><legend>%s</legend><small>%s</small>", legend[0], legend[1])
		}
		switch f.Name {
		case "inputs":
			b.WriteString(inputControls(f))
		case "hidden":
			b.WriteString(hiddenControls(f))
		default:
			fmt.Fprintf(&b, `<p><label for="%s">%s</label>%s<small id="%[1]s-help">%[4]s</small>`+
				`<span id="%[1]s-error" class="error" role="alert" hidden></span></p>`,
				f.Name, f.Label, f.control(), f.Help)
		}
	}
	return b.String() + "</fieldset>"
}

// control returns a select, or a text box, which has a slider if there are stops.
func (f Field) control() string {
	describedBy := fmt.Sprintf(`aria-describedby="%s-help %[1]s-error"`, f.Name)
	if f.Choices != nil {
		options := "<option>" + strings.Join(f.Choices, "</option><option>") + "</option>"
		return fmt.Sprintf(`<select id="%s" %s>%s</select>`, f.Name, describedBy, options)
	}
	box := fmt.Sprintf(`<input id="%s" inputmode="decimal" %s>`, f.Name, describedBy)
	if f.Name == "data-seed" {
		box += `<button type="button" id="new-sample">New data</button>`
	}
	if f.Stops == nil {
		return box
	}
	last := len(f.Stops) - 1
	return fmt.Sprintf(`%s<span class="slider"><span>%s</span><input type="range" id="%s-slider" `+
		`max="%d" aria-label="%s, slider"><span>%s</span></span>`, box, f.Stops[0], f.Name, last,
		f.Label, f.Stops[last])
}

// inputControls returns a checkbox for each input, whose ids are input0, input1 and so on.
func inputControls(f Field) string {
	var boxes strings.Builder
	for i, name := range Inputs {
		fmt.Fprintf(&boxes, `<label><input type="checkbox" id="input%d"> %s</label>`, i, name)
	}
	return fmt.Sprintf(`<p role="group" aria-label="%s" class="inputs"><span>%[1]s</span>%s`+
		`<small>%s</small></p>`, f.Label, &boxes, f.Help)
}

// hiddenControls returns buttons for the number of layers, and for the neurons of up to four, whose
// ids end in 0 to 3.
func hiddenControls(f Field) string {
	row := func(name, id, of, count string) string {
		return fmt.Sprintf(`<p id="layer%[2]s"><span>%[1]s</span>`+
			`<button type="button" id="fewer%[2]s" aria-label="Remove a %[3]s">−</button>`+
			`<output id="%[4]s"></output>`+
			`<button type="button" id="more%[2]s" aria-label="Add a %[3]s">+</button>`,
			name, id, of, count)
	}
	html := row(f.Label, "", "layer", "layers") + "<small>" + f.Help + "</small></p>"
	for i := range 4 {
		html += row(fmt.Sprint("Layer ", i+1), fmt.Sprint(i), fmt.Sprint("neuron of layer ", i+1),
			fmt.Sprint("neurons", i)) + "</p>"
	}
	return html
}
