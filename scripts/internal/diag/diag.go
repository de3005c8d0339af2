// Package diag collects findings about model files: what is wrong, by file, line and column.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. Line and column count from 1, columns in characters.
type Pos struct{ Line, Col int }

// Finding describes one thing that is wrong at one place.
type Finding struct {
	File string
	Pos
	Message string
}

// Error formats the finding as "file:line:col: message", which editors can jump to.
func (f Finding) Error() string { return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Message) }

// List collects findings, so that all are reported together. The zero List is empty and ready to use.
type List []Finding

// Add appends a finding.
func (l *List) Add(file string, pos Pos, format string, args ...any) {
	*l = append(*l, Finding{file, pos, fmt.Sprintf(format, args...)})
}

// Error formats one finding a line, sorted by file and place.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, f := range l.sorted() {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l.sorted()
}

func (l List) sorted() List {
	l = slices.Clone(l)
	slices.SortStableFunc(l, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return l
}

// At returns the place of a byte offset in text. An offset past the end gives the place of the end.
func At(text string, offset int) Pos {
	before := text[:max(0, min(offset, len(text)))]
	line := strings.LastIndexByte(before, '\n') + 1
	return Pos{Line: strings.Count(before, "\n") + 1, Col: len([]rune(before[line:])) + 1}
}
