// Package term shows things on a terminal: colours, the grid, progress, notices, and numbers as people read
// them. An output that is not a terminal gets the same as plain text.
package term

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Paint says whether text is shown in colours.
type Paint bool

// In returns text in a colour, or as it is.
func (p Paint) In(c text.Color, s string) string {
	if !p {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", c, s)
}

// Plain is a table style without lines and capitals.
var Plain = table.Style{Box: table.BoxStyle{PaddingLeft: "", PaddingRight: "  ", MiddleVertical: ""}}
