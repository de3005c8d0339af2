package standing

import (
	"fmt"
	"time"

	"example.com/rollcall/scripts/internal/term"
)

// ago is how long something is ago, as a person would say it.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return term.Count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return term.Count(int(d.Hours()), "hour")
	}
	return term.Count(int(d.Hours())/24, "day")
}

// clock is an instant in the pipeline's time zone: "22 Nov 07:36", with the year when it is another.
func (r *Reading) clock(t time.Time) string { return Clock(t, r.Now, r.Pipeline.Location()) }

// Clock is an instant in a time zone: "22 Nov 07:36", with the year when that is another than now's.
func Clock(t, now time.Time, loc *time.Location) string {
	t = t.In(loc)
	if t.Year() != now.In(loc).Year() {
		return t.Format("2 Jan 2006 15:04")
	}
	return t.Format("2 Jan 15:04")
}

// times is "once", "2 times".
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
