package term

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	ink "github.com/jedib0t/go-pretty/v6/text"
)

// Text is text that can be shown as it is: every value in it has been made visible. Only this package can make one,
// so a value of a service, a file or a message cannot reach a terminal in any other way.
type Text struct{ shown string }

// String returns the text as it is shown.
func (t Text) String() string { return t.shown }

// Indent returns the text with an indent before each line after the first.
func (t Text) Indent(indent string) Text { return Text{strings.ReplaceAll(t.shown, "\n", "\n"+indent)} }

// Visible returns a value as it is shown: on one line, and without characters that a terminal obeys instead of showing
// them, or that change the order of others. Each of these is written as in Go: \n, \x1b, \u202e.
func Visible(value string) string {
	if !strings.ContainsFunc(value, hidden) && utf8.ValidString(value) {
		return value
	}
	var b strings.Builder
	for len(value) > 0 {
		r, size := utf8.DecodeRuneInString(value)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, value[0])
		case hidden(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
		value = value[size:]
	}
	return b.String()
}

// hidden reports whether a character is written as an escape. The joiners are not: scripts and emoji need them.
func hidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) && r != nonJoiner && r != joiner
}

// Sprintf formats as fmt.Sprintf does, with every value made visible. Of the values, only a Text keeps its lines and
// colours, and an error made by errors.Join has a line for each error that it joins.
func Sprintf(format string, args ...any) Text {
	for i := range args {
		args[i] = show(args[i])
	}
	return Text{fmt.Sprintf(format, args...)}
}

// show returns what is formatted in the place of a value.
func show(value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case Text:
		return v.shown
	case error:
		lines := errorLines(v)
		for i, line := range lines {
			lines[i] = Visible(line)
		}
		return strings.Join(lines, "\n")
	case fmt.Stringer:
		return Visible(v.String())
	}
	switch kind := reflect.TypeOf(value).Kind(); {
	case kind >= reflect.Bool && kind <= reflect.Complex128:
		return value
	case kind == reflect.String:
		return Visible(reflect.ValueOf(value).String())
	}
	return Visible(fmt.Sprint(value))
}

// errorLines returns the text of an error as lines: one for each error that errors.Join has joined, at any depth. A
// newline in the text of one error begins no line.
func errorLines(err error) []string {
	var lines []string
	switch e := any(err).(type) { // not errors.As: an error that this one wraps is taken apart in its turn
	case interface{ Unwrap() []error }:
		for _, joined := range e.Unwrap() {
			lines = append(lines, errorLines(joined)...)
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			lines = errorLines(inner)
		}
	}
	before, after, found := strings.Cut(err.Error(), strings.Join(lines, "\n"))
	if !found || len(lines) == 0 {
		return []string{err.Error()}
	}
	lines[0] = before + lines[0]
	lines[len(lines)-1] += after
	return lines
}

var colourCode = regexp.MustCompile(`\x1b\[\d+m`)

// Lines returns text that the program has laid out itself, with its lines and colours. Everything else in it is made
// visible.
func Lines(text string) Text {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		codes := append(colourCode.FindAllString(line, -1), "")
		shown := ""
		for n, part := range colourCode.Split(line, -1) {
			shown += Visible(part) + codes[n]
		}
		lines[i] = shown
	}
	return Text{strings.Join(lines, "\n")}
}

// Column returns values below each other, for a cell of a table.
func Column(values []string) Text {
	shown := make([]string, len(values))
	for i, value := range values {
		shown[i] = Visible(value)
	}
	return Text{strings.Join(shown, "\n")}
}

// Wrap breaks prose into lines of at most so many columns; with 0 it stays one line.
func Wrap(prose string, columns int) []string {
	shown := Visible(prose)
	if columns == 0 {
		return []string{shown}
	}
	lines := strings.Split(ink.WrapSoft(shown, columns), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}
