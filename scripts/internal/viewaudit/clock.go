package viewaudit

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// now lists the functions that depend on when a query runs, with what they are in a model: a view is read on the
// morning after the day that the model's partition holds.
var now = map[string]string{
	"CURRENT_DATE": "@partition_end", "CURRENT_TIMESTAMP": "TIMESTAMP(@partition_end)",
	"CURRENT_DATETIME": "DATETIME(@partition_end)",
}

// inModel returns what a call of one of these functions is in a model; "" for any other expression.
func inModel(e *algebra.Expr) string {
	if e.Op != "call" {
		return ""
	}
	return now[strings.ToUpper(e.Name)]
}

// readsClock reports whether an expression depends on when the query runs.
func readsClock(e *algebra.Expr) bool {
	found := false
	e.Walk(func(e *algebra.Expr) bool { found = found || inModel(e) != ""; return !found })
	return found
}

// everything is an age that no partition reaches.
const everything = 1 << 30

// allowance says for which partitions a condition on their date holds, by age. The newest that is over has age 1.
type allowance struct {
	newest bool // for the newest, whenever the query runs
	all    bool // for all that are over, whenever the query runs
	oldest int  // the age of the oldest, 0: none; everything: it has no limit, or cannot be known
}

// Ages that no mapping with a number reaches are tried in strides, up to some times the longest.
const (
	stride   = 30
	farthest = 20
)

// allowedBy returns the partitions of a grain that a condition on their date allows. It tries the condition for
// partitions of every age on the mornings of some years.
func allowedBy(cond, date *algebra.Expr, grain partition.Grain) allowance {
	p, mornings, most := partition.MustParse("2027-12-31"), 2*366, manifest.MaxDays
	if grain == partition.Monthly {
		p, mornings, most = partition.MustParse("2027-12"), 24, manifest.MaxMonths
	}
	a := allowance{newest: true, all: true}
	for range mornings {
		p = p.Add(1)
		at := moment{date: date, today: dayNumber(p.End())}
		for age, step := 1, 1; age <= farthest*most; age += step {
			if age == most {
				step = stride
			}
			at.day = dayNumber(p.Add(1 - age).Start())
			holds, known := at.holds(cond)
			if !known {
				return allowance{oldest: everything}
			}
			a.all = a.all && holds
			a.newest = a.newest && (holds || age > 1)
			if holds {
				a.oldest = max(a.oldest, age)
			}
		}
	}
	if a.oldest >= most {
		a.oldest = everything
	}
	return a
}

// moment is a day on which a query runs, and the date of a partition that it reads, both in days since 1970.
type moment struct {
	date       *algebra.Expr
	day, today int
}

func dayNumber(t time.Time) int { return int(t.Unix() / (24 * 60 * 60)) }

// holds reports whether a condition holds. It is not known if the condition depends on more than the two days.
func (m moment) holds(cond *algebra.Expr) (holds, known bool) {
	if cond.Op != "call" || len(cond.Args) != 2 {
		return false, false
	}
	a, ok := m.value(cond.Args[0])
	b, also := m.value(cond.Args[1])
	switch cond.Name {
	case "$equal":
		holds = a == b
	case "$less":
		holds = a < b
	case "$less_or_equal":
		holds = a <= b
	default:
		return false, false
	}
	return holds, ok && also
}

// value returns the value of a number, or of a date in days since 1970.
func (m moment) value(e *algebra.Expr) (value int, known bool) {
	switch {
	case algebra.Equal(e, m.date):
		return m.day, true
	case e.Op == "literal" && e.Type == "INT64":
		n, err := strconv.Atoi(e.Name)
		return n, err == nil
	case e.Op != "call":
		return 0, false
	case e.Name == "current_date", e.Name == "date" && len(e.Args) == 1 && e.Args[0].Name == "current_timestamp":
		return m.today, true
	case len(e.Args) < 2:
		return 0, false
	}
	a, ok := m.value(e.Args[0])
	if e.Name == "date_trunc" {
		start, known := truncated(a, partOf(e.Args[1]))
		return start, ok && known && len(e.Args) == 2
	}
	b, also := m.value(e.Args[1])
	ok = ok && also
	part := "DAY"
	if len(e.Args) == 3 {
		part = partOf(e.Args[2])
	}
	switch e.Name {
	case "date_diff":
		return a - b, ok && part == "DAY"
	case "$subtract", "date_sub":
		return added(a, -b, part), ok && steps[part] != [2]int{}
	case "$add", "date_add":
		return added(a, b, part), ok && steps[part] != [2]int{}
	}
	return 0, false
}

var datePart = regexp.MustCompile(`"(\w+)"`)

// partOf returns the part of a date that a literal names, such as DAY; "" for any other expression.
func partOf(e *algebra.Expr) string {
	if m := datePart.FindStringSubmatch(e.Name); m != nil && e.Op == "literal" {
		return m[1]
	}
	return ""
}

// steps lists the parts that can be added to a date, each with its months and days.
var steps = map[string][2]int{"DAY": {0, 1}, "WEEK": {0, 7}, "MONTH": {1, 0}, "QUARTER": {3, 0}, "YEAR": {12, 0}}

func added(day, n int, part string) int {
	y, m, d := dateOf(day).Date()
	step := steps[part]
	first := time.Date(y, m+time.Month(n*step[0]), 1, 0, 0, 0, 0, time.UTC)
	d = min(d, first.AddDate(0, 1, -1).Day()) // the 31st of a shorter month is its last day
	return dayNumber(first.AddDate(0, 0, d-1+n*step[1]))
}

// truncated returns the first day of the week, month, quarter or year of a day.
func truncated(day int, part string) (first int, known bool) {
	t := dateOf(day)
	switch part {
	case "WEEK":
		return day - int(t.Weekday()), true
	case "ISOWEEK":
		return day - (int(t.Weekday())+6)%7, true
	case "MONTH":
		return day - t.Day() + 1, true
	case "QUARTER":
		return dayNumber(time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)), true
	case "YEAR":
		return day - t.YearDay() + 1, true
	}
	return 0, false
}

func dateOf(day int) time.Time { return time.Unix(int64(day)*24*60*60, 0).UTC() }
