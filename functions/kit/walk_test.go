package kit

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// The walk returns each subscriber once, for every page size and every repetition on later pages.
func TestWalkReturnsEachSubscriberOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := descending(t)
		size := rapid.IntRange(1, 8).Draw(t, "size")
		var w walk
		var got []int64
		for from := 0; ; {
			to := min(from+size, len(list))
			back := 0
			if from > 0 && to > from {
				back = rapid.IntRange(0, min(from, size-1)).Draw(t, "repeated")
				to = min(from-back+size, len(list))
			}
			rows, err := w.take(pageOf(list[from-back:to], len(list), size, to < len(list)), "before")
			if err != nil {
				t.Fatalf("page of %v: %v", list[from-back:to], err)
			}
			got = append(got, ids(rows)...)
			if from = to; from >= len(list) {
				break
			}
		}
		if err := w.reconcile(); err != nil || !slices.Equal(got, list) {
			t.Fatalf("walked %v of %v: %v", got, list, err)
		}
	})
}

// A walk that misses the rows of a whole page fails, wherever the page is.
func TestWalkNoticesALostPage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 8).Draw(t, "size")
		pages := slices.Collect(slices.Chunk(descending(t), size))
		if len(pages) < 2 {
			t.Skip("one page cannot be lost")
		}
		total := 0
		for _, p := range pages {
			total += len(p)
		}
		lost := rapid.IntRange(0, len(pages)-1).Draw(t, "lost")
		pages = slices.Delete(pages, lost, lost+1)
		var w walk
		for i, p := range pages {
			if _, err := w.take(pageOf(p, total, size, i < len(pages)-1), "before"); err != nil {
				return
			}
		}
		if w.reconcile() == nil {
			t.Fatalf("page %d is missing, and the walk passes: %+v", lost+1, w)
		}
	})
}

func TestTheTotalMayDifferALittleFromTheList(t *testing.T) {
	for _, tc := range []struct {
		total, rows int
		ok          bool
	}{
		{800, 800, true}, {800, 792, true}, {800, 791, false}, {800, 3, false}, {800, 0, false},
		{40, 35, true}, {40, 34, false}, {3, 1, true}, {800, 5800, true}, // an import that the total does not count yet
	} {
		var w walk
		if _, err := w.take(pageOf(descend(tc.rows), tc.total, 10_000, false), ""); err != nil {
			t.Fatal(err)
		}
		if err := w.reconcile(); (err == nil) != tc.ok {
			t.Errorf("a total of %d, and %d rows: %v", tc.total, tc.rows, err)
		}
	}
}

func descend(n int) (list []int64) {
	for id := int64(n); id > 0; id-- {
		list = append(list, id)
	}
	return list
}

func descending(t *rapid.T) []int64 {
	list := rapid.SliceOfNDistinct(rapid.Int64Range(1, 1_000_000), 1, 40, rapid.ID[int64]).Draw(t, "list")
	slices.Sort(list)
	slices.Reverse(list)
	return list
}

func pageOf(list []int64, total, size int, more bool) (p page) {
	for _, id := range list {
		p.Subscribers = append(p.Subscribers, subscriber{ID: id})
	}
	n := int64(total)
	p.Pagination.TotalCount, p.Pagination.PerPage = &n, int64(size)
	p.Pagination.HasNextPage, p.Pagination.EndCursor = more, "next"
	return p
}

func ids(rows []subscriber) (list []int64) {
	for _, s := range rows {
		list = append(list, s.ID)
	}
	return list
}

func FuzzDecodePage(f *testing.F) {
	for document := range upstreamtest.Nulls([]byte(`{"subscribers":[{"id":200,"tags":[{"name":"VIP"}],"attribution":{"source_mechanism_id":7}}],` +
		`"pagination":{"has_next_page":true}}`)) {
		f.Add(document)
	}
	f.Add([]byte(`{"subscribers":[{"id":200,"state":"active","email_address":"a@example.com","created_at":"2023-01-27T11:43:55Z",` +
		`"fields":{},"attribution":{"source_mechanism_id":7},"tags":[{"name":"VIP"}],"location":null}],` +
		`"pagination":{"has_next_page":true,"end_cursor":"WzIwMF0=","per_page":1000,"total_count":1}}`))
	f.Add([]byte(`{"subscribers":null,"pagination":{}}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := decodePage(body)
		if err != nil {
			return
		}
		for _, s := range p.Subscribers {
			if s.ID <= 0 {
				t.Errorf("subscriber without an id passed: %+v", s)
			}
		}
	})
}

func FuzzReason(f *testing.F) {
	f.Add([]byte(`{"errors":[["a",["b"]],{"c":"d"}]}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, body []byte) {
		if text := reason(body); text == "" || len(text) > 1500 {
			t.Errorf("%q", text)
		}
	})
}

func TestReasonReadsEveryFormOfError(t *testing.T) {
	for body, want := range map[string]string{
		`{"errors":["The API key is invalid"]}`: "The API key is invalid",
		`{"errors":[["one",["two"]],"three"]}`:  "one; two; three",
		`{"errors":{"base":["nested"]}}`:        "nested",
		`{"error":"Unauthorized"}`:              "Unauthorized",
		`{}`:                                    "no reason given",
		``:                                      "no reason given",
		`null`:                                  "no reason given",
		`<html><body>502 Bad Gateway</body></html>`: "no reason given",
		`upstream  timed` + "\n" + `out`:            "upstream timed out",
	} {
		if got := reason([]byte(body)); got != want {
			t.Errorf("reason(%q) = %q, want %q", body, got, want)
		}
	}
}

func TestIDsAreReadFromNumbersAndText(t *testing.T) {
	for body, want := range map[string]string{`7`: "7", `"7"`: "7", `12345678901234567890`: "12345678901234567890"} {
		var got id
		if err := json.Unmarshal([]byte(body), &got); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", body, got, err)
		}
	}
}
