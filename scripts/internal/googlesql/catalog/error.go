package catalog

import (
	"regexp"
	"strconv"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
)

// Error is what GoogleSQL has against a statement. Pos is its place in the statement, zero when there is none.
type Error struct {
	Pos     diag.Pos
	Message string
}

func (e *Error) Error() string { return e.Message }

var at = regexp.MustCompile(` \[at (\d+):(\d+)\]`)

// parseError takes the place out of the analyzer's message, and leaves out the long list of signatures that a call with
// wrong arguments does not match.
func parseError(err error) error {
	text, signatures, listed := strings.Cut(err.Error(), "\n  Signature: ")
	if listed {
		text += at.FindString(signatures)
	}
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", "; ")), " ")
	m := at.FindStringSubmatchIndex(text)
	if m == nil {
		return &Error{Message: text}
	}
	e := &Error{Message: text[:m[0]] + text[m[1]:]}
	e.Pos.Line, _ = strconv.Atoi(text[m[2]:m[3]])
	e.Pos.Col, _ = strconv.Atoi(text[m[4]:m[5]])
	return e
}
