package operate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/shared/partition"
)

func scopeOf(t *testing.T, from, to string) scope {
	t.Helper()
	s, err := newScope(Range{From: from, To: to}, nil, declaredPipeline(t), 1, time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAMonthBelongsToTheDaysThatItsLastIsAmong(t *testing.T) {
	for _, tc := range []struct{ from, to, want string }{
		{"2026-01-01", "2026-03-31", "[2026-01 2026-02 2026-03]"},
		{"2026-01-31", "2026-02-27", "[2026-01]"},
		{"2026-02-01", "2026-02-27", "[]"},
		{"2028-02-29", "2028-02-29", "[2028-02]"},
		{"2026-12-31", "2027-01-30", "[2026-12]"},
	} {
		if got := fmt.Sprint(scopeOf(t, tc.from, tc.to).Months); got != tc.want {
			t.Errorf("%s to %s: %s, want %s", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestFirstIsTheFirstDayOfAMonthThatBeganBefore(t *testing.T) {
	s := scopeOf(t, "2026-01-20", "2026-02-03")
	if got := s.first(); got != day("2026-01-01") {
		t.Errorf("got %s", got)
	}
	if got := s.newest(partition.Daily); got != day("2026-02-03") {
		t.Errorf("the newest day is %s", got)
	}
	if got := (scope{From: s.From, To: s.To}).newest(partition.Monthly); !got.IsZero() {
		t.Errorf("of no month, the newest is %s", got)
	}
}

func TestARangeThatIsWrongIsSaidToBe(t *testing.T) {
	now := time.Date(2026, 11, 2, 0, 30, 0, 0, time.FixedZone("two hours ahead", 7200)) // 1 November in UTC
	for _, tc := range []struct{ from, to, want string }{
		{"", "", "2026-10-30 2026-10-31"},
		{"2026-10-01", "", "2026-10-01 2026-10-31"},
		{"", "2026-11-01", "--to 2026-11-01 has not ended yet; the newest complete day is 2026-10-31"},
		{"2020-01-01", "2026-10-31", "more than the 1100 of one run"},
		{"2026-10", "", `--from "2026-10" is not a day like 2026-11-21`},
	} {
		from, to, err := Range{From: tc.from, To: tc.to}.days(2, now)
		got := fmt.Sprint(from, " ", to)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tc.want) {
			t.Errorf("%q to %q: %s, want %s", tc.from, tc.to, got, tc.want)
		}
	}
}
