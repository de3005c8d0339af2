package propose

import (
	"cmp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/compare"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
)

// group decides which views lead, and which follow whom.
func (p *planner) group(result *resolve.Result) {
	near := map[string][]*Fate{} // by the tables that they read in the end: only those are compared
	for _, v := range result.Views {
		f := &Fate{View: v, Kind: Leads}
		p.fates[v] = f
		p.plan.Fates = append(p.plan.Fates, f)
		key := tablesOf(v)
		near[key] = append(near[key], f)
	}
	for _, f := range p.plan.Fates {
		for _, in := range f.View.Reads {
			if in.View != nil && !slices.Contains(p.fates[in.View].Readers, f.View) {
				p.fates[in.View].Readers = append(p.fates[in.View].Readers, f.View)
			}
		}
	}
	for _, f := range p.plan.Fates {
		f.plain()
	}
	for _, bucket := range near {
		p.follow(bucket)
	}
}

func tablesOf(v *resolve.View) string {
	if v.Relation == nil {
		return "only " + v.Name
	}
	var names []string
	for _, t := range v.Relation.Tables() {
		names = append(names, t.Table)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// plain finds the views that need no model: those that only hand on a table, and those that do little more and are read by
// other views alone.
func (f *Fate) plain() {
	r := f.View.Relation
	if r == nil || len(r.Block.Sources) != 1 || r.Block.Sources[0].Kind != algebra.Table {
		return
	}
	through := len(r.Block.Conds) == 0
	for _, c := range r.Columns {
		through = through && c.Expr.Op == "ref" && c.Expr.Name == c.Name
	}
	switch {
	case through:
		f.Kind, f.Table = Through, r.Block.Sources[0].Table
	case len(f.Readers) > 0:
		f.Kind = Inlined // unless it leads others: see follow
	}
}

// follow finds, of views that read the same tables, those whose rows another has.
func (p *planner) follow(bucket []*Fate) {
	found := map[[2]*Fate]compare.Comparison{}
	for _, inner := range bucket {
		for _, outer := range bucket {
			if inner != outer {
				found[[2]*Fate{inner, outer}] = compare.Pair(inner.View.Relation, outer.View.Relation)
			}
		}
	}
	leads := func(outer, inner *Fate) bool {
		if outer == inner || outer.Kind == Through || inner.Kind == Through || !has(found[[2]*Fate{inner, outer}]) {
			return false
		}
		return !has(found[[2]*Fate{outer, inner}]) || before(outer, inner)
	}
	var leaders []*Fate
	for _, f := range bucket {
		led := slices.ContainsFunc(bucket, func(o *Fate) bool { return leads(o, f) })
		if f.Kind == Inlined && !led && slices.ContainsFunc(bucket, func(o *Fate) bool { return leads(f, o) }) {
			f.Kind = Leads
		}
		if f.Kind == Leads && !led {
			leaders = append(leaders, f)
		}
	}
	for _, f := range bucket {
		if f.Kind == Through || slices.Contains(leaders, f) {
			continue
		}
		possible := slices.DeleteFunc(slices.Clone(leaders), func(o *Fate) bool { return !leads(o, f) })
		if len(possible) == 0 { // what leads it follows another, which does not lead it
			if f.Kind == Leads {
				leaders = append(leaders, f)
			}
			continue
		}
		f.Of = slices.MinFunc(possible, func(a, b *Fate) int {
			return cmp.Or(len(found[[2]*Fate{f, a}].Where)-len(found[[2]*Fate{f, b}].Where),
				len(a.View.Columns)-len(b.View.Columns), cmp.Compare(a.View.Name, b.View.Name))
		})
		f.Comparison = found[[2]*Fate{f, f.Of}]
	}
	for _, f := range bucket {
		if f.Of != nil {
			f.Kind = map[compare.Verdict]Kind{compare.Same: Same, compare.Contained: Contained}[f.Comparison.Verdict]
			continue
		}
		for _, o := range bucket {
			if o == f || o.View.Made != nil || o.Of != nil || f.Kind != Leads || o.Kind != Leads {
				continue
			}
			if c := found[[2]*Fate{f, o}]; c.Verdict == compare.Alike {
				f.Near = append(f.Near, Near{o.View, c.Differences})
			} else if c.Verdict == compare.Contained {
				f.Near = append(f.Near, Near{o.View, []string{
					"all its rows are in the other, which does not give " + strings.Join(c.Lacking, ", ") + " to tell them by"}})
			}
		}
		slices.SortStableFunc(f.Near, func(a, b Near) int { return len(a.Differences) - len(b.Differences) })
	}
}

// has reports whether the outer of a comparison can stand in for the inner.
func has(c compare.Comparison) bool {
	return c.Verdict == compare.Same || c.Verdict == compare.Contained && len(c.Lacking) == 0
}

// before says which of two views that hold the same rows leads: the one that more views read, that is described, or whose
// name is first.
func before(a, b *Fate) bool {
	if (a.View.Made != nil) != (b.View.Made != nil) {
		return a.View.Made != nil
	}
	return cmp.Or(len(b.Readers)-len(a.Readers), described(b)-described(a), strings.Compare(a.View.Name, b.View.Name)) < 0
}

func described(f *Fate) int {
	n := 0
	if f.View.Description != "" {
		n++
	}
	for _, c := range f.View.Columns {
		if c.Description != "" {
			n++
		}
	}
	return n
}
