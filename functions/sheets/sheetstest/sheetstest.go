// Package sheetstest is a fake of Google Sheets' spreadsheets.values.get for one sheet, in which a creator
// notes boosts.
package sheetstest

import (
	"net/http"
	"net/url"
	"strings"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// ID and Range name the only sheet and the only range that the fake has. Google answers with the range that it has read.
const (
	ID       = "1fakeSheetOfBoosts_0123456789"
	Range    = "Sheet1!A:D"
	answered = "Sheet1!A1:D1000"
)

// Server is the fake, an http.Handler.
type Server struct {
	*upstreamtest.Control[Failure]
	// Values replaces the cells of the creator's sheet if it is not nil. A cell is text, float64, bool or nil.
	Values [][]any

	creator *creator.Creator
}

// New returns a fake with the sheet of c.
func New(c *creator.Creator) *Server {
	return &Server{Control: upstreamtest.NewControl(Failures), creator: c}
}

// ServeHTTP answers GET /v4/spreadsheets/<id>/values/<range>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failure := s.Begin()
	if refusal, ok := refusals[failure]; ok {
		refusal.Send(w)
		return
	}
	id, a1, found := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/v4/spreadsheets/"), "/values/")
	a1, err := url.PathUnescape(a1)
	q := r.URL.Query()
	switch {
	case r.Method != http.MethodGet || !found || err != nil || id != ID:
		refusals[NotFound].Send(w)
	case a1 != Range:
		refusal(http.StatusBadRequest, "Unable to parse range: "+a1, "INVALID_ARGUMENT", "").Send(w)
	default:
		values := s.Values
		if values == nil {
			values = s.sheet()
		}
		values = failure.distort(values)
		if q.Get("valueRenderOption") != "UNFORMATTED_VALUE" || q.Get("dateTimeRenderOption") != "FORMATTED_STRING" {
			values = formatted(values)
		}
		upstreamtest.SendJSON(w, answer{answered, "ROWS", trim(values)}, failure == Truncated, failure == BrokenOff)
	}
}

// answer is what Google sends. An empty range has no values.
type answer struct {
	Range          string  `json:"range"`
	MajorDimension string  `json:"majorDimension"`
	Values         [][]any `json:"values,omitempty"`
}

// sheet returns the creator's sheet as of now, header first.
func (s *Server) sheet() [][]any {
	values := [][]any{{"post_id", "boosted", "boosted_on", "note"}}
	for _, row := range s.creator.Sheet(s.Now()) {
		var on any
		if !row.BoostedOn.IsZero() {
			on = row.BoostedOn.String()
		}
		values = append(values, []any{row.StoryID, row.Boosted, on, row.Note})
	}
	return values
}

// trim removes what Google omits: empty cells at a row's end, and empty rows at the range's end.
func trim(values [][]any) [][]any {
	trimmed := [][]any{}
	for _, row := range values {
		row = append([]any{}, row...)
		for len(row) > 0 && (row[len(row)-1] == nil || row[len(row)-1] == "") {
			row = row[:len(row)-1]
		}
		for i, v := range row {
			if v == nil {
				row[i] = ""
			}
		}
		trimmed = append(trimmed, row)
	}
	for len(trimmed) > 0 && len(trimmed[len(trimmed)-1]) == 0 {
		trimmed = trimmed[:len(trimmed)-1]
	}
	return trimmed
}

// formatted returns the values as Google sends them without the render options: as text in the sheet's locale.
func formatted(values [][]any) [][]any {
	texts := [][]any{}
	for _, row := range values {
		var line []any
		for _, v := range row {
			switch v := v.(type) {
			case bool:
				line = append(line, map[bool]string{true: "VRAI", false: "FAUX"}[v])
			default:
				line = append(line, v)
			}
		}
		texts = append(texts, line)
	}
	return texts
}
