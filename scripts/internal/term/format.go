package term

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count is "1 load", "2 loads".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// List is "a", "a and b", "a, b and c".
func List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Bytes is a number of bytes as a person reads it: "512 B", "1.4 GiB".
func Bytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, names := float64(n)/unit, "KMGTP"
	for value >= unit && len(names) > 1 {
		value, names = value/unit, names[1:]
	}
	return fmt.Sprintf("%.1f %ciB", value, names[0])
}

// Whole is a whole number with commas between its thousands.
func Whole(n int64) string { return Commas(strconv.FormatInt(n, 10)) }

// Commas puts commas between the thousands of a whole number's digits.
func Commas(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Seconds is a time as a person reads it.
func Seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// Duration is a time that may be long as a person reads it: "3.5 s", "12 min", "3 h 5 min".
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
