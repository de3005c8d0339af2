package standing

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// Overview is how several partitions stand, newest first.
type Overview struct {
	Site     string     `json:"site"`
	At       time.Time  `json:"at"`
	Complete bool       `json:"complete"` // everything that is expected of these partitions is there
	Rows     []term.Row `json:"partitions"`
	Problems []Problem  `json:"problems"` // by source or model, oldest first; what waits because of them is not named
}

// Overview puts together how the listed partitions stand.
func (r *Reading) Overview(site string, partitions []partition.Partition) Overview {
	o := Overview{Site: site, At: r.Now.UTC(), Complete: true, Rows: []term.Row{}, Problems: []Problem{}}
	sorted := slices.Clone(partitions)
	slices.SortFunc(sorted, partition.Partition.Compare)
	for _, s := range r.Pipeline.SortedSources() {
		o.Problems = append(o.Problems, r.overdue(s, sorted)...)
	}
	for _, m := range r.Manifest.Models {
		for _, p := range sorted {
			d, known := r.decision(plan.TablePartition{Table: m.TableName(), Partition: p})
			if !known || d.Status == plan.Running {
				continue
			}
			if problem, ok := r.modelProblem(d); ok {
				o.Problems = append(o.Problems, problem)
			}
		}
	}
	for _, p := range slices.Backward(sorted) {
		row := r.row(p)
		for _, states := range []map[string]term.State{row.Sources, row.Models} {
			for _, s := range states {
				o.Complete = o.Complete && Good(s)
			}
		}
		o.Rows = append(o.Rows, row)
	}
	return o
}

// row is how one partition stands.
func (r *Reading) row(p partition.Partition) term.Row {
	row := term.Row{Partition: p, Sources: map[string]term.State{}, Models: map[string]term.State{}}
	for _, s := range r.Pipeline.SortedSources() {
		if s.Cadence == p.Grain() {
			row.Sources[s.Name] = r.sourceState(s, p)
		}
	}
	for _, m := range r.Manifest.Models {
		if d, ok := r.decision(plan.TablePartition{Table: m.TableName(), Partition: p}); ok {
			row.Models[d.Model.Name] = r.State(d)
		}
	}
	return row
}
