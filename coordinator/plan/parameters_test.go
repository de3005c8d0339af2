package plan

import (
	"maps"
	"strings"
	"testing"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// What a statement reads of an input spans the partitions that its mapping names and that are present.
func TestParametersSpanWhatIsPresent(t *testing.T) {
	for name, c := range map[string]struct {
		of      string // the model's partition
		mapping manifest.Mapping
		n       int
		present string
		want    string // the first day, and the day after the last
	}{
		"the month of a day":                 {"2026-11-21", manifest.MonthOf, 0, "2026-10 2026-11", "2026-11 2026-12"},
		"the month before a day":             {"2026-01-31", manifest.PreviousMonth, 0, "2025-12 2026-01", "2025-12 2026-01"},
		"the month before a month":           {"2026-01", manifest.PreviousMonth, 0, "2025-12 2026-01", "2025-12 2026-01"},
		"the last days":                      {"2026-03-01", manifest.LastNDays, 3, "2026-02-26 2026-02-27 2026-03-01 2026-03-02", "2026-02-27 2026-03-02"},
		"the last days, but for the oldest":  {"2026-03-01", manifest.LastNDays, 3, "2026-02-28 2026-03-01", "2026-02-28 2026-03-02"},
		"the last months of a month":         {"2026-11", manifest.LastNMonths, 2, "2026-09 2026-10 2026-11 2026-12", "2026-10 2026-12"},
		"the last months of a day":           {"2026-11-21", manifest.LastNMonths, 2, "2026-08 2026-09 2026-10 2026-11", "2026-09 2026-11"},
		"the last months of a month's end":   {"2026-11-30", manifest.LastNMonths, 2, "2026-09 2026-10 2026-11", "2026-10 2026-12"},
		"the newest":                         {"2026-11-21", manifest.Latest, 0, "2026-09 2026-08", "2026-09 2026-10"},
		"the newest that has ended":          {"2026-11-21", manifest.Latest, 0, "2026-10 2026-11", "2026-10 2026-11"},
		"the newest day of a month":          {"2026-11", manifest.Latest, 0, "2026-11-29 2026-12-01", "2026-11-29 2026-11-30"},
		"all":                                {"2026-11", manifest.All, 0, "2024-02-29 2026-11-30 2026-12-01", "2024-02-29 2026-12-01"},
		"nothing is present":                 {"2026-11-21", manifest.LastNDays, 3, "", "2026-11-21 2026-11-21"},
		"nothing that the mapping names yet": {"2026-11-21", manifest.Latest, 0, "2026-11", "2026-11-21 2026-11-21"},
	} {
		t.Run(name, func(t *testing.T) {
			p := partition.MustParse(c.of)
			in := manifest.Input{Table: "mart.sales", Mapping: c.mapping, N: c.n, Grain: partition.Monthly}
			inputs := []ledger.Arrival{{Table: "mart.other", Partition: p.Add(-1)}}
			for text := range strings.FieldsSeq(c.present) {
				inputs = append(inputs, ledger.Arrival{Table: in.Table, Partition: partition.MustParse(text)})
				in.Grain = partition.MustParse(text).Grain()
			}
			got := Parameters(&manifest.Model{Inputs: []manifest.Input{in}}, p, inputs)
			first, until, _ := strings.Cut(c.want, " ")
			from, end := in.Parameters()
			want := map[string]partition.Partition{
				"partition_date": p, "partition_end": p.Add(1), from: partition.MustParse(first), end: partition.MustParse(until),
			}
			if !maps.Equal(got, want) {
				t.Errorf("%v instead of %v", got, want)
			}
		})
	}
}

// An input by same or each_day is read in the partition itself, whatever is present.
func TestParametersOfThePartitionItself(t *testing.T) {
	p := partition.MustParse("2026-11")
	got := Parameters(&manifest.Model{Inputs: []manifest.Input{
		{Table: "raw.a", Grain: partition.Daily, Mapping: manifest.EachDay}, {Table: "raw.b", Grain: partition.Monthly, Mapping: manifest.Same},
	}}, p, nil)
	want := map[string]partition.Partition{"partition_date": p, "partition_end": p.Add(1)}
	if !maps.Equal(got, want) {
		t.Errorf("%v instead of %v", got, want)
	}
}
