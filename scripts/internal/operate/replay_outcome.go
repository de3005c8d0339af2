package operate

import (
	"context"
	"slices"
	"strings"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	jobs "example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// outcome finds out what was done, and how everything stands.
func (r *replay) outcome(ctx context.Context, p *replayPreview, log *runLog, o *Outcome) error {
	report, err := r.reporter.Report(ctx, p.From, p.To)
	if err != nil {
		return err
	}
	runs, err := log.ended(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		o.Runs = append(o.Runs, endedRun(run))
		o.Queries += queriesOf(run, r.Manifest.Model(run.Model))
		for _, job := range run.Jobs {
			o.Billed += job.BytesBilled
		}
	}
	reloads := r.reloads(p)
	wanted := slices.Clone(p.Hold)
	for _, w := range reloads {
		wanted = append(wanted, w.Partition)
	}
	after := &ledger.View{}
	if err := r.ledger.List(ctx, after, wanted); err != nil {
		return err
	}
	o.Events = p.countEvents()
	r.addLoads(p, after, o)
	r.addMissing(p, report, o)
	shown := []partition.Partition{}
	if !r.Partition.IsZero() {
		shown = append(shown, r.Partition)
	}
	for _, it := range slices.Concat(o.Runs, o.Missing) {
		shown = append(shown, it.Partition)
	}
	slices.SortFunc(shown, partition.Partition.Compare)
	shown = slices.Compact(shown)
	state, err := readSources(ctx, r.Deployment, r.reporter, shown)
	if err != nil {
		return err
	}
	for _, s := range p.Sources {
		key := request{s.Name, r.Partition}
		why, failed := r.troubles[key]
		if !failed {
			continue
		}
		state.note(s, r.Partition, loadIDs(p.view))
		if state.states[key] == explain.NotRefreshed {
			o.addNotRefreshed(key, state.trouble(key, r.troubles, why))
			continue
		}
		o.Missing = append(o.Missing, r.missing(s.Name, r.Partition, "", why))
	}
	o.Partitions = grid(gridInput{
		pipeline: r.Pipeline, partitions: shown, sources: state, decisions: report.Decisions, runs: o.Runs,
	})
	return nil
}

// addLoads adds what became of each table's partition that was loaded again: of the replayed partition all, of
// the window before it those that changed.
func (r *replay) addLoads(p *replayPreview, after *ledger.View, o *Outcome) {
	for _, s := range p.Sources {
		if _, failed := r.troubles[request{s.Name, r.Partition}]; failed {
			continue // named with how it stands
		}
		for _, w := range plan.LoadedBy(s, r.Partition) {
			before, had := p.view.Newest(w.Table, w.Partition)
			now, has := after.Newest(w.Table, w.Partition)
			it := Item{Source: s.Name, Table: w.Table, Partition: w.Partition, State: Loaded}
			switch {
			case !has:
				it.State = Unobtainable
			case had && now.LoadedAt.Equal(before.LoadedAt):
				it.State = Withdrawn
			case had && now.Digest == before.Digest:
				it.State = Unchanged
			}
			if w.Partition == r.Partition || it.State == Loaded {
				o.Loads = append(o.Loads, it)
			}
		}
	}
}

// addMissing adds the models' partitions that were to run, or ran, and have no result that fits their inputs.
func (r *replay) addMissing(p *replayPreview, report *coordinator.Report, o *Outcome) {
	wanted := map[plan.TablePartition]bool{}
	for _, w := range plan.Outputs(p.Reset) {
		wanted[w] = true
	}
	for _, run := range p.runs {
		wanted[plan.TablePartition{Table: run.Model.TableName(), Partition: run.Partition}] = true
	}
	for _, it := range o.Runs {
		wanted[plan.TablePartition{Table: it.Table, Partition: it.Partition}] = true
	}
	for _, d := range report.Decisions {
		if !wanted[plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}] {
			continue
		}
		if it, missing := unfinished(d, r.Deployment); missing {
			if d.Status == plan.Waiting {
				it = r.waiting(d)
			}
			o.Missing = append(o.Missing, it)
		}
	}
}

// waiting returns the item of a model's partition that waits, with the command that loads what it waits for.
func (r *replay) waiting(d plan.Decision) Item {
	it, _ := unfinished(d, r.Deployment)
	var raw []partition.Partition
	for _, w := range d.Missing {
		if r.Pipeline.Owner(w.Table) != nil {
			raw = append(raw, w.Partition)
		}
	}
	switch {
	case len(raw) == 0: // the model that makes the rest says it
	case !slices.ContainsFunc(raw, func(p partition.Partition) bool { return p != r.Partition }):
		flag := "--date"
		if r.Partition.Grain() == partition.Monthly {
			flag = "--month"
		}
		it.Hint = "load what it waits for: " + r.Command("replay", flag, r.Partition.String(), "--from-source")
	default:
		first, last := partition.Bounds(raw)
		it.Hint = "load what it waits for: " + r.Command("backfill", "--from", first.String(), "--to", last.String())
	}
	return it
}

// queriesOf returns how many queries a run came to: its finished jobs that are not copies, and the one that failed.
func queriesOf(run ledger.Run, m *manifest.Model) int {
	n := len(run.Jobs)
	copies := m != nil && jobs.Queries(m) == 3
	for _, job := range run.Jobs {
		if copies && strings.HasPrefix(job.ID, "publish_") {
			n--
		}
	}
	if run.State == ledger.Failed && !run.Transient {
		n++
	}
	return n
}
