// Package plan decides what the roll call asks for: which partitions of a model wait for which partitions
// of its inputs, and what to do about a model's partition, given what the ledger shows. It is pure: no I/O,
// no clock, no state between calls. Where it needs more of the ledger than it was given, it returns the
// partitions to list first; list them and call it again.
//
// An input's mapping says which of its partitions a model's partition P reads:
//
//	same              P
//	each_day          every day of the month P
//	month_of          the month that holds the day P
//	previous_month    the month before P's
//	last_n_days: n    the day P, and the n-1 days before it
//	last_n_months: n  the n newest months that ended no later than P
//	latest            the newest that has arrived, of those that ended no later than P
//	all               all that ended no later than P, back to the pipeline's start
//
// A model waits for each partition that it reads, with these exceptions. They count in the fingerprint if
// they have arrived, and nothing waits for them if they have not:
//
//   - what last_n_days, last_n_months and all name outside P
//   - whatever latest finds
//   - partitions that lie wholly before the pipeline's start, or before the start of their source
//   - a model's partition for which all its inputs are such exceptions
package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Planner holds the models and the pipeline. It never changes and is safe for concurrent use.
type Planner struct {
	models    []*manifest.Model // in dependency order
	pipeline  *pipeline.Pipeline
	depth     map[string]int // by model; 0 for a model that reads raw tables only
	producers map[string]producer
}

// producer is the source or the model that makes a table.
type producer struct {
	source *pipeline.Source
	model  *manifest.Model
}

// Target is one partition of one model.
type Target struct {
	Model     *manifest.Model
	Partition partition.Partition
}

// String returns text like "story_days 2026-11-21".
func (t Target) String() string { return t.Model.Name + " " + t.Partition.String() }

// New returns a Planner. It fails when an input cannot be mapped, or when a raw table does not belong to a
// source of the pipeline with the grain that the manifest states; the error lists all such faults.
func New(m *manifest.Manifest, p *pipeline.Pipeline) (*Planner, error) {
	pl := &Planner{models: m.Models, pipeline: p, depth: map[string]int{}, producers: map[string]producer{}}
	var faults []error
	grains := map[string]partition.Grain{}
	for _, s := range p.SortedSources() {
		for _, table := range s.SortedTables() {
			grains[table] = s.Cadence
			pl.producers[table] = producer{source: s}
		}
	}
	for _, model := range m.Models {
		fault := func(in manifest.Input, text string, args ...any) {
			text = fmt.Sprintf(text, args...)
			faults = append(faults, fmt.Errorf("plan: model %s: input %s: %s", model.Name, in.Table, text))
		}
		for _, in := range model.Inputs {
			if grain, ok := grains[in.Table]; !ok {
				fault(in, "no source and no earlier model has this table")
			} else if grain != in.Grain {
				fault(in, "is %s, and the manifest says %s; run go generate ./coordinator/models", grain, in.Grain)
			}
			if err := checkMapping(model, in); err != nil {
				fault(in, "%v", err)
			}
			if upstream, ok := strings.CutPrefix(in.Table, "mart."); ok {
				pl.depth[model.Name] = max(pl.depth[model.Name], pl.depth[upstream]+1)
			}
		}
		grains[model.TableName()] = model.Grain
		pl.producers[model.TableName()] = producer{model: model}
	}
	return pl, errors.Join(faults...)
}

// Depth returns 0 for a model that reads raw tables only, else one more than the deepest model that it reads.
func (pl *Planner) Depth(m *manifest.Model) int { return pl.depth[m.Name] }

// Models returns the models in dependency order.
func (pl *Planner) Models() []*manifest.Model { return pl.models }

// Expected reports whether a model's partition p runs at all. A partition wholly before the pipeline's
// start does not.
func (pl *Planner) Expected(p partition.Partition) bool { return pl.pipeline.Expected(p) }

// Awaited reports whether the table's partition is expected to arrive, so that its readers wait for it: a
// source's partition if the source owes it and the table is not optional, a model's partition if any partition that
// an input's mapping names is awaited. So a source that is added to a running pipeline does not keep the past waiting.
func (pl *Planner) Awaited(w TablePartition) bool {
	by := pl.producers[w.Table]
	if by.model == nil {
		return pl.pipeline.Owes(by.source, w.Partition) && !by.source.Table(w.Table).Optional
	}
	return pl.Expected(w.Partition) && slices.ContainsFunc(by.model.Inputs, func(in manifest.Input) bool {
		_, last := window(in, w.Partition) // if it is not expected, no earlier one is
		return pl.Awaited(TablePartition{in.Table, last})
	})
}

// TablePartition is one partition of one table.
type TablePartition struct {
	Table     string              `json:"table"`
	Partition partition.Partition `json:"partition"`
}

// String returns text like "raw.medium_stories 2026-11-21".
func (w TablePartition) String() string { return w.Table + " " + w.Partition.String() }

func (w TablePartition) compare(other TablePartition) int {
	return cmp.Or(strings.Compare(w.Table, other.Table), w.Partition.Compare(other.Partition))
}

// Roll is the answer to the roll call for one target: which inputs are present and which are missing.
type Roll struct {
	Target
	Present     []ledger.Arrival // the newest version of each input, sorted by table and partition
	Missing     []TablePartition // inputs that the target waits for, in the same order
	Epoch       int
	Fingerprint string // identifies a run on what is present; empty while an input is missing

	reads []input // everything that the target reads, present or not
}

// farPast is how long before a target a partition lies that is only listed once nothing that the target waits for is
// missing: a month that has not ended waits every day, and by the mapping all it reads years.
const farPast = 100 * 24 * time.Hour

// Unlisted returns the partitions to list before Call can answer for t; none when v holds enough. Once a
// required input is known to be missing, the rest no longer matters, except where another required input
// may be missing too.
func (pl *Planner) Unlisted(t Target, v *ledger.View) []partition.Partition {
	reads, unlisted := pl.inputs(t, v)
	if !v.Listed(t.Partition) {
		unlisted = append(unlisted, t.Partition)
	}
	missing, unknown := false, false
	for _, in := range reads {
		if !v.Listed(in.Partition) {
			unlisted, unknown = append(unlisted, in.Partition), unknown || in.required
		} else if _, ok := v.Newest(in.Table, in.Partition); !ok {
			missing = missing || in.required
		}
	}
	if missing && !unknown {
		return nil
	}
	if near := t.Partition.Start().Add(-farPast); unknown { // nothing that a target waits for is further away
		unlisted = slices.DeleteFunc(unlisted, func(p partition.Partition) bool { return p.Start().Before(near) })
	}
	slices.SortFunc(unlisted, partition.Partition.Compare)
	return slices.Compact(unlisted)
}

// Call calls the roll for a target. The view must hold what Unlisted asks for.
func (pl *Planner) Call(t Target, v *ledger.View) Roll {
	reads, _ := pl.inputs(t, v)
	r := Roll{Target: t, Epoch: v.Epoch(t.Partition, t.Model.Name), reads: reads}
	for _, in := range reads {
		if a, ok := v.Newest(in.Table, in.Partition); ok {
			r.Present = append(r.Present, a)
		} else if in.required {
			r.Missing = append(r.Missing, in.TablePartition)
		}
	}
	if len(r.Missing) == 0 {
		r.Fingerprint = r.fingerprint()
	}
	return r
}

// held returns the hold that ends last of those on the target's partition and on the partitions that it reads.
func (r Roll) held(v *ledger.View, now time.Time) (hold ledger.Hold, held bool) {
	hold, held = v.Held(r.Partition, now)
	for _, in := range r.reads {
		if h, ok := v.Held(in.Partition, now); ok && (!held || h.Until.After(hold.Until)) {
			hold, held = h, true
		}
	}
	return hold, held
}
