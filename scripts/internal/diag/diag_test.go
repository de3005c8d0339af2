package diag_test

import (
	"testing"

	"example.com/rollcall/scripts/internal/diag"
)

func TestFindingsAreSortedByFileAndPlace(t *testing.T) {
	var l diag.List
	if err := l.Err(); err != nil {
		t.Errorf("an empty list is an error: %v", err)
	}
	l.Add("b.sql", diag.Pos{Line: 1, Col: 1}, "b")
	l.Add("a.sql", diag.Pos{Line: 10, Col: 2}, "second of %d", 3)
	l.Add("a.sql", diag.Pos{Line: 9, Col: 30}, "first")
	l.Add("a.sql", diag.Pos{Line: 10, Col: 2}, "third")
	want := "a.sql:9:30: first\na.sql:10:2: second of 3\na.sql:10:2: third\nb.sql:1:1: b"
	if got := l.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAt(t *testing.T) {
	const text = "ab\nçd\n"
	for offset, want := range map[int]diag.Pos{
		0: {Line: 1, Col: 1}, 2: {Line: 1, Col: 3}, 3: {Line: 2, Col: 1}, 5: {Line: 2, Col: 2},
		99: {Line: 3, Col: 1}, -1: {Line: 1, Col: 1},
	} {
		if got := diag.At(text, offset); got != want {
			t.Errorf("At(%d) is %+v, want %+v", offset, got, want)
		}
	}
}
