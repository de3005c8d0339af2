package algebra

import (
	"fmt"

	goccy "github.com/goccy/go-googlesql"
)

func (b *builder) join(n *goccy.ResolvedJoinScan) *Block {
	if must(n.IsLateral()) || len(must(n.ParameterList())) > 0 {
		unsupported("LATERAL")
	}
	left, right := must(n.LeftScan()), must(n.RightScan())
	kind := must(n.JoinType())
	if kind == goccy.ResolvedJoinScanEnums_JoinTypeRight {
		left, right = right, left
	}
	l := b.scan(left)
	r := b.scan(right)
	var on []*Expr
	if e := must(n.JoinExpr()); e != nil {
		on = conjuncts(b.expr(e))
	}
	switch kind {
	case goccy.ResolvedJoinScanEnums_JoinTypeInner:
		return &Block{append(l.Sources, r.Sources...), append(append(l.Conds, r.Conds...), on...)}
	case goccy.ResolvedJoinScanEnums_JoinTypeFull:
		s := b.source(&Source{Kind: Full, Inputs: []*Block{l, r}, Keys: on})
		b.side(s, 0, columnsOf(left))
		b.side(s, 1, columnsOf(right))
		return &Block{Sources: []*Source{s}}
	}
	s := b.optional(r, on)
	b.wrap(s, columnsOf(right))
	l.Sources = append(l.Sources, s)
	return l
}

// side turns columns of one side of a full join into columns of the source.
func (b *builder) side(s *Source, side int, columns []*goccy.ResolvedColumn) {
	b.wrap(s, columns)
	for _, c := range columns {
		b.columns[must(c.ColumnId())].Name = fmt.Sprint(side)
	}
}

// optional returns the right side of a LEFT JOIN. Conditions on the right side alone become filters of that
// side.
func (b *builder) optional(right *Block, on []*Expr) *Source {
	s := b.source(&Source{Kind: Optional, Inputs: []*Block{right}})
	for _, e := range on {
		if e.within(right.Sources) {
			right.Conds = append(right.Conds, e)
		} else {
			s.Keys = append(s.Keys, e)
		}
	}
	return s
}

// within reports whether the expression names columns, and only columns of these sources.
func (e *Expr) within(sources []*Source) bool {
	inside, outside := map[*Source]bool{}, false
	for _, s := range sources {
		inside[s] = true
	}
	named := false
	e.Walk(func(e *Expr) bool {
		if e.Block != nil {
			outside = true // a subquery may be correlated
		}
		if e.Op != "ref" {
			return true
		}
		named = true
		outside = outside || !inside[e.Source]
		return false
	})
	return named && !outside
}

func (b *builder) array(n *goccy.ResolvedArrayScan) *Block {
	block := b.scan(must(n.InputScan()))
	arrays, elements := must(n.ArrayExprList()), must(n.ElementColumnList())
	if len(arrays) != 1 || len(elements) != 1 || must(n.ArrayZipMode()) != nil {
		unsupported("UNNEST of several arrays")
	}
	s := b.source(&Source{Kind: Unnest, Keys: []*Expr{b.expr(arrays[0])}})
	columns := []*goccy.ResolvedColumn{elements[0]}
	b.define(elements[0], &Expr{Op: "ref", Source: s, Name: "element", Type: typeOf(elements[0])})
	if offset := must(n.ArrayOffsetColumn()); offset != nil {
		b.define(must(offset.Column()), &Expr{Op: "ref", Source: s, Name: "offset", Type: "INT64"})
		columns = append(columns, must(offset.Column()))
	}
	var on []*Expr
	if e := must(n.JoinExpr()); e != nil {
		on = conjuncts(b.expr(e))
	}
	if !must(n.IsOuter()) {
		return &Block{append(block.Sources, s), append(block.Conds, on...)}
	}
	o := b.optional(&Block{Sources: []*Source{s}}, on)
	b.wrap(o, columns)
	block.Sources = append(block.Sources, o)
	return block
}
