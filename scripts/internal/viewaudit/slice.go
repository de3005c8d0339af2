package viewaudit

import (
	"slices"
	"strconv"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// slicer finds which partitions of a query's tables matter for the rows of one date.
type slicer struct {
	tables  map[string]*Table
	grain   partition.Grain // of the date
	lags    map[*algebra.Source]int
	seen    map[*algebra.Block][]dated
	windows []window
	settled map[*algebra.Expr]bool // conditions that depend on when the query runs, and are accounted for
	inside  int                    // how many optional sides of outer joins the block is in
}

// dated is a date that lies up to lag partitions before the one that is asked for.
type dated struct {
	date *algebra.Expr
	lag  int
}

// window is a condition that limits a view to some newest partitions.
type window struct{ cond, date *algebra.Expr }

// on writes the condition for a column of another name, with other texts for the calls of the clock.
func (w window) on(column string, clock func(*algebra.Expr) string) string {
	return algebra.SQL(w.cond, func(e *algebra.Expr) string {
		if algebra.Equal(e, w.date) {
			return column
		}
		return clock(e)
	})
}

// conditions returns the conditions of windows on a column, each once.
func conditions(windows []window, column string, clock func(*algebra.Expr) string) (conds []string) {
	for _, w := range windows {
		conds = append(conds, w.on(column, clock))
	}
	slices.Sort(conds)
	return slices.Compact(conds)
}

// inView returns "": in a view, the calls of the clock stay.
func inView(*algebra.Expr) string { return "" }

func newSlicer(tables map[string]*Table, grain partition.Grain) *slicer {
	return &slicer{
		tables: tables, grain: grain, lags: map[*algebra.Source]int{}, seen: map[*algebra.Block][]dated{},
		settled: map[*algebra.Expr]bool{},
	}
}

// incremental reports whether the rows of one date depend only on partitions near that date, and on nothing else: each
// partition of a model by that date can be computed alone.
func (s *slicer) incremental(r *algebra.Relation, date *algebra.Expr) bool {
	if !s.restrict(r.Block, date, 0) {
		return false
	}
	for _, lag := range s.places(r) {
		if lag == everything {
			return false
		}
	}
	timeless := true
	look := func(c *algebra.Expr) { timeless = timeless && (s.settled[c] || !readsClock(c) || !s.readsDate(c)) }
	r.Block.Levels(func(b *algebra.Block) {
		for _, c := range b.Conds {
			look(c)
		}
		for _, o := range b.Sources {
			if o.Kind == algebra.Optional {
				for _, k := range o.Keys {
					look(k)
				}
			}
		}
	})
	return timeless
}

// places returns, for each place that reads a partitioned table, how many partitions before the date's it needs.
func (s *slicer) places(r *algebra.Relation) map[algebra.Place]int {
	places := map[algebra.Place]int{}
	for _, t := range r.Tables() {
		if s.tables[t.Table].PartitionBy == "" {
			continue
		}
		lag, ok := s.lags[t]
		if !ok {
			lag = everything
		}
		places[t.Place] = max(places[t.Place], lag)
	}
	return places
}

// grainOf returns the grain of the partitions whose date an expression is. It reports false when it is no such
// date, or may be NULL because of an outer join.
func (s *slicer) grainOf(e *algebra.Expr) (partition.Grain, bool) {
	switch {
	case e.Op == "ref" && e.Source.Kind == algebra.Table:
		t := s.tables[e.Source.Table]
		return t.Grain, t.PartitionBy != "" && strings.EqualFold(t.PartitionBy, e.Name)
	case e.Op == "ref" && len(e.Args) > 0 && e.Source.Kind != algebra.Optional && e.Source.Kind != algebra.Full:
		grain, ok := s.grainOf(e.Args[0])
		for _, a := range e.Args[1:] {
			other, also := s.grainOf(a)
			ok = ok && also && other == grain
		}
		return grain, ok
	case isMonth(e):
		_, ok := s.grainOf(e.Args[0])
		return partition.Monthly, ok
	}
	return "", false
}

// isMonth reports whether an expression is DATE_TRUNC(…, MONTH).
func isMonth(e *algebra.Expr) bool {
	return e.Op == "call" && e.Name == "date_trunc" && len(e.Args) == 2 && partOf(e.Args[1]) == "MONTH"
}

// restrict notes which partitions of a block's tables matter, given a date that lies up to lag partitions before the
// one that is asked for. It reports false when the date does not come from a table in all of its parts.
func (s *slicer) restrict(b *algebra.Block, date *algebra.Expr, lag int) bool {
	if lag >= manifest.MaxDays {
		return false
	}
	if slices.ContainsFunc(s.seen[b], func(o dated) bool { return o.lag <= lag && algebra.Equal(o.date, date) }) {
		return true
	}
	s.seen[b] = append(s.seen[b], dated{date, lag})
	if !s.direct(b, date, lag) {
		return false
	}
	for _, c := range b.Conds {
		s.settle(c, date, lag)
	}
	for _, near := range s.near(b.Conds, date) {
		s.restrict(b, near.date, lag+near.lag)
	}
	for _, o := range b.Sources {
		if o.Kind == algebra.Optional {
			s.inside++
			for _, near := range s.near(o.Keys, date) {
				s.restrict(o.Inputs[0], near.date, lag+near.lag)
			}
			s.inside--
		}
	}
	return true
}

// direct does what restrict does for the source that the date comes from.
func (s *slicer) direct(b *algebra.Block, e *algebra.Expr, lag int) bool {
	if isMonth(e) && s.grain == partition.Monthly {
		return s.restrict(b, e.Args[0], lag)
	}
	if e.Op != "ref" {
		return false
	}
	switch in := e.Source; in.Kind {
	case algebra.Table:
		grain, ok := s.grainOf(e)
		if !ok || s.grain == partition.Daily && grain != partition.Daily {
			return false
		}
		if was, ok := s.lags[in]; !ok || lag < was {
			s.lags[in] = lag
		}
		return true
	case algebra.Group:
		isKey := slices.ContainsFunc(in.Keys, func(k *algebra.Expr) bool { return algebra.Equal(k, e.Args[0]) })
		return isKey && s.restrict(in.Inputs[0], e.Args[0], lag)
	case algebra.Optional:
		return s.restrict(in.Inputs[0], e.Args[0], lag)
	case algebra.All:
		return s.each(in, e, lag)
	case algebra.Window:
		return s.partitioned(in, e.Args[0]) && s.restrict(in.Inputs[0], e.Args[0], lag)
	}
	return false
}

// each restricts the parts of a UNION ALL. All must have the same windows.
func (s *slicer) each(union *algebra.Source, e *algebra.Expr, lag int) bool {
	before := s.windows
	var first []window
	for i, block := range union.Inputs {
		s.windows = nil
		if !s.restrict(block, e.Args[i], lag) {
			return false
		}
		if i == 0 {
			first = s.windows
		} else if !slices.Equal(conditions(s.windows, "date", inView), conditions(first, "date", inView)) {
			return false
		}
	}
	s.windows = append(before, first...)
	return true
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

// settle accounts for a condition that depends on the date and on when the query runs. One that holds for every
// partition that is over changes nothing. One that always holds for the newest is a window.
func (s *slicer) settle(c, date *algebra.Expr, lag int) {
	if s.settled[c] || !readsClock(c) || !only(c, date) {
		return
	}
	grain, ok := s.grainOf(date)
	if !ok {
		return
	}
	switch a := allowedBy(c, date, grain); {
	case a.all:
		s.settled[c] = true
	case a.newest && lag == 0 && s.inside == 0 && grain == s.grain:
		s.settled[c] = true
		s.windows = append(s.windows, window{c, date})
	}
}

// readsDate reports whether an expression is computed from the date of a table's partitions.
func (s *slicer) readsDate(e *algebra.Expr) bool {
	found := false
	e.Walk(func(e *algebra.Expr) bool {
		_, ok := s.grainOf(e)
		found = found || ok
		return !found
	})
	return found
}

// only reports whether an expression reads one date and no other column.
func only(e, date *algebra.Expr) bool {
	is := true
	e.Walk(func(e *algebra.Expr) bool {
		if algebra.Equal(e, date) {
			return false
		}
		is = is && e.Op != "ref" && e.Block == nil
		return is
	})
	return is
}

// near returns the dates that conditions keep at a date, or within some partitions before it.
func (s *slicer) near(conds []*algebra.Expr, date *algebra.Expr) (list []dated) {
	type bounds struct {
		date      *algebra.Expr
		low, high *int // in days or months after the date
	}
	var found []*bounds
	unit := "DAY"
	grain, _ := s.grainOf(date)
	if grain == partition.Monthly {
		unit = "MONTH"
	}
	for _, c := range conds {
		if c.Op != "call" || len(c.Args) != 2 {
			continue
		}
		for i := range c.Args {
			mine, add := shifted(c.Args[i], unit)
			other, subtract := shifted(c.Args[1-i], unit)
			if !algebra.Equal(mine, date) {
				continue
			}
			at := slices.IndexFunc(found, func(b *bounds) bool { return algebra.Equal(b.date, other) })
			if at < 0 {
				at, found = len(found), append(found, &bounds{date: other})
			}
			after, b := add-subtract, found[at]
			low, high := after, after
			if c.Name == "$less" {
				high--
				if of, ok := s.grainOf(other); ok && of == grain { // otherwise it may be any day of a month
					low++
				}
			}
			switch {
			case c.Name == "$equal":
				b.low, b.high = &low, &high
			case c.Name != "$less" && c.Name != "$less_or_equal":
			case i == 0:
				b.low = &low
			default:
				b.high = &high
			}
		}
	}
	const shortest = 28 // days of a month
	for _, b := range found {
		if b.low == nil || b.high == nil || *b.high > 0 {
			continue
		}
		lag := -*b.low
		if unit == "DAY" && s.grain == partition.Monthly {
			lag = (lag + shortest - 1) / shortest
		}
		list = append(list, dated{b.date, lag})
	}
	return list
}

// shifted returns the date to which an expression adds a number of days or months.
func shifted(e *algebra.Expr, unit string) (date *algebra.Expr, n int) {
	sign := map[string]int{"date_add": 1, "date_sub": -1, "$add": 1, "$subtract": -1}[e.Name]
	if e.Op != "call" || sign == 0 || len(e.Args) < 2 || e.Args[1].Op != "literal" {
		return e, 0
	}
	n, err := strconv.Atoi(e.Args[1].Name)
	inDays := len(e.Args) == 2 && e.Type == "DATE" && unit == "DAY"
	if err != nil || !inDays && (len(e.Args) != 3 || partOf(e.Args[2]) != unit) {
		return e, 0
	}
	date, before := shifted(e.Args[0], unit)
	return date, before + sign*n
}

// bound notes, at every level of a query, the tables of which only the newest partitions are read:
// WHERE date = (SELECT MAX(date) FROM table), or date > DATE_SUB(CURRENT_DATE(), INTERVAL 28 DAY).
func (s *slicer) bound(b *algebra.Block) {
	b.Levels(func(b *algebra.Block) {
		for _, c := range b.Conds {
			if c.Op == "call" && c.Name == "$equal" {
				for i, e := range c.Args {
					if t := s.newestOf(e, c.Args[1-i]); t != nil && s.restrict(b, c.Args[1-i], 0) {
						s.lags[t] = 0
					}
				}
			}
			date := firstColumn(c)
			if grain, ok := s.grainOf(date); ok && grain == s.grain && readsClock(c) && only(c, date) {
				s.restrict(b, date, max(allowedBy(c, date, grain).oldest, 1)-1)
			}
		}
	})
}

// firstColumn returns the first column in an expression, and the expression itself if there is none.
func firstColumn(e *algebra.Expr) *algebra.Expr {
	first := e
	e.Walk(func(e *algebra.Expr) bool {
		if e.Op == "ref" && first.Op != "ref" {
			first = e
		}
		return first.Op != "ref"
	})
	return first
}

// newestOf returns the table of a subquery SELECT MAX(date) FROM table, for the same date of the same table; nil for
// any other expression. Once the partition has arrived, its date is the newest.
func (s *slicer) newestOf(e, date *algebra.Expr) *algebra.Source {
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
	grain, ok := s.grainOf(of)
	same := ok && grain == s.grain && date.Op == "ref" && date.Source.Kind == algebra.Table &&
		of.Source == group.Inputs[0].Sources[0] && of.Source.Kind == algebra.Table &&
		date.Source.Table == of.Source.Table && strings.EqualFold(date.Name, of.Name)
	if !same {
		return nil
	}
	return of.Source
}
