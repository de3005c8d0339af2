// Package diag holds what is wrong with a model file, and where.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file: line and column count from 1, columns in characters.
type Pos struct{ Line, Col int }

// Fault is one thing wrong at one place.
type Fault struct {
	File string
	Pos
	Message string
}

// Error is "file:line:col: message", the form that editors jump to.
func (f Fault) Error() string { return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Message) }

// List collects faults, so that a person meets all of them at once. The zero List is empty and ready.
type List []Fault

// Add notes a fault.
func (l *List) Add(file string, pos Pos, format string, args ...any) {
	*l = append(*l, Fault{file, pos, fmt.Sprintf(format, args...)})
}

// Error is one line for each fault, by file and place.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, f := range l.sorted() {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is l as an error, nil when there is no fault.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l.sorted()
}

func (l List) sorted() List {
	l = slices.Clone(l)
	slices.SortStableFunc(l, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return l
}

// At is the place of a byte offset in text; an offset past the end is the place of the end.
func At(text string, offset int) Pos {
	before := text[:max(0, min(offset, len(text)))]
	line := strings.LastIndexByte(before, '\n') + 1
	return Pos{Line: strings.Count(before, "\n") + 1, Col: len([]rune(before[line:])) + 1}
}
