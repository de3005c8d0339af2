// Package plan decides what the roll call calls for: which partitions of a model wait for which partitions of its inputs,
// and what is to be done about a model's partition, given what the ledger shows. It is pure: no I/O, no clock, nothing
// kept between calls. What it needs to know and was not given, it names (Lacks), and is asked again.
//
// Which partitions of an input a model's partition P reads, by the input's mapping:
//
//	same            P
//	each_day        every day of the month P
//	month_of        the month that holds the day P
//	previous_month  the month before P's
//	last_n_days: n  the day P, and the n-1 days before it
//	latest          the newest that has arrived, of those that had ended when P did
//
// A partition that is read is waited for, with these exceptions, which count in the fingerprint when they have arrived:
// the days of last_n_days before P; whatever latest finds; what lies wholly before the pipeline's start, or before that of
// the source; and of a model, what all its inputs are excepted from in that way.
package plan

import (
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

// Planner knows the models and the pipeline. It never changes, and may be used from many goroutines.
type Planner struct {
	models   []*manifest.Model // in dependency order
	pipeline *pipeline.Pipeline
	depth    map[string]int // of each model: 0 when it reads raw tables only
	makers   map[string]maker
}

// maker is who makes a table: a source or a model.
type maker struct {
	source *pipeline.Source
	model  *manifest.Model
}

// Target is one partition of one model.
type Target struct {
	Model     *manifest.Model
	Partition partition.Partition
}

// String is "story_days 2026-11-21".
func (t Target) String() string { return t.Model.Name + " " + t.Partition.String() }

// New checks that every input can be mapped, and that every raw table belongs to a source of the pipeline with the
// grain that the manifest says; it reports all faults at once.
func New(m *manifest.Manifest, p *pipeline.Pipeline) (*Planner, error) {
	pl := &Planner{models: m.Models, pipeline: p, depth: map[string]int{}, makers: map[string]maker{}}
	var faults []error
	grains := map[string]partition.Grain{}
	for _, s := range p.SortedSources() {
		for _, table := range s.SortedTables() {
			grains[table] = s.Cadence
			pl.makers[table] = maker{source: s}
		}
	}
	for _, model := range m.Models {
		fault := func(in manifest.Input, text string, args ...any) {
			faults = append(faults, fmt.Errorf("plan: model %s: input %s: %s", model.Name, in.Table, fmt.Sprintf(text, args...)))
		}
		for _, in := range model.Inputs {
			if grain, ok := grains[in.Table]; !ok {
				fault(in, "no source and no earlier model has this table")
			} else if grain != in.Grain {
				fault(in, "is %s, and the manifest says %s; run go generate ./coordinator/models", grain, in.Grain)
			}
			if err := mappable(model.Grain, in); err != nil {
				fault(in, "%v", err)
			}
			if upstream, ok := strings.CutPrefix(in.Table, "mart."); ok {
				pl.depth[model.Name] = max(pl.depth[model.Name], pl.depth[upstream]+1)
			}
		}
		grains[model.TableName()] = model.Grain
		pl.makers[model.TableName()] = maker{model: model}
	}
	return pl, errors.Join(faults...)
}

// Depth is 0 for a model that reads raw tables only, else one more than the deepest model that it reads.
func (pl *Planner) Depth(m *manifest.Model) int { return pl.depth[m.Name] }

// Models are the models in dependency order.
func (pl *Planner) Models() []*manifest.Model { return pl.models }

// Expected reports whether a model's partition is to be run at all: what lies wholly before the pipeline's start is not.
func (pl *Planner) Expected(p partition.Partition) bool { return pl.pipeline.Expected(p) }

// Awaited reports whether a table's partition is to come at all, so that what reads it waits for it: of a source, what it
// owes; of a model, what anything that it reads is to come for. Without it, a source that is added to a running pipeline
// would keep all of the past waiting.
func (pl *Planner) Awaited(w TablePartition) bool {
	m := pl.makers[w.Table]
	if m.model == nil {
		return pl.pipeline.Owes(m.source, w.Partition)
	}
	t := Target{m.model, w.Partition}
	return pl.Expected(w.Partition) && slices.ContainsFunc(m.model.Inputs, func(in manifest.Input) bool {
		if in.Mapping == manifest.Latest {
			return pl.Awaited(TablePartition{in.Table, top(t, in)})
		}
		return slices.ContainsFunc(fixed(t, in), func(w input) bool { return w.required && pl.Awaited(w.TablePartition) })
	})
}

// Roll is the answer to the roll call for one target: who is present and who is missing.
type Roll struct {
	Target
	Present  []ledger.Arrival      // the newest of each, sorted by table and partition
	Missing  []TablePartition      // waited for, in the same order
	Unlisted []partition.Partition // to be listed before the rest of the Roll means anything
	Epoch    int

	reads []input // all that it reads, whether there or not
}

// held is the hold that ends last of those on the target's partition and on the partitions that it reads.
func (r Roll) held(v *ledger.View, now time.Time) (hold ledger.Hold, held bool) {
	hold, held = v.Held(r.Partition, now)
	for _, w := range r.reads {
		if h, ok := v.Held(w.Partition, now); ok && (!held || h.Until.After(hold.Until)) {
			hold, held = h, true
		}
	}
	return hold, held
}

// TablePartition is one partition of one table.
type TablePartition struct {
	Table     string              `json:"table"`
	Partition partition.Partition `json:"partition"`
}

// String is "raw.medium_stories 2026-11-21".
func (w TablePartition) String() string { return w.Table + " " + w.Partition.String() }

func byTable(a, b TablePartition) int {
	if c := strings.Compare(a.Table, b.Table); c != 0 {
		return c
	}
	return a.Partition.Compare(b.Partition)
}

// Call calls the roll for a target. When one is known to be missing, it does not matter who else is there: then nothing is
// lacking but what would tell of others that are missing.
func (pl *Planner) Call(t Target, v *ledger.View) Roll {
	wanted, lacks := pl.inputs(t, v)
	r := Roll{Target: t, Epoch: v.Epoch(t.Partition, t.Model.Name), reads: wanted}
	if !v.Listed(t.Partition) {
		lacks = append(lacks, t.Partition)
	}
	waiting := true
	for _, w := range wanted {
		if !v.Listed(w.Partition) {
			lacks, waiting = append(lacks, w.Partition), waiting && !w.required
		} else if a, ok := v.Newest(w.Table, w.Partition); ok {
			r.Present = append(r.Present, a)
		} else if w.required {
			r.Missing = append(r.Missing, w.TablePartition)
		}
	}
	if waiting && len(r.Missing) > 0 {
		return r
	}
	slices.SortFunc(lacks, partition.Partition.Compare)
	r.Unlisted = slices.Compact(lacks)
	return r
}
