package coordinator

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// tables holds when each table of the warehouse was created, by full name.
type tables map[string]time.Time

// listTables asks the warehouse which tables some datasets have: one call for each, and no query.
func (c *Coordinator) listTables(ctx context.Context, datasets ...string) (tables, error) {
	all := tables{}
	for _, dataset := range datasets {
		list, err := c.Warehouse.Tables(ctx, dataset)
		if err != nil {
			return nil, err
		}
		for name, created := range list {
			all[dataset+"."+name] = created
		}
	}
	return all, nil
}

// goneOf returns those of some arrivals whose rows are gone: the table does not exist, or it was created after they had
// arrived and has no rows of their partition. A model's run replaces a whole table, so such a table exists or is gone.
// Rows that a person deletes or changes within a table are not noticed.
func (c *Coordinator) goneOf(ctx context.Context, t tables, arrivals []ledger.Arrival) (map[ledger.Arrival]bool, error) {
	gone := map[ledger.Arrival]bool{}
	var doubtful []ledger.Arrival
	for _, a := range arrivals {
		created, exists := t[a.Table]
		switch {
		case !exists:
			gone[a] = true
		case a.LostBy(created) && !c.replacedWhole(a.Table):
			doubtful = append(doubtful, a)
		}
	}
	has, err := concurrent.Map(ctx, factReads, len(doubtful), func(ctx context.Context, i int) (bool, error) {
		dataset, name, _ := strings.Cut(doubtful[i].Table, ".")
		return c.Warehouse.HasRows(ctx, warehouse.Table{Dataset: dataset, Name: name}, doubtful[i].Partition)
	})
	for i, a := range doubtful {
		if err == nil && !has[i] {
			gone[a] = true
		}
	}
	return gone, err
}

// replacedWhole reports whether every run of the table's model replaces all of it.
func (c *Coordinator) replacedWhole(table string) bool {
	m := c.model(table)
	return m != nil && m.Materialized == manifest.Table
}

// model returns the model of a mart table; nil: there is none.
func (c *Coordinator) model(table string) *manifest.Model {
	name, ok := strings.CutPrefix(table, "mart.")
	if !ok {
		return nil
	}
	return c.Manifest.Model(name)
}

// unlessGone returns the decision, changed where rows are gone: a target does not start on inputs that are gone, and a
// target whose own rows are gone is not up to date.
func (c *Coordinator) unlessGone(d plan.Decision, v *ledger.View, gone func(ledger.Arrival) bool) plan.Decision {
	lost := d.Status == plan.UpToDate && d.Action == plan.Nothing && gone(published(d))
	if !lost && d.Status != plan.Ready && d.Status != plan.Held || d.Action == plan.Fence {
		return d
	}
	var missing []plan.TablePartition
	for _, a := range c.planner.Call(d.Target, v).Present {
		if gone(a) {
			missing = append(missing, plan.TablePartition{Table: a.Table, Partition: a.Partition})
		}
	}
	switch {
	case missing != nil:
		return plan.Decision{Target: d.Target, Action: plan.Nothing, Status: plan.Waiting, Missing: missing, Newest: d.Newest}
	case lost:
		d.Status = plan.Gone
	}
	return d
}

// published returns the arrival of what the target of a decision has published.
func published(d plan.Decision) ledger.Arrival {
	p := d.Newest.Published
	return ledger.Arrival{Table: d.Model.TableName(), Partition: d.Partition, LoadedAt: p.PublishedAt, Digest: p.Digest}
}

// decideNow decides about the target, by the tables as they are now.
//
// Nothing starts on inputs that are gone, which a listing of the ledger still shows: the run would fail, or read fewer
// rows than its fingerprint counts. Published rows that are gone are made again under the coordinator's own hold, which
// a person has begun, and never automatically.
func (r *reconciler) decideNow(ctx context.Context) (plan.Decision, error) {
	d := r.decide(r.state, r.Target, r.newest, r.ended)
	roll := r.planner.Call(r.Target, r.state.view)
	if r.ownHold != "" && d.Status == plan.UpToDate && d.Action == plan.Nothing {
		own := published(d)
		gone, err := r.goneOf(ctx, r.state.tables, []ledger.Arrival{own})
		if err != nil || !gone[own] {
			return d, err
		}
		again := *r.newest
		again.Published = nil
		d = r.planner.Decide(roll, plan.Log{Newest: &again}, r.state.view, r.Now())
		d.Run.Rebuilds = d.Action == plan.Start
	}
	if d.Action != plan.Start && d.Action != plan.Resume {
		return d, nil
	}
	t, err := r.listTables(ctx, datasets(roll.Present)...)
	if err != nil {
		return d, err
	}
	gone, err := r.goneOf(ctx, t, roll.Present)
	return r.unlessGone(d, r.state.view, func(a ledger.Arrival) bool { return gone[a] }), err
}

// datasets returns the datasets of some arrivals.
func datasets(arrivals []ledger.Arrival) (list []string) {
	for _, a := range arrivals {
		if dataset, _, _ := strings.Cut(a.Table, "."); !slices.Contains(list, dataset) {
			list = append(list, dataset)
		}
	}
	return list
}

// ReadGone returns what the newest look at the warehouse found gone; nil: nothing.
func (c *Coordinator) ReadGone(ctx context.Context) (*ledger.Gone, error) {
	if c.Gone != nil {
		if g := c.Gone(); g != nil {
			return g, nil
		}
	}
	g, _, err := c.ledger.ReadGone(ctx)
	return g, err
}

// NoticeGone checks whether the warehouse still has the rows of everything that arrived since a day, and records what is
// gone. It reports each table once as an error, with the command that makes it again, and changes nothing else. While
// something is gone, it checks everything since the pipeline's start.
func (s *Sweeper) NoticeGone(ctx context.Context, from partition.Partition) (*ledger.Gone, error) {
	last, seq, err := s.ledger.ReadGone(ctx)
	if err != nil {
		return nil, err
	}
	start := s.Pipeline.StartDay()
	if last != nil && len(last.Tables) > 0 {
		from = start
	}
	found, lost, err := s.findGone(ctx, from)
	if err == nil && lost != nil && from != start {
		found, lost, err = s.findGone(ctx, start)
	}
	if err != nil {
		return nil, err
	}
	same := slices.EqualFunc(found.Tables, tablesOf(last), ledger.GoneTable.Equal)
	if same && !slices.ContainsFunc(lost, func(a ledger.Arrival) bool { return !last.Covers(a) }) {
		return found, nil
	}
	if err := s.ledger.AppendGone(ctx, seq+1, *found); err != nil {
		return found, unlessTaken(err) // another sweep reports it
	}
	s.reportGone(ctx, last, found, lost)
	return found, nil
}

func tablesOf(g *ledger.Gone) []ledger.GoneTable {
	if g == nil {
		return nil
	}
	return g.Tables
}

// findGone returns what is gone of everything that arrived since a day: as a record, and arrival by arrival.
func (s *Sweeper) findGone(ctx context.Context, from partition.Partition) (*ledger.Gone, []ledger.Arrival, error) {
	at := s.Now().UTC()
	v, list := &ledger.View{}, partition.Within(from, partition.Day(at))
	for _, source := range s.Pipeline.SortedSources() { // what it has loaded before its start, and models may read
		first := partition.Of(source.Cadence, from.Start())
		list = slices.AppendSeq(list, partition.Range(first.Add(1-source.Lookback), first.Add(-1)))
	}
	slices.SortFunc(list, partition.Partition.Compare)
	list = slices.Compact(list)
	if err := s.ledger.List(ctx, v, list); err != nil {
		return nil, nil, err
	}
	var newest []ledger.Arrival
	for _, p := range list {
		for _, table := range v.Tables(p) {
			a, _ := v.Newest(table, p)
			if s.Pipeline.Owner(table) != nil || s.model(table) != nil {
				newest = append(newest, a)
			}
		}
	}
	t, err := s.listTables(ctx, datasets(newest)...)
	if err != nil {
		return nil, nil, err
	}
	gone, err := s.goneOf(ctx, t, newest)
	if err != nil {
		return nil, nil, err
	}
	of := map[string]*ledger.GoneTable{}
	var lost []ledger.Arrival
	for _, a := range newest {
		if gone[a] {
			lost = append(lost, a)
			if of[a.Table] == nil || s.replacedWhole(a.Table) { // of a whole table, the newest partition alone was there
				of[a.Table] = &ledger.GoneTable{Table: a.Table, Created: t[a.Table], From: a.Partition}
			}
			of[a.Table].Through = a.Partition
		}
	}
	for _, a := range newest {
		if g := of[a.Table]; g != nil && !gone[a] && a.LostBy(g.Created) {
			g.Restored = append(g.Restored, a.Partition)
		}
	}
	found := &ledger.Gone{At: at}
	for _, table := range slices.Sorted(maps.Keys(of)) {
		found.Tables = append(found.Tables, *of[table])
	}
	return found, lost, nil
}

// reportGone logs each table that is gone and was not in the record before, and each that is complete again.
func (s *Sweeper) reportGone(ctx context.Context, last, found *ledger.Gone, lost []ledger.Arrival) {
	for _, t := range found.Tables {
		if last.Table(t.Table) != nil {
			continue
		}
		var missing []plan.TablePartition
		for _, a := range lost {
			if a.Table == t.Table {
				missing = append(missing, plan.TablePartition{Table: a.Table, Partition: a.Partition})
			}
		}
		text, command := s.advice(explain.GoneFault(s.Pipeline, t.Table, t.Through))
		attrs := []any{"table", t.Table, "partitions", plan.Spans(missing, true), "blocks", s.blockedBy(missing), "hint", text,
			"command", command}
		if !t.Created.IsZero() {
			attrs = append(attrs, "created", t.Created.Format(time.RFC3339))
		}
		s.Log.ErrorContext(ctx, "table is gone", attrs...)
	}
	for _, t := range tablesOf(last) {
		if found.Table(t.Table) == nil {
			s.Log.InfoContext(ctx, "table is complete again", "table", t.Table)
		}
	}
}

// noticeGone does what NoticeGone does, for a sweep.
func (s *Sweeper) noticeGone(ctx context.Context, result *SweepResult) error {
	found, err := s.NoticeGone(ctx, result.From)
	if err != nil {
		return err
	}
	for _, t := range found.Tables {
		result.Gone = append(result.Gone, t.Table)
	}
	return nil
}
