package term

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// WriteJSON writes a value as JSON, for programs and for people who look on.
func WriteJSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

// WriteMissing names what is missing, a line for each span.
func WriteMissing(out io.Writer, notices []Notice) {
	for _, s := range Spans(notices) {
		fmt.Fprintf(out, "missing: %s\n", s)
	}
}

// Table is a table's text, without the spaces that would end its lines.
func Table(t table.Writer) string {
	lines := strings.Split(t.Render(), "\n")
	for n, l := range lines {
		lines[n] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}
