package term

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Count returns "1 load" or "2 loads".
func Count(n int, what string) string { return Plural(n, what, what+"s") }

// Plural returns "1 query" or "2 queries".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// List returns "a", "a and b" or "a, b and c".
func List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Bytes returns "512 B" or "1.4 GiB".
func Bytes(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

// Seconds returns "3.5 s".
func Seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// Duration returns "3.5 s", "12 min" or "3 h 5 min".
func Duration(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case d < 2*time.Minute:
		return Seconds(d)
	case minutes < 120:
		return fmt.Sprintf("%d min", minutes)
	default:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	}
}
