package algebra

import "github.com/goccy/go-googlesql"

func (b *builder) aggregate(n *googlesql.ResolvedAggregateScan) *Block {
	if len(take(n.GroupingSetList())) > 0 || len(take(n.RollupColumnList())) > 0 || len(take(n.GroupingCallList())) > 0 {
		unsupported("GROUPING SETS, ROLLUP or CUBE")
	}
	if len(take(n.CollationList())) > 0 {
		unsupported("a collation")
	}
	in := b.scan(take(n.InputScan()))
	s := b.source(&Source{Kind: Group, Inputs: []*Block{in}})
	var columns []*googlesql.ResolvedColumn
	for _, c := range take(n.GroupByList()) {
		b.define(take(c.Column()), b.expr(take(c.Expr())))
		s.Keys = append(s.Keys, b.column(take(c.Column())))
		columns = append(columns, take(c.Column()))
	}
	for _, c := range take(n.AggregateList()) {
		computed, ok := c.(*googlesql.ResolvedComputedColumn)
		if !ok {
			unsupported("an aggregate with side effects")
		}
		b.define(take(computed.Column()), b.expr(take(computed.Expr())))
		columns = append(columns, take(computed.Column()))
	}
	b.wrap(s, columns)
	b.order = nil
	return &Block{Sources: []*Source{s}, Conds: s.pullUp()}
}

// pullUp takes the conditions out of a group's block that hold for all rows of a group or for none, as those do that are
// of its keys alone, and returns them as conditions of the groups.
func (s *Source) pullUp() (pulled []*Expr) {
	in := s.Inputs[0]
	var kept []*Expr
	for _, c := range in.Conds {
		if up, ok := c.ofKeys(s); ok {
			pulled = append(pulled, up)
		} else {
			kept = append(kept, c)
		}
	}
	in.Conds = kept
	return pulled
}

// ofKeys is an expression over a group's block as one over the group, where it is made of the keys alone and names one at
// least. A FLOAT64 key groups -0 with 0, which are not alike otherwise.
func (e *Expr) ofKeys(s *Source) (up *Expr, ok bool) {
	named := false
	var lift func(e *Expr) *Expr
	lift = func(e *Expr) *Expr {
		for _, key := range s.Keys {
			if key.Type != "FLOAT64" && Alike(key, e) {
				named = true
				return &Expr{Op: "ref", Source: s, Args: []*Expr{key}, Type: key.Type}
			}
		}
		if e.Op == "ref" || e.Block != nil {
			return nil
		}
		copied := *e
		copied.Args = make([]*Expr, len(e.Args))
		for i, a := range e.Args {
			if copied.Args[i] = lift(a); copied.Args[i] == nil {
				return nil
			}
		}
		return &copied
	}
	up = lift(e)
	return up, up != nil && named
}

// Alike reports whether two expressions of one block are written alike.
func Alike(a, b *Expr) bool {
	if a == b {
		return true
	}
	if a.Op != b.Op || a.Name != b.Name || a.Type != b.Type || a.Source != b.Source || a.Block != nil || b.Block != nil ||
		len(a.Args) != len(b.Args) {
		return false
	}
	for i := range a.Args {
		if !Alike(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}
