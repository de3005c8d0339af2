package viewaudit

import (
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/partition"
)

// slicer finds the tables of which only one partition matters for the rows of one date.
type slicer struct {
	tables map[string]*Table
	grain  partition.Grain
	marked map[*algebra.Source]bool
	seen   map[*algebra.Block][]*algebra.Expr
}

func newSlicer(tables map[string]*Table, grain partition.Grain) *slicer {
	return &slicer{tables, grain, map[*algebra.Source]bool{}, map[*algebra.Block][]*algebra.Expr{}}
}

// dateOf returns the grain of the partitions whose date an expression is. It reports false when it is no such
// date, or may be NULL because of an outer join.
func (s *slicer) dateOf(e *algebra.Expr) (partition.Grain, bool) {
	switch {
	case e.Op == "ref" && e.Source.Kind == algebra.Table:
		t := s.tables[e.Source.Table]
		return t.Grain, t.PartitionBy != "" && strings.EqualFold(t.PartitionBy, e.Name)
	case e.Op == "ref" && len(e.Args) > 0 && e.Source.Kind != algebra.Optional && e.Source.Kind != algebra.Full:
		grain, ok := s.dateOf(e.Args[0])
		for _, a := range e.Args[1:] {
			other, also := s.dateOf(a)
			ok = ok && also && other == grain
		}
		return grain, ok
	case isMonth(e):
		_, ok := s.dateOf(e.Args[0])
		return partition.Monthly, ok
	}
	return "", false
}

// isMonth reports whether an expression is DATE_TRUNC(…, MONTH).
func isMonth(e *algebra.Expr) bool {
	return e.Op == "call" && e.Name == "date_trunc" && len(e.Args) == 2 && strings.Contains(e.Args[1].Name, "MONTH")
}

// restrict marks the tables of a block of which only one partition matters, given the expression that is its
// date. It reports false when the expression does not come from a table in all of its parts.
func (s *slicer) restrict(b *algebra.Block, e *algebra.Expr) bool {
	if slices.ContainsFunc(s.seen[b], func(o *algebra.Expr) bool { return algebra.Equal(o, e) }) {
		return true
	}
	s.seen[b] = append(s.seen[b], e)
	ok := s.direct(b, e)
	if !ok {
		return false
	}
	for _, c := range b.Conds {
		for _, other := range equals(c, e) {
			s.newest(other, e)
			s.restrict(b, other)
		}
	}
	for _, o := range b.Sources {
		if o.Kind != algebra.Optional {
			continue
		}
		for _, k := range o.Keys {
			for _, inner := range equals(k, e) {
				s.restrict(o.Inputs[0], inner)
			}
		}
	}
	return true
}

// equals returns the other side of an equation that has e on one side.
func equals(c, e *algebra.Expr) []*algebra.Expr {
	if c.Op != "call" || c.Name != "$equal" {
		return nil
	}
	switch {
	case algebra.Equal(c.Args[0], e):
		return c.Args[1:]
	case algebra.Equal(c.Args[1], e):
		return c.Args[:1]
	}
	return nil
}

func (s *slicer) direct(b *algebra.Block, e *algebra.Expr) bool {
	if isMonth(e) && s.grain == partition.Monthly {
		return s.restrict(b, e.Args[0])
	}
	if e.Op != "ref" {
		return false
	}
	switch in := e.Source; in.Kind {
	case algebra.Table:
		t := s.tables[in.Table]
		if t.PartitionBy == "" || !strings.EqualFold(t.PartitionBy, e.Name) ||
			s.grain == partition.Daily && t.Grain != partition.Daily {
			return false
		}
		s.marked[in] = true
		return true
	case algebra.Group:
		isKey := slices.ContainsFunc(in.Keys, func(k *algebra.Expr) bool { return algebra.Equal(k, e.Args[0]) })
		return isKey && s.restrict(in.Inputs[0], e.Args[0])
	case algebra.Optional:
		return s.restrict(in.Inputs[0], e.Args[0])
	case algebra.All:
		ok := true
		for i, block := range in.Inputs {
			ok = s.restrict(block, e.Args[i]) && ok
		}
		return ok
	case algebra.Window:
		return s.partitioned(in, e.Args[0]) && s.restrict(in.Inputs[0], e.Args[0])
	}
	return false
}

// partitioned reports whether each function over a window is partitioned by an expression.
func (s *slicer) partitioned(in *algebra.Source, e *algebra.Expr) bool {
	all := true
	for _, over := range in.Functions {
		partition := over.Args[1].Args
		all = all && slices.ContainsFunc(partition, func(k *algebra.Expr) bool { return algebra.Equal(k, e) })
	}
	return all
}

// newest marks the table in (SELECT MAX(date) FROM table) that a date is compared with: once the partition
// has arrived, its date is the newest.
func (s *slicer) newest(subquery, date *algebra.Expr) {
	if t := newestOf(subquery); t != nil && isColumnOf(date, t) {
		if info := s.tables[t.Table]; strings.EqualFold(info.PartitionBy, date.Name) && info.Grain == s.grain {
			s.marked[t] = true
		}
	}
}

// isColumnOf reports whether an expression is a column of the same table.
func isColumnOf(e *algebra.Expr, table *algebra.Source) bool {
	return e.Op == "ref" && e.Source.Kind == algebra.Table && e.Source.Table == table.Table
}

// newestOf returns the table of a subquery SELECT MAX(column) FROM table, for any column; nil for any other
// expression.
func newestOf(e *algebra.Expr) *algebra.Source {
	if e.Op != "subquery" || e.Block == nil || len(e.Block.Sources) != 1 || len(e.Block.Conds) > 0 || len(e.Args) != 1 {
		return nil
	}
	group, gives := e.Block.Sources[0], e.Args[0].Args[0]
	if group.Kind != algebra.Group || len(group.Keys) > 0 ||
		len(group.Inputs[0].Conds) > 0 || len(group.Inputs[0].Sources) != 1 ||
		gives.Op != "ref" || len(gives.Args) != 1 || gives.Args[0].Name != "max" || len(gives.Args[0].Args) != 1 {
		return nil
	}
	of := gives.Args[0].Args[0]
	if of.Op != "ref" || of.Source != group.Inputs[0].Sources[0] || of.Source.Kind != algebra.Table {
		return nil
	}
	return of.Source
}

// snapshots marks, at every level of a query, the tables of which only the newest complete partition is read:
// WHERE date = (SELECT MAX(date) FROM table), or date = CURRENT_DATE() - 1.
func (s *slicer) snapshots(b *algebra.Block) {
	b.Levels(func(b *algebra.Block) {
		for _, c := range b.Conds {
			if c.Op != "call" || c.Name != "$equal" {
				continue
			}
			for i, e := range c.Args {
				t, date := newestOf(e), c.Args[1-i]
				if t != nil && isColumnOf(date, t) || isYesterday(e) {
					s.restrict(b, date)
				}
			}
		}
	})
}

// settled reports whether no condition reads, in a subquery, a table that is not marked. Otherwise, the rows
// of a date could change with the partitions of other dates.
func (s *slicer) settled(b *algebra.Block) bool {
	ok := true
	look := func(e *algebra.Expr) bool {
		if e.Block != nil {
			e.Block.All(func(t *algebra.Source) { ok = ok && (t.Kind != algebra.Table || s.marked[t]) })
		}
		return ok
	}
	b.Levels(func(b *algebra.Block) {
		for _, c := range b.Conds {
			c.Walk(look)
		}
	})
	return ok
}

// isYesterday reports whether an expression is the day before the current one.
func isYesterday(e *algebra.Expr) bool {
	return e.Op == "call" && e.Name == "date_sub" && len(e.Args) == 3 && e.Args[0].Name == "current_date" &&
		e.Args[1].Name == "1" && strings.Contains(e.Args[2].Name, `"DAY"`)
}

// whole reports, for each place that reads a table, whether all its sources are marked.
func (s *slicer) whole(r *algebra.Relation) map[algebra.Place]bool {
	places := map[algebra.Place]bool{}
	for _, t := range r.Tables() {
		if was, ok := places[t.Place]; ok {
			places[t.Place] = was && s.marked[t]
		} else {
			places[t.Place] = s.marked[t]
		}
	}
	return places
}
