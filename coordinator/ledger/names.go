package ledger

import (
	"fmt"
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

// Log names a log of runs by the folder that holds it.
type Log string

// LogOf is the log of a model's partition; of a model that replaces its whole table, the log of the model.
func LogOf(m *manifest.Model, p partition.Partition) Log {
	if m.Materialized == manifest.Table {
		return Log(tables + m.Name + "/runs/")
	}
	return Log(folder(p) + "runs/" + m.Name + "/")
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

// LoadedAt returns when a table was loaded, by the full name of the arrival's object; false for another object's name.
func LoadedAt(name string) (at time.Time, ok bool) {
	if base := name[strings.LastIndex(name, "/")+1:]; strings.Contains(name, "/arrivals/") && len(base) > len(timeLayout) {
		at, err := time.Parse(timeLayout, base[:len(timeLayout)])
		return at, err == nil
	}
	return at, false
}

// parseArrival reads the last part of an arrival's name. A load id may hold dashes, so it is what is left between a time
// and a digest of known length.
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
