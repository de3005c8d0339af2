package partition_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/shared/partition"
)

func TestParse(t *testing.T) {
	for _, ok := range []struct {
		text  string
		grain partition.Grain
		start string
		end   string
		deco  string
	}{
		{"2026-11-21", partition.Daily, "2026-11-21", "2026-11-22", "20261121"},
		{"2026-11", partition.Monthly, "2026-11-01", "2026-12-01", "202611"},
		{"2024-02-29", partition.Daily, "2024-02-29", "2024-03-01", "20240229"},
		{"2026-12-31", partition.Daily, "2026-12-31", "2027-01-01", "20261231"},
		{"2026-12", partition.Monthly, "2026-12-01", "2027-01-01", "202612"},
	} {
		p, err := partition.Parse(ok.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", ok.text, err)
			continue
		}
		if p.String() != ok.text || p.Grain() != ok.grain || p.Decorator() != ok.deco ||
			p.Start().Format(time.DateOnly) != ok.start || p.End().Format(time.DateOnly) != ok.end {
			t.Errorf("Parse(%q) = %v %v from %v to %v, decorator %s", ok.text, p, p.Grain(), p.Start(), p.End(), p.Decorator())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "2026", "2026-13", "2026-00", "2026-1", "2026-11-31", "2025-02-29", "2026-11-1", "26-11-21", "2026/11/21",
		"2026-11-21T00:00:00Z", "20261121", " 2026-11", "2026-11 ", "0000-01", "-001-01", "yesterday", "２０２６-11",
	} {
		if p, err := partition.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, p)
		}
	}
}

func TestNewestCompleteIsInUTCWhateverTheClocksZone(t *testing.T) {
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		now        time.Time
		day, month string
	}{
		{time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), "2026-11-21", "2026-10"},
		{time.Date(2026, 11, 21, 23, 59, 59, 0, time.UTC), "2026-11-20", "2026-10"},
		{time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC), "2026-02-28", "2026-02"},
		{time.Date(2026, 1, 1, 9, 0, 0, 0, auckland), "2025-12-30", "2025-11"}, // still 2025-12-31 in UTC
	} {
		if got := partition.NewestComplete(partition.Daily, tc.now).String(); got != tc.day {
			t.Errorf("newest day at %v = %s, want %s", tc.now, got, tc.day)
		}
		if got := partition.NewestComplete(partition.Monthly, tc.now).String(); got != tc.month {
			t.Errorf("newest month at %v = %s, want %s", tc.now, got, tc.month)
		}
	}
}

func TestDaysOfAMonth(t *testing.T) {
	for month, want := range map[string]int{"2024-02": 29, "2025-02": 28, "2026-11": 30, "2026-12": 31} {
		days := slices.Collect(partition.MustParse(month).Days())
		if len(days) != want || days[0].String() != month+"-01" {
			t.Errorf("%s has days %v, want %d", month, days, want)
		}
	}
}

func TestZeroPartitionIsEmptyTextBothWays(t *testing.T) {
	var p partition.Partition
	data, err := json.Marshal(p)
	if err != nil || string(data) != `""` {
		t.Fatalf("marshal = %s, %v", data, err)
	}
	if err := json.Unmarshal(data, &p); err != nil || !p.IsZero() {
		t.Fatalf("unmarshal = %v, %v", p, err)
	}
}

func anyPartition(t *rapid.T, name string) partition.Partition {
	at := time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, name), 0)
	return partition.Of(rapid.SampledFrom([]partition.Grain{partition.Daily, partition.Monthly}).Draw(t, name+" grain"), at)
}

func TestTextOrderIsTimeOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := anyPartition(t, "p"), anyPartition(t, "q")
		if got, want := p.Compare(q), cmpString(p.String(), q.String()); got != want {
			t.Fatalf("Compare(%v, %v) = %d, the texts' order is %d", p, q, got, want)
		}
	})
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestAddWalksWithoutGapsAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, n := anyPartition(t, "p"), rapid.IntRange(-400, 400).Draw(t, "n")
		if p.Add(1).Start() != p.End() {
			t.Fatalf("%v ends %v, but the next starts %v", p, p.End(), p.Add(1).Start())
		}
		if back := p.Add(n).Add(-n); back != p {
			t.Fatalf("%v + %d - %d = %v", p, n, n, back)
		}
		parsed, err := partition.Parse(p.String())
		if err != nil || parsed != p {
			t.Fatalf("Parse(%v) = %v, %v", p, parsed, err)
		}
		if !p.Month().Contains(p) {
			t.Fatalf("%v does not contain %v", p.Month(), p)
		}
	})
}

func TestOtherYearsAreRefused(t *testing.T) {
	for text, ok := range map[string]bool{
		"2000-01-01": true, "2000-01": true, "2199-12-31": true, "2199-12": true,
		"1999-12-31": false, "1999-12": false, "2200-01-01": false, "2200-01": false, "0000-01-01": false, "0001-02": false, "9999-12-31": false,
	} {
		_, err := partition.Parse(text)
		if ok != (err == nil) || !ok && (!errors.Is(err, partition.ErrRange) || !strings.Contains(err.Error(), text)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if (partition.Partition{}).InRange() {
		t.Error("the zero partition is in range")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-11-21")
	f.Add("2026-11")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := partition.Parse(text); err == nil && p.String() != text {
			t.Errorf("Parse(%q) reads back as %q", text, p)
		}
	})
}
