package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

const (
	partitions = "partitions/"
	tables     = "tables/"
	suffix     = ".json"
	timeLayout = "2006-01-02T15:04:05.000000Z"
)

// Log identifies a log by its folder.
type Log string

// LogOf returns the log of the runs of a model's partition, or of the whole model if it replaces its whole
// table.
func LogOf(m *manifest.Model, p partition.Partition) Log {
	if m.Materialized == manifest.Table {
		return Log(tables + m.Name + "/runs/")
	}
	return Log(folder(p) + "runs/" + m.Name + "/")
}

// OverdueLog returns the log of reports and load requests for a source's partition.
func OverdueLog(source string, p partition.Partition) Log {
	return Log(folder(p) + "overdue/" + source + "/")
}

func (l Log) name(seq int) string { return fmt.Sprintf("%s%06d%s", l, seq, suffix) }

func folder(p partition.Partition) string { return partitions + p.String() + "/" }

func (a Arrival) name() string {
	return fmt.Sprintf("%sarrivals/%s/%s-%s-%s%s",
		folder(a.Partition), a.Table, a.LoadedAt.UTC().Format(timeLayout), a.LoadID, a.Digest, suffix)
}

func epochName(p partition.Partition, model string, seq int) string {
	if model != "" {
		model += "/"
	}
	return fmt.Sprintf("%sepoch/%s%06d%s", folder(p), model, seq, suffix)
}

func parseSeq(base string) (int, error) {
	digits, ok := strings.CutSuffix(base, suffix)
	if !ok || len(digits) != 6 {
		return 0, fmt.Errorf("%.80q is not six digits and %s", base, suffix)
	}
	seq, err := strconv.Atoi(digits)
	if err != nil || seq < 1 {
		return 0, fmt.Errorf("%.80q is not a number from 1", base)
	}
	return seq, nil
}

// LoadedAt returns when a table was loaded, by the full name of the arrival's object; false for another
// object's name.
func LoadedAt(name string) (at time.Time, ok bool) {
	if base := name[strings.LastIndex(name, "/")+1:]; strings.Contains(name, "/arrivals/") && len(base) > len(timeLayout) {
		at, err := time.Parse(timeLayout, base[:len(timeLayout)])
		return at, err == nil
	}
	return at, false
}

// parseArrival parses the last part of an arrival's name. A load id may contain dashes, so it is what
// remains between a time and a digest of known length.
func parseArrival(p partition.Partition, table, base string) (Arrival, error) {
	a := Arrival{Partition: p, Table: table}
	stem, ok := strings.CutSuffix(base, suffix)
	head, tail := len(timeLayout), len(stem)-2*digest.Size
	if !ok || tail-1 <= head+1 || stem[head] != '-' || stem[tail-1] != '-' {
		return a, fmt.Errorf("%.300q is not <loaded_at>-<load_id>-<digest>%s", base, suffix)
	}
	var err error
	if a.LoadedAt, err = time.Parse(timeLayout, stem[:head]); err != nil {
		return a, err
	}
	a.LoadID = stem[head+1 : tail-1]
	a.Digest, err = digest.ParseSum(stem[tail:])
	return a, err
}

// span is a range of partitions that one listing covers.
type span struct{ first, last partition.Partition }

// spans groups partitions into as few listings as their names allow. The names of days and months have one
// order, in which a month's own folder follows those of its days: "2026-11-30/", "2026-11/", "2026-12-01/".
// So neighbouring days cost one listing, also across the end of a month, and so does a month with all its
// days.
func spans(wanted []partition.Partition) []span {
	wanted = slices.Clone(wanted)
	slices.SortFunc(wanted, byName)
	wanted = slices.Compact(wanted)
	var list []span
	for _, p := range wanted {
		if n := len(list); n > 0 && follows(list[n-1].last, p) {
			list[n-1].last = p
			continue
		}
		list = append(list, span{p, p})
	}
	return list
}

// byName orders partitions as a listing orders their folders: by the day on which they end, a day before
// its month.
func byName(a, b partition.Partition) int {
	if c := a.End().Compare(b.End()); c != 0 || a.Grain() == b.Grain() {
		return c
	}
	if a.Grain() == partition.Daily {
		return -1
	}
	return 1
}

// follows reports whether the folder of b follows that of a directly, or with only one month's folder
// between them.
func follows(a, b partition.Partition) bool {
	if b.Grain() == partition.Monthly {
		return a.Grain() == partition.Daily && a.End().Equal(b.End())
	}
	return a.End().Equal(b.Start())
}

// bounds returns what all names in the span begin with, the first name in it, and the first name after it.
func (s span) bounds() (prefix, from, to string) {
	from = folder(s.first)
	end := folder(s.last)
	to = end[:len(end)-1] + "0" // '0' is the character after '/'
	n := 0
	for n < len(from) && n < len(to) && from[n] == to[n] {
		n++
	}
	if s.first == s.last {
		return from, "", ""
	}
	return from[:n], from, to
}
