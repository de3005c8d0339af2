package sheets

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/functions/sheets/sheetstest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// asOf is early in a day, so the newest complete partition is 2026-11-21.
var asOf = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

const newest = "2026-11-21"

func setUp(t *testing.T) (*sheetstest.Server, *source.Source) {
	t.Helper()
	fake := sheetstest.New(creator.New(7))
	fake.SetNow(asOf)
	src, err := New(Config{
		URL: "http://127.0.0.1", ID: sheetstest.ID, Range: sheetstest.Range, ServiceAccount: "rollcall-sheets@example.iam.gserviceaccount.com",
		transport: upstreamtest.Transport(fake),
	})
	if err != nil {
		t.Fatal(err)
	}
	return fake, src
}

func TestTheCreatorsSheetIsLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, src := setUp(t)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		if got, want := len(rig.Rows(table, newest)), len(creator.New(7).Sheet(asOf)); got != want || want == 0 {
			t.Errorf("loaded %d rows of %d", got, want)
		}
		if events := rig.Events(); len(events) != 1 || events[0].Partition.String() != newest {
			t.Errorf("published %v", events)
		}
	})
}

// The sheets that people write, and the rows loaded from them.
func TestRows(t *testing.T) {
	header := []any{"post_id", "boosted", "boosted_on", "note"}
	for _, tc := range []struct {
		name   string
		values [][]any
		want   []string
	}{
		{"as in the example", [][]any{header, {"40793d1e9f2b", true, "2026-01-05", ""}, {"78cb972195da"}, {}}, []string{
			`"post_id":"40793d1e9f2b","boosted":true,"boosted_on":"2026-01-05"`,
			`"post_id":"78cb972195da","boosted":false`,
		}},
		{"columns in another order, among others", [][]any{
			{" Note", "Boosted On", "BOOSTED", "owner", "boosted_on", "post_id ", ""},
			{"by hand", "ignored", "yes", "me", "2026-01-05", " a1 ", 7.0},
		}, []string{`"post_id":"a1","boosted":true,"boosted_on":"2026-01-05","note":"by hand"`}},
		{"every way to write yes and no", [][]any{
			header, {"a", true}, {"b", "TRUE"}, {"c", " yes "}, {"d", "1"}, {"e", 1.0}, {"f", false}, {"g", "False"}, {"h", "No"}, {"i", 0.0}, {"j", ""},
		}, []string{
			`"post_id":"a","boosted":true`, `"post_id":"b","boosted":true`, `"post_id":"c","boosted":true`, `"post_id":"d","boosted":true`,
			`"post_id":"e","boosted":true`, `"post_id":"f","boosted":false`, `"post_id":"g","boosted":false`, `"post_id":"h","boosted":false`,
			`"post_id":"i","boosted":false`, `"post_id":"j","boosted":false`,
		}},
		{"blank rows, and rows made ready with a checkbox", [][]any{header, {}, {"", false}, {" ", nil, ""}, {"a", true}, {"", false}}, []string{
			`"post_id":"a","boosted":true`,
		}},
		{"a note that is a number or a checkbox", [][]any{header, {"a", true, nil, 2.5}, {"b", true, nil, true}}, []string{
			`"post_id":"a","boosted":true,"note":"2.5"`, `"post_id":"b","boosted":true,"note":"TRUE"`,
		}},
		{"a header and no rows", [][]any{header}, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, src := setUp(t)
				fake.Values = tc.values
				rig := sourcetest.Run(t, src, asOf)
				rig.Load(t, "")
				want := make([]string, len(tc.want))
				for i, row := range tc.want {
					want[i] = `{"snapshot_date":"` + newest + `",` + row + `}`
				}
				if diff := cmp.Diff(want, rig.Rows(table, newest)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// After every failure, the table has not changed and no event is published. The response names the setting or the cell
// to correct.
func TestFailures(t *testing.T) {
	fatal := slices.DeleteFunc(slices.Clone(sheetstest.Failures), func(f sheetstest.Failure) bool {
		return f == sheetstest.HeaderAlone // a first load has nothing to compare it with
	})
	sourcetest.Failures(t, fatal, func(t *testing.T, failure sheetstest.Failure) *sourcetest.Rig {
		fake, src := setUp(t)
		fake.Fail(failure)
		return sourcetest.Run(t, src, asOf)
	})
}

func TestTemporaryErrorsDelayTheRun(t *testing.T) {
	for _, failure := range []sheetstest.Failure{sheetstest.RateLimited, sheetstest.Down, sheetstest.BrokenOff} {
		t.Run(string(failure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, src := setUp(t)
				fake.Fail(failure)
				time.AfterFunc(9*time.Second, func() { fake.Fail("") })
				rig := sourcetest.Run(t, src, asOf)
				rig.Load(t, "")
				if n := fake.Requests(); n < 3 || !strings.Contains(rig.Log(), "asking again") {
					t.Errorf("%d requests; the log:\n%s", n, rig.Log())
				}
			})
		})
	}
}

func TestWithoutAnAddressTheHintDescribesTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _ := setUp(t)
		fake.Fail(sheetstest.NotShared)
		src, err := New(Config{URL: "http://127.0.0.1", ID: sheetstest.ID, Range: sheetstest.Range, transport: upstreamtest.Transport(fake)})
		if err != nil {
			t.Fatal(err)
		}
		if _, answer := sourcetest.Run(t, src, asOf).Post(""); !strings.Contains(answer, "add the function's service account as a Viewer") {
			t.Errorf("got %s", answer)
		}
	})
}

func TestErrorsNameTheCell(t *testing.T) {
	for _, tc := range []struct {
		answered, want string
		row, col       int
	}{
		{"Sheet1!A1:D1000", "Sheet1!A1", 0, 0},
		{"Sheet1!A1:D1000", "Sheet1!C12", 11, 2},
		{"Sheet1!B:E", "Sheet1!C12", 11, 1},
		{"'My boosts!'!Y10:AB20", "'My boosts!'!AA12", 2, 2},
		{"Boosts", "B3", 2, 1},
		{"Sheet1!A:D", "Sheet1!B3", 2, 1},
		{"Sheet1!ZZ1:AAA9", "Sheet1!AAA1", 0, 1},
	} {
		if got := gridOf(tc.answered).cell(tc.row, tc.col); got != tc.want {
			t.Errorf("row %d, column %d of %s is %s, want %s", tc.row, tc.col, tc.answered, got, tc.want)
		}
	}
}

// For any cell content, decode returns a row or an error that names the cell. It never returns a story without an id,
// or the same story twice.
func FuzzDecode(f *testing.F) {
	f.Add("a", "yes", "2026-01-05", "b", 1.0, true)
	f.Add("", "", "", " ", 0.0, false)
	f.Add("é", "VRAI", "46027", "a", 1e300, true)
	f.Fuzz(func(t *testing.T, id, boosted, on, other string, number float64, tick bool) {
		values := [][]any{
			{"post_id", "boosted", "boosted_on", "note"}, {id, boosted, on, number}, {other, tick}, {other, number}, {nil, nil, nil, tick}, nil,
		}
		boosts, err := decode("Sheet1!A1:D9", "Sheet1!A1:D9", values)
		var fault *source.Error
		if err != nil {
			if !errors.As(err, &fault) || fault.Hint == "" {
				t.Errorf("%v has no hint", err)
			}
			return
		}
		ids := map[string]bool{}
		for _, b := range boosts {
			if b.postID == "" || ids[b.postID] {
				t.Errorf("decoded %+v", boosts)
			}
			ids[b.postID] = true
		}
	})
}

func TestConfigReportsAllFaultsTogether(t *testing.T) {
	_, err := New(Config{URL: "ftp://sheets", ID: "https://docs.google.com/spreadsheets/d/1/edit", RetryWait: -1})
	sourcetest.Names(t, err, "SHEETS_URL", "SHEETS_ID", "SHEETS_RANGE", "SHEETS_RETRY_WAIT")
}

func TestDefaultsAreTheRealService(t *testing.T) {
	cfg := sourcetest.Config[Config](t, map[string]string{"SHEETS_ID": sheetstest.ID})
	if cfg.URL != "https://sheets.googleapis.com" || cfg.Range != "Sheet1!A:D" || cfg.RetryWait != 2*time.Second || cfg.Validate() != nil {
		t.Errorf("got %+v, %v", cfg, cfg.Validate())
	}
}

func TestEveryFailureHasAName(t *testing.T) {
	for _, f := range sheetstest.Failures {
		fake, _ := setUp(t)
		if err := fake.FailByName(string(f)); err != nil || fake.Begin() != f {
			t.Errorf("%s: %v", f, err)
		}
	}
	if slices.Contains(sheetstest.Failures, "") {
		t.Error("no failure is among the failures")
	}
}
