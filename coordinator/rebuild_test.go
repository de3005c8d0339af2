package coordinator

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/overdue"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// waitedFor returns the partitions of an input that partition p of a model must wait for: those that it
// always reads and that are expected to arrive.
func (w *world) waitedFor(in manifest.Input, p partition.Partition) (list []partition.Partition) {
	switch in.Mapping {
	case manifest.Same, manifest.LastNDays:
		list = append(list, p)
	case manifest.EachDay:
		list = slices.Collect(p.Days())
	case manifest.LastNMonths:
		if p.Grain() == partition.Monthly {
			list = append(list, p)
		}
	case manifest.All:
		switch {
		case p.Grain() == in.Grain:
			list = append(list, p)
		case p.Grain() == partition.Monthly:
			list = slices.Collect(p.Days())
		}
	case manifest.MonthOf:
		list = append(list, p.Month())
	case manifest.PreviousMonth:
		list = append(list, p.Month().Add(-1))
	}
	return slices.DeleteFunc(list, func(q partition.Partition) bool { return !w.expects(in, q) })
}

// expects reports whether partition q of an input is expected to arrive: from a source since its start; from
// a model if it waits for an expected input, or can find one among those that ended with q.
func (w *world) expects(in manifest.Input, q partition.Partition) bool {
	if source := w.pipeline.Owner(in.Table); source != nil {
		return w.pipeline.Owes(source, q)
	}
	if !w.pipeline.Expected(q) {
		return false
	}
	for _, of := range w.manifest.Model(strings.TrimPrefix(in.Table, "mart.")).Inputs {
		newest := partition.Of(of.Grain, q.End()).Add(-1)
		finds := of.Mapping == manifest.Latest || of.Mapping == manifest.LastNMonths || of.Mapping == manifest.All
		if finds && w.expects(of, newest) || len(w.waitedFor(of, q)) > 0 {
			return true
		}
	}
	return false
}

// checkOverdue checks, after a sweep without faults, that every source partition that is due has a correct
// last overdue report.
func (s *sim) checkOverdue() {
	var all []partition.Partition
	for _, g := range []partition.Grain{partition.Daily, partition.Monthly} {
		all = append(all, s.partitions(g)...)
	}
	l, v := ledger.New(s.store, "checker"), &ledger.View{}
	if err := l.List(s.rt.Context(), v, all); err != nil {
		s.rt.Fatal(err)
	}
	for _, source := range s.pipeline.SortedSources() {
		for _, q := range overdue.Due(s.pipeline, source, s.pipeline.StartDay(), s.now()) {
			w, err := l.ReadOverdue(s.rt.Context(), v, source.Name, q)
			if err != nil {
				s.rt.Fatal(err)
			}
			want := missing(v, source, q)
			if w == nil && len(want) > 0 || w != nil && !slices.Equal(w.Missing, want) {
				s.fatalf("(e) %s %s misses %v, and its last report is %+v", source.Name, q, want, w)
			}
			reports := 0
			for _, e := range s.overdue {
				if e.Source == source.Name && e.Partition == q {
					reports++
				}
			}
			if len(want) > 0 && reports == 0 {
				s.fatalf("(e) no overdue event was published for %s %s", source.Name, q)
			}
		}
	}
}

// expected returns the content that a target computes from the tables; complete is false while an input that
// it waits for is missing, and broken is true if the run fails.
func (w *world) expected(m *manifest.Model, p partition.Partition, tables coordtest.Tables) (content string, complete, broken bool) {
	if !w.pipeline.Expected(p) || !coordtest.Any(m, p, tables, w.pipeline.StartDay()) {
		return "", false, false
	}
	for _, in := range m.Inputs {
		for _, q := range w.waitedFor(in, p) {
			if _, ok := tables[in.Table][q]; !ok {
				return "", false, false
			}
		}
	}
	content, broken = coordtest.Evaluate(m, p, tables, w.pipeline.StartDay())
	return content, true, broken
}

// rebuild returns where the models' tables differ from a rebuild of all days until now from the raw tables.
// Where a run would fail it expects no change, as the coordinator does.
func (w *world) rebuild() (differences []string) {
	tables := w.warehouse.Contents()
	for _, m := range w.manifest.Models {
		rebuilt := map[partition.Partition]string{}
		for p := range partition.Range(partition.Of(m.Grain, w.pipeline.StartDay().Start()), partition.Of(m.Grain, w.now())) {
			slot := p
			if m.Materialized == manifest.Table {
				slot = partition.Partition{}
			}
			content, complete, broken := w.expected(m, p, tables)
			switch current, ok := tables[m.TableName()][slot]; {
			case complete && !broken && !coordtest.Bad(content):
				rebuilt[slot] = content
			case complete && ok:
				rebuilt[slot] = current
			}
		}
		for p, want := range rebuilt {
			if current := tables[m.TableName()][p]; current != want {
				differences = append(differences, fmt.Sprintf("%s %s holds %q, and a rebuild makes %q", m.TableName(), p, current, want))
			}
		}
		for p, current := range tables[m.TableName()] {
			if _, ok := rebuilt[p]; !ok {
				differences = append(differences, fmt.Sprintf("%s %s holds %q, and a rebuild makes nothing", m.TableName(), p, current))
			}
		}
		tables[m.TableName()] = rebuilt
	}
	slices.Sort(differences)
	return differences
}
