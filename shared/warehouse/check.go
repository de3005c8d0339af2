package warehouse

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"example.com/rollcall/shared/schema"
)

// jobID and maxJobID are what BigQuery takes for a job's id.
// https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
var jobID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

const maxJobID = 1024

// labelKey and labelValue are what BigQuery takes for labels, without the letters of other scripts.
// https://cloud.google.com/bigquery/docs/labels-intro#requirements
var (
	labelKey   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	labelValue = regexp.MustCompile(`^[a-z0-9_-]{0,63}$`)
)

const maxLabels = 64

// Validate reports every way in which the job cannot be one, at once. Drivers call it before they do anything.
func (j Job) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !jobID.MatchString(j.ID) || len(j.ID) > maxJobID {
		fault("the id is not 1 to 1,024 letters, digits, - and _")
	}
	if len(j.Labels) > maxLabels {
		fault("it has %d labels, and may have %d", len(j.Labels), maxLabels)
	}
	for _, key := range slices.Sorted(maps.Keys(j.Labels)) {
		if !labelKey.MatchString(key) || !labelValue.MatchString(j.Labels[key]) {
			fault("the label %.100q: %.100q is not up to 63 lower-case letters, digits, - and _, its key with a letter first",
				key, j.Labels[key])
		}
	}
	kinds := 0
	if l := j.Load; l != nil {
		kinds++
		if len(l.Schema) == 0 {
			fault("the load has no schema")
		}
	}
	if q := j.Query; q != nil {
		kinds++
		if q.SQL == "" {
			fault("the query has no SQL")
		}
		if q.Destination != nil && q.Target != nil {
			fault("the query has both a destination and a target")
		}
		if q.Destination != nil && len(q.Destination.Schema) == 0 {
			fault("the destination %s has no schema", q.Destination.Table)
		}
	}
	if j.Copy != nil {
		kinds++
	}
	if kinds != 1 {
		fault("it has %d of load, query and copy, not one", kinds)
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("job %.100q: %w", j.ID, err)
	}
	return nil
}

// Additions compares a table as it stands with its definition: the columns to be added, in order, or ErrSchemaDrift with
// every other difference, by column. The order of columns, descriptions and clustering do not count.
func Additions(have, want Definition) ([]schema.Field, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	var added []schema.Field
	for _, w := range want.Schema {
		h, ok := have.Schema.Field(w.Name)
		switch {
		case !ok && mode(w) == schema.Nullable:
			added = append(added, w)
		case !ok:
			fault("column %s is new and %s; only a NULLABLE column can be added", w.Name, mode(w))
		case h.Type != w.Type:
			fault("column %s is %s in the table and %s in its definition", w.Name, h.Type, w.Type)
		case mode(h) != mode(w):
			fault("column %s is %s in the table and %s in its definition", w.Name, mode(h), mode(w))
		}
	}
	for _, h := range have.Schema {
		if _, ok := want.Schema.Field(h.Name); !ok {
			fault("column %s is in the table and not in its definition", h.Name)
		}
	}
	if partitioning(have) != partitioning(want) {
		fault("it is partitioned %s, and %s in its definition", partitioning(have), partitioning(want))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("table %s: %w: %w; undo the change, or move the data to a table of the new form", want.Table, ErrSchemaDrift, err)
	}
	return added, nil
}

func mode(f schema.Field) schema.Mode {
	if f.Mode == "" {
		return schema.Nullable
	}
	return f.Mode
}

func partitioning(d Definition) string {
	if d.PartitionBy == "" {
		return "by nothing"
	}
	return fmt.Sprintf("%s by column %s", d.Grain, d.PartitionBy)
}
