// Package googlesql analyzes GoogleSQL: it parses statements, resolves them against tables, and traces output
// columns back to the columns of their inputs.
//
// It wraps github.com/goccy/go-googlesql, whose objects live outside of Go's memory, are freed by finalizers,
// and must be created on one goroutine. A [Catalog] therefore belongs to one goroutine and hands out the
// analyzer's results only for the duration of a call.
//
// Everything is in one package because every user of the scanner also uses the analyzer: none of them can be
// built without the library.
package googlesql

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/diag"
)

// Error is a syntax or type error of a statement. Pos is its place in the statement, zero when the analyzer
// gives none.
type Error struct {
	Pos     diag.Pos
	Message string
}

// Error formats the error as the analyzer does: "message [at line:column]".
func (e *Error) Error() string {
	if e.Pos.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s [at %d:%d]", e.Message, e.Pos.Line, e.Pos.Col)
}

var errorPlace = regexp.MustCompile(` \[at (\d+):(\d+)\]`)

// statementError turns an error of the analyzer into an *Error. It drops the long list of signatures that a
// call with wrong arguments does not match.
func statementError(err error) error {
	text, signatures, listed := strings.Cut(err.Error(), "\n  Signature: ")
	if listed {
		text += errorPlace.FindString(signatures)
	}
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", "; ")), " ")
	m := errorPlace.FindStringSubmatchIndex(text)
	if m == nil {
		return &Error{Message: text}
	}
	e := &Error{Message: text[:m[0]] + text[m[1]:]}
	e.Pos.Line, _ = strconv.Atoi(text[m[2]:m[3]])
	e.Pos.Col, _ = strconv.Atoi(text[m[4]:m[5]])
	return e
}

// aborted carries an error up through a walk over the analyzer's nodes, whose every accessor can fail.
type aborted struct{ error }

// Must returns v. If err is not nil, it aborts the walk: the nearest deferred [Catch] above it, such as that
// of [Catalog.Analyze], returns the error.
func Must[T any](v T, err error) T {
	if err != nil {
		Abort(fmt.Errorf("GoogleSQL: %w", err))
	}
	return v
}

// Abort ends the walk with err. See [Must].
func Abort(err error) { panic(aborted{err}) }

// Catch stores the error of an aborted walk in *err. It must be deferred. Other panics pass through.
func Catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case aborted:
		*err = r.error
	default:
		panic(r)
	}
}

// Span returns a node's byte offsets in the statement. ok is false when the analyzer did not record them.
func Span(n goccy.ResolvedNode) (start, end int, ok bool) {
	location := Must(n.GetParseLocationRangeOrNULL())
	if location == nil {
		return 0, 0, false
	}
	start, end = offsets(location)
	return start, end, true
}

func offsets(location *goccy.ParseLocationRange) (start, end int) {
	return int(Must(Must(location.Start()).GetByteOffset())), int(Must(Must(location.End()).GetByteOffset()))
}

// TypeName returns a type's name as BigQuery writes it: "ARRAY<FLOAT64>".
func TypeName(t goccy.Googlesql_TypeNode) string {
	return strings.ReplaceAll(Must(t.DebugString(false)), "DOUBLE", "FLOAT64")
}

// FunctionName returns the name of a called function in lower case. Operators have names too: "$equal".
func FunctionName(n goccy.ResolvedFunctionCallBaseNode) string {
	return Must(Must(n.Function()).Name())
}

// ScanColumns returns the columns of a scan. ok is false for the few kinds of scans that do not list
// them.
func ScanColumns(scan goccy.ResolvedScanNode) (columns []*goccy.ResolvedColumn, ok bool) {
	lister, ok := scan.(interface {
		ColumnList() ([]*goccy.ResolvedColumn, error)
	})
	if !ok {
		return nil, false
	}
	return Must(lister.ColumnList()), true
}
