package backfill

import (
	"context"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// How a model's partition stands after a backfill.
const (
	ran     fate = "ran"       // in this backfill, and what it made is published
	failed  fate = "failed"    // nothing was published
	asItWas fate = "as_it_was" // nothing that it reads has changed
	waits   fate = "waiting"   // for what the backfill was not to bring
)

// item is one table's partition, one model's, or one thing that is missing.
type item struct {
	Source    string              `json:"source,omitempty"`
	Model     string              `json:"model,omitempty"`
	Table     string              `json:"table,omitempty"`
	Partition partition.Partition `json:"partition"`
	State     fate                `json:"state,omitempty"`
	Rows      *int64              `json:"rows,omitempty"` // of a model that ran
	Reason    string              `json:"reason,omitempty"`
	Hint      string              `json:"hint,omitempty"`
}

// outcome is what a backfill is going to do, and what it has done.
type outcome struct {
	From         partition.Partition   `json:"from"`
	To           partition.Partition   `json:"to"`
	Months       []partition.Partition `json:"months"`
	Begun        time.Time             `json:"begun"`
	Resumed      bool                  `json:"resumed"`
	Plan         proposal              `json:"plan"`
	Tables       []item                `json:"tables"`
	Models       []item                `json:"models"`
	Missing      []item                `json:"missing"`
	Milliseconds int64                 `json:"milliseconds"` // of this run
}

// outcome is what has been done, as the ledger tells.
func (b *backfill) outcome(ctx context.Context) (outcome, error) {
	o := outcome{From: b.scope.From, To: b.scope.To, Begun: b.guard.hold.Begun, Resumed: b.resumed, Plan: b.plan,
		Months: slices.Concat([]partition.Partition{}, b.scope.Months), Tables: []item{}, Models: []item{}, Missing: []item{}}
	after := &ledger.View{}
	if err := b.ledger.List(ctx, after, b.all()); err != nil {
		return o, err
	}
	for _, e := range b.errands {
		for _, w := range e.wants {
			it := item{Source: e.source.Name, Table: w.Table, Partition: w.Partition, State: b.fateOf(after, w)}
			if it.State == missing {
				t := b.troubleOf(e, w.Partition)
				it.Reason, it.Hint = t.reason, t.hint
				o.Missing = append(o.Missing, item{Source: it.Source, Table: it.Table, Partition: it.Partition, Reason: it.Reason, Hint: it.Hint})
			}
			o.Tables = append(o.Tables, it)
		}
	}
	if len(b.targets) == 0 {
		return o, nil
	}
	return o, b.addModels(ctx, &o)
}

// fateOf is how a table's partition stands in the end.
func (b *backfill) fateOf(after *ledger.View, w wanted) fate {
	if !b.came(after, w.TablePartition) {
		if w.fate == asked {
			return missing
		}
		return w.fate
	}
	list := after.Arrivals(w.Table, w.Partition)
	last := list[len(list)-1]
	for _, a := range slices.Backward(list[:len(list)-1]) {
		if !a.LoadedAt.Before(b.guard.hold.Begun) {
			continue
		}
		if a.Digest == last.Digest {
			return unchanged
		}
		break
	}
	return loaded
}

// troubleOf is why a table's partition did not come: what was the trouble with the request that was to bring it.
func (b *backfill) troubleOf(e errand, p partition.Partition) trouble {
	for _, q := range e.requests {
		if t, ok := b.troubles[request{e.source.Name, q}]; ok && q.Compare(p) >= 0 {
			return t
		}
	}
	if b.stopped {
		return trouble{reason: "not asked for, because it was stopped"}
	}
	return trouble{"it was not loaded", "run " + b.site.Command(words(b.flags)...) + " again"}
}

// addModels adds how the models' partitions stand that read what was loaded.
func (b *backfill) addModels(ctx context.Context, o *outcome) error {
	from, to := span(partitionsOf(b.targets), b.sys.now())
	reporter, err := b.site.Reporter(b.sys.now)
	if err != nil {
		return err
	}
	report, err := reporter.Report(ctx, from, to)
	if err != nil {
		return err
	}
	failures := map[plan.TablePartition]bool{}
	for _, it := range o.Missing {
		failures[plan.TablePartition{Table: it.Table, Partition: it.Partition}] = true
	}
	affected := map[plan.TablePartition]bool{}
	for _, t := range b.targets {
		affected[plan.TablePartition{Table: t.Model.TableName(), Partition: t.Partition}] = true
	}
	for _, d := range report.Decisions { // in dependency order
		if !affected[plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}] {
			continue
		}
		it := item{Model: d.Model.Name, Partition: d.Partition, Reason: d.Reason()}
		fails := false
		switch d.Status {
		case plan.UpToDate, plan.Superseded, plan.NotExpected:
			it.State, it.Reason = asItWas, ""
			if n := d.Newest; n != nil && n.Partition == d.Partition && n.State == ledger.Succeeded && !n.At.Before(b.guard.hold.Begun) {
				it.State, it.Rows = ran, &n.Published.Rows
			}
		case plan.Waiting:
			it.State = waits
			fails = slices.ContainsFunc(d.Missing, func(w plan.TablePartition) bool { return failures[w] })
		case plan.Failed, plan.AuditFailed:
			it.State, fails = failed, true
			it.Hint = b.site.HintForRun(d.Model.Name, d.Partition)
		default: // ready, running or held by somebody else
			it.State, fails = waits, true
			if b.stopped {
				it.Reason = "not run, because it was stopped"
				break
			}
			it.Hint = "look at " + b.site.Command("status") + " later; it runs by itself when nothing is in its way"
		}
		o.Models = append(o.Models, it)
		if fails {
			failures[plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}] = true
			it.State, it.Rows = "", nil
			o.Missing = append(o.Missing, it)
		}
	}
	return nil
}

// notices are items as a person is told of them.
func notices(items []item) []term.Notice {
	list := make([]term.Notice, len(items))
	for n, it := range items {
		list[n] = term.Notice{Source: it.Source, Model: it.Model, Partition: it.Partition, Reason: it.Reason, Hint: it.Hint}
	}
	return list
}
