// Package term shows things on a terminal: text, colours, tables, the grid, progress, notices, and numbers as people
// read them. An output that is not a terminal gets the same as plain text.
//
// What services, files and messages say is not trusted to be harmless text: it may hold escape sequences that steer a
// terminal, or a newline and a forged line. An Output therefore shows each value on one line of visible characters;
// see Text.
package term

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Paint says whether text is shown in colours.
type Paint bool

// In returns a value, shown as by Sprintf, in a colour or as it is.
func (p Paint) In(c text.Color, value any) Text {
	t := Sprintf("%v", value)
	if !p {
		return t
	}
	return Text{fmt.Sprintf("\x1b[%dm%s\x1b[0m", c, t.shown)}
}
