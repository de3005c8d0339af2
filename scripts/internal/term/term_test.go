package term

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/partition"
)

var day = partition.MustParse

const (
	arrived     State = "arrived"
	ran         State = "ran"
	unchanged   State = "unchanged"
	waiting     State = "waiting"
	failed      State = "failed"
	notExpected State = "not_expected"
)

var marks = Marks{
	{arrived, "✓", text.FgGreen}, {ran, "●", text.FgGreen}, {unchanged, "○", text.FgHiBlack},
	{waiting, "·", text.FgYellow}, {failed, "✗", text.FgRed},
}

func TestGrid(t *testing.T) {
	var rows []Row
	for d := day("2026-11-01"); d.Compare(day("2026-10-28")) >= 0; d = d.Add(-1) {
		r := Row{Partition: d, Sources: map[string]State{"kit": arrived, "medium": arrived}, Models: map[string]State{"story_days": ran, "creator_overview": unchanged}}
		if d == day("2026-10-30") {
			r.Sources["kit"], r.Models["creator_overview"] = failed, waiting
		}
		rows = append(rows, r)
	}
	rows = append(rows, Row{Partition: day("2026-10"), Sources: map[string]State{"stripe": waiting}, Models: map[string]State{"revenue": notExpected}})
	var b bytes.Buffer
	WriteGrid(NewOutput(&b), rows, marks, false, 0)
	golden.Compare(t, "testdata/grid.txt", b.String())

	for len(rows) < 60 {
		d := rows[len(rows)-2].Partition
		rows = append(rows[:len(rows)-1], Row{Partition: d.Add(-1), Sources: rows[0].Sources, Models: rows[0].Models}, rows[len(rows)-1])
	}
	b.Reset()
	WriteGrid(NewOutput(&b), rows, marks, false, 0)
	golden.Compare(t, "testdata/grid_long.txt", b.String())
}

func TestGridThatIsTooWideIsDrawnInParts(t *testing.T) {
	row := Row{Partition: day("2026-11-01"), Sources: map[string]State{"kit": arrived, "medium": arrived}, Models: map[string]State{}}
	for _, name := range []string{"creator_overview", "subscriber_growth", "subscriber_sources", "aggregate_engagement"} {
		row.Models[name] = ran
	}
	for _, width := range []int{100, 66, 60, 40, 1} {
		var b bytes.Buffer
		WriteGrid(NewOutput(&b), []Row{row}, marks, false, width)
		head := strings.Join(strings.Fields(b.String()), " ")
		for _, word := range []string{"kit", "medium", "creator", "overview", "growth", "sources", "aggregate", "engagement"} {
			if !strings.Contains(head, word) {
				t.Errorf("at %d columns %s is missing:\n%s", width, word, b.String())
			}
		}
		grid, _, _ := strings.Cut(b.String(), "✓ arrived")
		if longest := text.LongestLineLen(grid); longest > max(width, 23) {
			t.Errorf("at %d columns a line has %d:\n%s", width, longest, b.String())
		}
	}
}

func TestNeighboursThatSayTheSameAreToldOnce(t *testing.T) {
	var list []Notice
	for _, d := range []string{"2026-10-30", "2026-10-31", "2026-11-01", "2026-11-03"} {
		for range 2 { // two tables of one source
			list = append(list, Notice{Source: "kit", Partition: day(d), Reason: "Kit is down", Hint: "wait"})
		}
	}
	got := strings.Join(Notices(list), "\n") + "\n"
	want := "kit 2026-10-30 to 2026-11-01: Kit is down; fix: wait\nkit 2026-11-03: Kit is down; fix: wait\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTimesAreToldAsAPersonReadsThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		3500 * time.Millisecond: "3.5 s", 119 * time.Second: "119.0 s", 2 * time.Minute: "2 min", 735 * time.Second: "12 min",
		2 * time.Hour: "2 h 0 min", 3*time.Hour + 5*time.Minute: "3 h 5 min",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

func TestSlowProgressIsToldByTheMinute(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	l := NewProgress(NewOutput(&b), false, func() time.Time { return now }).Line("medium", "requests", 52)
	now = now.Add(100 * time.Second)
	l.Step()
	if got, want := b.String(), "medium    1/52 requests, 0.6/min, 85 min left\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressInPlainText(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	p := NewProgress(NewOutput(&b), false, func() time.Time { return now })
	l := p.Line("medium", "partitions", 4)
	p.Line("models", "runs", 0).Finish("")
	p.Start()
	for range 3 {
		now = now.Add(4 * time.Second)
		l.Step()
	}
	l.Finish("failed for 2026-10-30")
	p.End()
	want := "medium    2/4 partitions, 0.2/s, 8 s left\nmedium    3/4 partitions: failed for 2026-10-30\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// On a terminal the bars are drawn by a goroutine of their own, which ends with the progress.
func TestProgressOnATerminal(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(NewOutput(&b), true, time.Now)
	l, failed := p.Line("medium", "requests", 2), p.Line("kit", "requests", 3)
	p.Start()
	l.Step()
	l.Step()
	l.Step() // more than was known before
	l.Finish("")
	failed.Finish("failed for 2026-10-30")
	p.End()
	for _, want := range []string{"medium    3/3 requests", "kit       0/3 requests: failed for 2026-10-30"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %q", want, b.String())
		}
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 10 << 20: "10 MiB", 3 << 30: "3.0 GiB", 1 << 62: "4.0 EiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
