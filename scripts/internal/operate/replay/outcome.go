package replay

import (
	"context"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/ledger"
	jobs "example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// How a source or a model stands for one partition.
const (
	arrived     = term.Arrived
	ran         = term.Ran
	unchanged   = term.Unchanged
	waiting     = term.Waiting
	failed      = term.Failed
	notExpected = term.NotExpected
)

// What became of a table's partition that a source was asked for again.
const (
	loadedAnew = "restated"   // with other rows than stood there
	loadedSame = "unchanged"  // with the same rows
	notLoaded  = "not_loaded" // the source tells nothing of it any more; what stood there stands
	notThere   = "not_there"  // the same, and nothing has ever stood there
)

// item is one load, one model run, or one thing that is missing.
type item struct {
	Source    string              `json:"source,omitempty"`
	Model     string              `json:"model,omitempty"`
	Table     string              `json:"table,omitempty"`
	Partition partition.Partition `json:"partition,omitzero"`
	State     string              `json:"state,omitempty"`
	Rows      *int64              `json:"rows,omitempty"`
	Reason    string              `json:"reason,omitempty"`
	Hint      string              `json:"hint,omitempty"`
}

// outcome is what a replay has done, and how everything that it is about stands after it.
type outcome struct {
	Plan         *plannedRuns `json:"plan,omitempty"`
	Partitions   []term.Row   `json:"partitions,omitempty"` // newest first
	Loads        []item       `json:"loads,omitempty"`
	Events       int          `json:"events"` // that came again
	SentBack     []sent       `json:"sent_back,omitempty"`
	Runs         []item       `json:"runs"`
	Queries      int          `json:"queries"`
	BytesBilled  int64        `json:"bytes_billed"`
	Missing      []item       `json:"missing"`
	Milliseconds int64        `json:"milliseconds"`

	begun bool
}

// reckon finds out what came of it.
func (r *replay) reckon(ctx context.Context, s survey, o *outcome) error {
	report, err := r.reporter.Report(ctx, s.From, s.To)
	if err != nil {
		return err
	}
	runs, err := r.runsSince(ctx, s)
	if err != nil {
		return err
	}
	for _, end := range runs {
		o.Runs = append(o.Runs, ended(end))
		o.Queries += queriesOf(end, r.Manifest.Model(end.Model))
		for _, job := range end.Jobs {
			o.BytesBilled += job.BytesBilled
		}
	}
	v, err := r.list(ctx, s.course)
	if err == nil {
		err = r.ledger.List(ctx, v, partitionsOf(s.reloads(r.Date)))
	}
	if err != nil {
		return err
	}
	if r.Way == bySeek {
		o.Events = countEvents(s)
	} else {
		o.Events = len(s.Events)
	}
	o.Loads = r.loads(s, v)
	o.Missing = r.missing(s, report, o)
	o.Partitions = r.grid(s, v, report, o)
	return nil
}

// countEvents is how many events a seek has brought again.
func countEvents(s survey) int {
	if len(s.Events) > 0 {
		return len(s.Events)
	}
	return s.since
}

// loads says what became of each table's partition that sources were asked for: of those of the date all, of the window before
// it those that changed.
func (r *replay) loads(s survey, v *ledger.View) (list []item) {
	for _, src := range s.Sources {
		for _, w := range reloaded(src, r.Date) {
			before, had := s.view.Newest(w.Table, w.Partition)
			now, has := v.Newest(w.Table, w.Partition)
			it := item{Source: src.Name, Table: w.Table, Partition: w.Partition, State: loadedAnew}
			switch {
			case slices.ContainsFunc(r.refused, func(x item) bool { return x.Source == src.Name }):
				continue // it is missing, and named as such
			case !has:
				it.State = notThere
			case had && now.LoadedAt.Equal(before.LoadedAt):
				it.State = notLoaded
			case had && now.Digest == before.Digest:
				it.State = loadedSame
			}
			if w.Partition == r.Date || it.State == loadedAnew {
				list = append(list, it)
			}
		}
	}
	return list
}

// ended is a run that has come to its end.
func ended(end ledger.Run) item {
	it := item{Model: end.Model, Table: "mart." + end.Model, Partition: end.Partition, State: string(end.State), Reason: end.Reason}
	if end.State == ledger.Succeeded && end.Published != nil {
		it.Rows = &end.Published.Rows
	}
	return it
}

// queriesOf is how many queries a run has come to: its finished jobs that are no copy, and the one that it failed at.
func queriesOf(end ledger.Run, m *manifest.Model) int {
	n := len(end.Jobs)
	copies := m != nil && jobs.Queries(m) == 3
	for _, job := range end.Jobs {
		if copies && strings.HasPrefix(job.ID, "publish_") {
			n--
		}
	}
	if end.State == ledger.Failed && !end.Transient {
		n++
	}
	return n
}
