package term

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agext/levenshtein"

	"example.com/rollcall/shared/partition"
)

// DidYouMean returns what to add to an error about an unknown name: the nearest known names, or all of them
// when there are few.
func DidYouMean(name string, known []string) string {
	var near []string
	for _, k := range known {
		if d := distance(name, k); d <= 1+len(name)/4 || len(name) > 2 && strings.Contains(k, name) {
			near = append(near, k)
		}
	}
	if near != nil {
		slices.SortStableFunc(near, func(a, b string) int { return distance(name, a) - distance(name, b) })
		return fmt.Sprintf("; do you mean %s?", strings.Join(near[:min(3, len(near))], " or "))
	}
	if len(known) > 20 {
		return ""
	}
	return fmt.Sprintf("; there are %s", strings.Join(known, ", "))
}

func distance(a, b string) int { return levenshtein.Distance(a, b, nil) }

// ParseDate parses the value of a flag, which must be a day or a month as grain says. The error names the flag,
// and the nearest right value when there is one.
func ParseDate(flag, text string, grain partition.Grain) (partition.Partition, error) {
	p, err := partition.Parse(text)
	if err == nil && p.Grain() == grain {
		return p, nil
	}
	if errors.Is(err, partition.ErrRange) {
		return partition.Partition{}, fmt.Errorf("%s: %w", flag, err)
	}
	want := "day like 2026-11-21"
	if grain == partition.Monthly {
		want = "month like 2026-10"
	}
	hint := nearestDate(text, grain)
	if other := map[string]string{"--date": "--month", "--month": "--date"}[flag]; err == nil && other != "" {
		hint = other + " " + text
	}
	if hint != "" {
		hint = "; do you mean " + hint + "?"
	}
	return partition.Partition{}, fmt.Errorf("%s %q is not a %s%s", flag, text, want, hint)
}

var dateParts = regexp.MustCompile(`^(\d{4})\D?(\d{1,2})(?:\D?(\d{1,2}))?$`)

// nearestDate returns the day or month that a malformed date is nearest to; empty when it cannot be read.
func nearestDate(text string, grain partition.Grain) string {
	parts := dateParts.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return ""
	}
	var numbers [3]int
	for i, part := range parts[1:] {
		numbers[i], _ = strconv.Atoi(part) // the day may be missing
	}
	month := time.Date(numbers[0], time.Month(min(max(numbers[1], 1), 12)), 1, 0, 0, 0, 0, time.UTC)
	switch {
	case grain == partition.Monthly:
		return month.Format("2006-01")
	case parts[3] == "":
		return ""
	}
	return month.AddDate(0, 0, min(max(numbers[2], 1), month.AddDate(0, 1, -1).Day())-1).Format(time.DateOnly)
}
