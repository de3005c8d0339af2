package term

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// WriteJSON writes a value as indented JSON.
func WriteJSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

// Table returns the text of a table, without spaces at the ends of lines.
func Table(t table.Writer) string {
	lines := strings.Split(t.Render(), "\n")
	for n, l := range lines {
		lines[n] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}
