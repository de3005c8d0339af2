package term

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Output writes what a command shows a person. It is no io.Writer, so that nothing goes around Text.
type Output struct{ w io.Writer }

// NewOutput returns the Output that writes to w.
func NewOutput(w io.Writer) *Output { return &Output{w} }

// Say writes a line, formatted as by Sprintf.
func (o *Output) Say(format string, args ...any) {
	fmt.Fprintln(o.w, Sprintf(format, args...)) // who reads standard output may go away
}

// JSON writes a value as indented JSON. Characters that Visible would escape are escaped as JSON does it, so the value
// stays exact.
func (o *Output) JSON(value any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		return err
	}
	_, err := o.w.Write(escapeJSON(b.Bytes()))
	return err
}

func escapeJSON(data []byte) (escaped []byte) {
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == '\n' || !hidden(r):
			escaped = append(escaped, data[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escaped = fmt.Appendf(escaped, `\u%04x\u%04x`, high, low)
		default:
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		}
		data = data[size:]
	}
	return escaped
}

// Writer returns a writer for a package that lays out text itself, such as the parser of the command line. It shows
// what it is given as Lines does. Each call must write whole characters.
func (o *Output) Writer() io.Writer { return laidOut{o.w} }

type laidOut struct{ w io.Writer }

func (l laidOut) Write(text []byte) (int, error) {
	if _, err := io.WriteString(l.w, Lines(string(text)).String()); err != nil {
		return 0, err
	}
	return len(text), nil
}
