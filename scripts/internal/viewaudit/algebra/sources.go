package algebra

import (
	"fmt"

	"github.com/goccy/go-googlesql"
)

// wrap makes the given columns, whose expressions are within a source's block, columns of the source.
func (b *builder) wrap(s *Source, columns []*googlesql.ResolvedColumn) {
	outer := map[int32]*Expr{}
	for _, c := range columns {
		outer[take(c.ColumnId())] = &Expr{Op: "ref", Source: s, Args: []*Expr{b.column(c)}, Type: b.typeOf(take(c.Type()))}
	}
	for id, e := range outer {
		b.columns[id] = e
	}
}

func (b *builder) join(n *googlesql.ResolvedJoinScan) *Block {
	if take(n.IsLateral()) || len(take(n.ParameterList())) > 0 {
		unsupported("LATERAL")
	}
	left, right := take(n.LeftScan()), take(n.RightScan())
	kind := take(n.JoinType())
	if kind == googlesql.ResolvedJoinScanEnums_JoinTypeRight {
		left, right = right, left
	}
	l := b.scan(left)
	r := b.scan(right)
	var on []*Expr
	if e := take(n.JoinExpr()); e != nil {
		on = conjuncts(b.expr(e))
	}
	b.order = nil
	switch kind {
	case googlesql.ResolvedJoinScanEnums_JoinTypeInner:
		return &Block{append(l.Sources, r.Sources...), append(append(l.Conds, r.Conds...), on...)}
	case googlesql.ResolvedJoinScanEnums_JoinTypeFull:
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

// side makes columns of one side of a full join columns of the source.
func (b *builder) side(s *Source, side int, columns []*googlesql.ResolvedColumn) {
	b.wrap(s, columns)
	for _, c := range columns {
		b.columns[take(c.ColumnId())].Name = fmt.Sprint(side)
	}
}

// optional is the right side of a LEFT JOIN. What its condition asks of the right side alone is a filter of that side.
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

// within reports whether the expression names columns, and of these sources alone.
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

func (b *builder) array(n *googlesql.ResolvedArrayScan) *Block {
	block := b.scan(take(n.InputScan()))
	arrays, elements := take(n.ArrayExprList()), take(n.ElementColumnList())
	if len(arrays) != 1 || len(elements) != 1 || take(n.ArrayZipMode()) != nil {
		unsupported("UNNEST of several arrays")
	}
	s := b.source(&Source{Kind: Unnest, Keys: []*Expr{b.expr(arrays[0])}})
	columns := []*googlesql.ResolvedColumn{elements[0]}
	b.define(elements[0], &Expr{Op: "ref", Source: s, Name: "element", Type: b.typeOf(take(elements[0].Type()))})
	if offset := take(n.ArrayOffsetColumn()); offset != nil {
		b.define(take(offset.Column()), &Expr{Op: "ref", Source: s, Name: "offset", Type: "INT64"})
		columns = append(columns, take(offset.Column()))
	}
	var on []*Expr
	if e := take(n.JoinExpr()); e != nil {
		on = conjuncts(b.expr(e))
	}
	if !take(n.IsOuter()) {
		return &Block{append(block.Sources, s), append(block.Conds, on...)}
	}
	o := b.optional(&Block{Sources: []*Source{s}}, on)
	b.wrap(o, columns)
	block.Sources = append(block.Sources, o)
	return block
}

func (b *builder) analytic(n *googlesql.ResolvedAnalyticScan) *Block {
	input := take(n.InputScan())
	in := b.scan(input)
	s := b.source(&Source{Kind: Window, Inputs: []*Block{in}})
	columns := columnsOf(input)
	for _, group := range take(n.FunctionGroupList()) {
		for _, f := range take(group.AnalyticFunctionList()) {
			computed, ok := f.(*googlesql.ResolvedComputedColumn)
			if !ok {
				unsupported("a window function with side effects")
			}
			over := b.over(group, take(computed.Expr()))
			s.Functions = append(s.Functions, over)
			b.define(take(computed.Column()), over)
			columns = append(columns, take(computed.Column()))
		}
	}
	b.wrap(s, columns)
	b.order = nil
	return &Block{Sources: []*Source{s}}
}

func (b *builder) setOperation(n *googlesql.ResolvedSetOperationScan) *Block {
	var blocks []*Block
	var outputs [][]*Expr
	for _, item := range take(n.InputItemList()) {
		blocks = append(blocks, b.scan(take(item.Scan())))
		var list []*Expr
		for _, c := range take(item.OutputColumnList()) {
			list = append(list, b.column(c))
		}
		outputs = append(outputs, list)
	}
	b.order = nil
	s := b.source(&Source{Kind: All, Inputs: blocks})
	op := take(n.OpType())
	distinct := op == googlesql.ResolvedSetOperationScanEnums_SetOperationTypeUnionDistinct
	if !distinct && op != googlesql.ResolvedSetOperationScanEnums_SetOperationTypeUnionAll {
		s.Kind, s.Detail, s.Outputs = Set, op.String(), outputs
	}
	block := &Block{Sources: []*Source{s}}
	group := &Source{Kind: Group, Inputs: []*Block{block}}
	for i, c := range take(n.ColumnList()) {
		e := &Expr{Op: "ref", Source: s, Type: b.typeOf(take(c.Type()))}
		for _, list := range outputs {
			e.Args = append(e.Args, list[i])
		}
		if distinct { // UNION DISTINCT is UNION ALL grouped by all columns
			group.Keys = append(group.Keys, e)
			e = &Expr{Op: "ref", Source: group, Args: []*Expr{e}, Type: e.Type}
		}
		b.define(c, e)
	}
	if distinct {
		return &Block{Sources: []*Source{b.source(group)}}
	}
	return block
}

func (b *builder) limit(n *googlesql.ResolvedLimitOffsetScan) *Block {
	input := take(n.InputScan())
	in := b.scan(input)
	if b.order == nil {
		unsupported("LIMIT without ORDER BY")
	}
	s := b.source(&Source{Kind: Limit, Inputs: []*Block{in}, Keys: b.order})
	if e := take(n.Limit()); e != nil {
		s.Keys = append(s.Keys, &Expr{Op: "limit", Args: []*Expr{b.expr(e)}})
	}
	if e := take(n.Offset()); e != nil {
		s.Keys = append(s.Keys, &Expr{Op: "offset", Args: []*Expr{b.expr(e)}})
	}
	b.wrap(s, take(n.ColumnList()))
	b.order = nil
	return &Block{Sources: []*Source{s}}
}
