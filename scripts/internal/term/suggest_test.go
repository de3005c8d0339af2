package term

import (
	"testing"

	"example.com/rollcall/shared/partition"
)

func TestUnknownNamesAreAnsweredWithTheNearest(t *testing.T) {
	known := []string{"story_days", "story_months", "revenue", "creator_overview"}
	for _, tc := range []struct{ name, want string }{
		{"storydays", "; do you mean story_days?"},
		{"revnue", "; do you mean revenue?"},
		{"overview", "; do you mean creator_overview?"},
		{"story", "; do you mean story_days or story_months?"},
		{"x", "; there are story_days, story_months, revenue, creator_overview"},
	} {
		if got := DidYouMean(tc.name, known); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestWrongDateIsAnsweredWithTheNearest(t *testing.T) {
	for _, tc := range []struct {
		flag, text string
		grain      partition.Grain
		want       string
	}{
		{"--from", "2026-11-1", partition.Daily, `--from "2026-11-1" is not a day like 2026-11-21; do you mean 2026-11-01?`},
		{"--from", "20261101", partition.Daily, `--from "20261101" is not a day like 2026-11-21; do you mean 2026-11-01?`},
		{"--to", "2026/02/30", partition.Daily, `--to "2026/02/30" is not a day like 2026-11-21; do you mean 2026-02-28?`},
		{"--to", "2026-13-00", partition.Daily, `--to "2026-13-00" is not a day like 2026-11-21; do you mean 2026-12-01?`},
		{"--to", "2026-11", partition.Daily, `--to "2026-11" is not a day like 2026-11-21`},
		{"--to", "yesterday", partition.Daily, `--to "yesterday" is not a day like 2026-11-21`},
		{"--date", "2026-11", partition.Daily, `--date "2026-11" is not a day like 2026-11-21; do you mean --month 2026-11?`},
		{"--month", "2026-11-21", partition.Monthly, `--month "2026-11-21" is not a month like 2026-10; do you mean --date 2026-11-21?`},
		{"--from", "0026-11-01", partition.Daily, `--from: partition 0026-11-01: partitions lie between 2000-01-01 and 2199-12-31`},
		{"--month", "2026-1", partition.Monthly, `--month "2026-1" is not a month like 2026-10; do you mean 2026-01?`},
	} {
		if _, err := ParseDate(tc.flag, tc.text, tc.grain); err == nil || err.Error() != tc.want {
			t.Errorf("%s %s: %v, want %s", tc.flag, tc.text, err, tc.want)
		}
	}
	if p, err := ParseDate("--date", "2026-11-21", partition.Daily); err != nil || p != partition.MustParse("2026-11-21") {
		t.Errorf("%s, %v", p, err)
	}
}
