package algebra

import (
	"fmt"
	"maps"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql"
)

// maxSources limits the sources of one relation, because WITH queries and views are expanded wherever they
// are read.
const maxSources = 500

// Inputs describes the tables and views that a query reads.
type Inputs struct {
	// Relation returns the relation of a view, nil for a table, and false for a view without one.
	Relation func(table string) (*Relation, bool)
	// Ranges returns the ranges of rows that the query reads of a table, none for the whole table. Nil: all tables are
	// read whole.
	Ranges func(table string) []Range
}

// Range describes the rows of a table whose DATE column is at or after the parameter From and before the parameter Until.
// One says that all of them have the date From.
type Range struct {
	Column, From, Until string
	One                 bool
}

// Build returns a query's relation. view is the query's name in the places of its tables. The error is an *Unsupported
// when the query has no form here.
func Build(view string, query *goccy.ResolvedQueryStmt, inputs Inputs) (r *Relation, err error) {
	defer googlesql.Catch(&err)
	b := &builder{
		view: view, inputs: inputs, columns: map[int32]*Expr{}, with: map[string]goccy.ResolvedScanNode{},
	}
	block := b.scan(must(query.Query()))
	r = &Relation{Block: block}
	for _, output := range must(query.OutputColumnList()) {
		name := strings.ToLower(must(output.Name()))
		r.Columns = append(r.Columns, Column{name, b.column(must(output.Column()))})
	}
	return r, nil
}

type builder struct {
	view    string
	inputs  Inputs
	columns map[int32]*Expr // by the analyzer's column ids
	with    map[string]goccy.ResolvedScanNode
	order   []*Expr // of the last scan's rows; nil: none
	sources int
}

func must[T any](v T, err error) T { return googlesql.Must(v, err) }

// typeOf returns the name of the type of a column or expression.
func typeOf(n interface {
	Type() (goccy.Googlesql_TypeNode, error)
}) string {
	return googlesql.TypeName(must(n.Type()))
}

func unsupported(format string, args ...any) {
	googlesql.Abort(&Unsupported{fmt.Sprintf(format, args...)})
}

func (b *builder) source(s *Source) *Source {
	if b.sources++; b.sources > maxSources {
		unsupported("more than %d sources, with its views expanded", maxSources)
	}
	return s
}

func (b *builder) column(c *goccy.ResolvedColumn) *Expr {
	id := must(c.ColumnId())
	e := b.columns[id]
	if e == nil {
		unsupported("a column of unknown origin (%s)", must(c.Name()))
	}
	return e
}

func (b *builder) define(c *goccy.ResolvedColumn, e *Expr) { b.columns[must(c.ColumnId())] = e }

// computed defines the columns that a scan computes.
func (b *builder) computed(list []*goccy.ResolvedComputedColumn) {
	for _, c := range list {
		b.define(must(c.Column()), b.expr(must(c.Expr())))
	}
}

// scan returns the block of a scan, defines the scan's columns, and sets b.order.
func (b *builder) scan(n goccy.ResolvedScanNode) *Block {
	block := b.block(n)
	switch n.(type) {
	case *goccy.ResolvedOrderByScan, *goccy.ResolvedLimitOffsetScan, *goccy.ResolvedProjectScan, *goccy.ResolvedWithScan:
		if must(n.IsOrdered()) { // a subquery in FROM is not: its ORDER BY does not order the rows of the query around it
			return block
		}
	}
	b.order = nil
	return block
}

func (b *builder) block(n goccy.ResolvedScanNode) *Block {
	if n == nil {
		return &Block{}
	}
	if must(n.HintListSize()) > 0 {
		unsupported("a hint")
	}
	switch n := n.(type) {
	case *goccy.ResolvedSingleRowScan:
		return &Block{}
	case *goccy.ResolvedTableScan:
		return b.table(n)
	case *goccy.ResolvedProjectScan:
		block := b.scan(must(n.InputScan()))
		b.computed(must(n.ExprList()))
		return block
	case *goccy.ResolvedFilterScan:
		block := b.scan(must(n.InputScan()))
		block.Conds = append(block.Conds, conjuncts(b.expr(must(n.FilterExpr())))...)
		return block
	case *goccy.ResolvedJoinScan:
		return b.join(n)
	case *goccy.ResolvedArrayScan:
		return b.array(n)
	case *goccy.ResolvedAggregateScan:
		return b.aggregate(n)
	case *goccy.ResolvedAnalyticScan:
		return b.analytic(n)
	case *goccy.ResolvedSetOperationScan:
		return b.setOperation(n)
	case *goccy.ResolvedOrderByScan:
		block := b.scan(must(n.InputScan()))
		b.order = b.orderBy(must(n.OrderByItemList()))
		return block
	case *goccy.ResolvedLimitOffsetScan:
		return b.limit(n)
	case *goccy.ResolvedWithScan:
		if must(n.Recursive()) {
			unsupported("WITH RECURSIVE")
		}
		for _, entry := range must(n.WithEntryList()) {
			b.with[must(entry.WithQueryName())] = must(entry.WithSubquery())
		}
		return b.scan(must(n.Query()))
	case *goccy.ResolvedWithRefScan:
		return b.withRef(n)
	}
	unsupported("%s", words(must(n.NodeKindString())))
	return nil
}

// words returns a node's kind in words: "pivot" for ResolvedPivotScan.
func words(kind string) string {
	kind = strings.TrimSuffix(strings.TrimPrefix(kind, "Resolved"), "Scan")
	var w strings.Builder
	for i, c := range kind {
		if i > 0 && 'A' <= c && c <= 'Z' {
			w.WriteByte(' ')
		}
		w.WriteRune(c)
	}
	return strings.ToLower(w.String())
}

func (b *builder) table(n *goccy.ResolvedTableScan) *Block {
	if must(n.ForSystemTimeExpr()) != nil {
		unsupported("FOR SYSTEM_TIME AS OF")
	}
	table := must(n.Table())
	name := must(table.FullName())
	place := Place{View: b.view}
	place.Start, place.End, _ = googlesql.Span(n)
	columns, indexes := must(n.ColumnList()), must(n.ColumnIndexList())
	view, known := b.inputs.Relation(name)
	if !known {
		unsupported("the view %s, which is not compared", name)
	}
	if view == nil {
		s := b.source(&Source{Kind: Table, Table: name, Place: place})
		for i, c := range columns {
			column := strings.ToLower(must(must(table.GetColumn(indexes[i])).Name()))
			b.define(c, &Expr{Op: "ref", Source: s, Name: column, Type: typeOf(c)})
		}
		return &Block{Sources: []*Source{s}, Conds: b.inRanges(s)}
	}
	copied := clone(view)
	copied.Block.All(func(s *Source) { b.source(s) })
	for i, c := range columns {
		b.define(c, copied.Columns[indexes[i]].Expr)
	}
	return copied.Block
}

// inRanges returns the conditions that limit a table to its ranges.
func (b *builder) inRanges(s *Source) []*Expr {
	if b.inputs.Ranges == nil {
		return nil
	}
	var either []*Expr
	for _, r := range b.inputs.Ranges(s.Table) {
		column := &Expr{Op: "ref", Source: s, Name: strings.ToLower(r.Column), Type: "DATE"}
		from := &Expr{Op: "parameter", Name: r.From, Type: "DATE"}
		until := &Expr{Op: "parameter", Name: r.Until, Type: "DATE"}
		conds := []*Expr{call("$less_or_equal", from, column), call("$less", column, until)}
		if r.One {
			conds = append(conds, call("$equal", column, from))
		}
		either = append(either, call("$and", conds...))
	}
	if len(either) == 0 {
		return nil
	}
	if len(either) == 1 {
		return conjuncts(either[0])
	}
	return []*Expr{call("$or", either...)}
}

// withRef expands a WITH query where it is read; each time, its tables are read again.
func (b *builder) withRef(n *goccy.ResolvedWithRefScan) *Block {
	query := b.with[must(n.WithQueryName())]
	if query == nil {
		unsupported("WITH RECURSIVE")
	}
	block := b.scan(query)
	from := columnsOf(query)
	exprs := make([]*Expr, len(from))
	for i, c := range from {
		exprs[i] = b.column(c)
	}
	for i, c := range must(n.ColumnList()) {
		b.define(c, exprs[i])
	}
	return block
}

// conjuncts returns the terms of an AND, without those that are TRUE.
func conjuncts(e *Expr) []*Expr {
	if e.Op == "call" && e.Name == "$and" {
		var list []*Expr
		for _, a := range e.Args {
			list = append(list, conjuncts(a)...)
		}
		return list
	}
	if e.Op == "literal" && e.Name == "true" {
		return nil
	}
	return []*Expr{e}
}

func columnsOf(scan goccy.ResolvedScanNode) []*goccy.ResolvedColumn {
	columns, ok := googlesql.ScanColumns(scan)
	if !ok {
		unsupported("%s", words(must(scan.NodeKindString())))
	}
	return columns
}

// wrap turns columns whose expressions lie inside a source's block into columns of the source.
func (b *builder) wrap(s *Source, columns []*goccy.ResolvedColumn) {
	outer := map[int32]*Expr{} // a column may be listed twice
	for _, c := range columns {
		outer[must(c.ColumnId())] = &Expr{Op: "ref", Source: s, Args: []*Expr{b.column(c)}, Type: typeOf(c)}
	}
	maps.Copy(b.columns, outer)
}

func (b *builder) analytic(n *goccy.ResolvedAnalyticScan) *Block {
	input := must(n.InputScan())
	in := b.scan(input)
	s := b.source(&Source{Kind: Window, Inputs: []*Block{in}})
	columns := columnsOf(input)
	for _, group := range must(n.FunctionGroupList()) {
		for _, f := range must(group.AnalyticFunctionList()) {
			computed, ok := f.(*goccy.ResolvedComputedColumn)
			if !ok {
				unsupported("a window function with side effects")
			}
			over := b.over(group, must(computed.Expr()))
			s.Functions = append(s.Functions, over)
			b.define(must(computed.Column()), over)
			columns = append(columns, must(computed.Column()))
		}
	}
	b.wrap(s, columns)
	return &Block{Sources: []*Source{s}}
}

func (b *builder) setOperation(n *goccy.ResolvedSetOperationScan) *Block {
	var blocks []*Block
	var outputs [][]*Expr
	for _, item := range must(n.InputItemList()) {
		blocks = append(blocks, b.scan(must(item.Scan())))
		var list []*Expr
		for _, c := range must(item.OutputColumnList()) {
			list = append(list, b.column(c))
		}
		outputs = append(outputs, list)
	}
	s := b.source(&Source{Kind: All, Inputs: blocks})
	op := must(n.OpType())
	distinct := op == goccy.ResolvedSetOperationScanEnums_SetOperationTypeUnionDistinct
	if !distinct && op != goccy.ResolvedSetOperationScanEnums_SetOperationTypeUnionAll {
		s.Kind, s.Detail, s.Outputs = Set, op.String(), outputs
	}
	block := &Block{Sources: []*Source{s}}
	group := &Source{Kind: Group, Inputs: []*Block{block}}
	for i, c := range must(n.ColumnList()) {
		e := &Expr{Op: "ref", Source: s, Type: typeOf(c)}
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

func (b *builder) limit(n *goccy.ResolvedLimitOffsetScan) *Block {
	input := must(n.InputScan())
	in := b.scan(input)
	if b.order == nil {
		unsupported("LIMIT without ORDER BY")
	}
	s := b.source(&Source{Kind: Limit, Inputs: []*Block{in}, Keys: b.order})
	if e := must(n.Limit()); e != nil {
		s.Keys = append(s.Keys, &Expr{Op: "limit", Args: []*Expr{b.expr(e)}})
	}
	if e := must(n.Offset()); e != nil {
		s.Keys = append(s.Keys, &Expr{Op: "offset", Args: []*Expr{b.expr(e)}})
	}
	b.wrap(s, must(n.ColumnList()))
	order := make([]*Expr, len(b.order))
	for i, by := range b.order {
		order[i] = &Expr{Op: "by", Name: by.Name, Args: []*Expr{{Op: "ref", Source: s, Args: by.Args, Type: by.Args[0].Type}}}
	}
	b.order = order
	return &Block{Sources: []*Source{s}}
}

func (b *builder) aggregate(n *goccy.ResolvedAggregateScan) *Block {
	if len(must(n.GroupingSetList())) > 0 || len(must(n.RollupColumnList())) > 0 || len(must(n.GroupingCallList())) > 0 {
		unsupported("GROUPING SETS, ROLLUP or CUBE")
	}
	if len(must(n.CollationList())) > 0 {
		unsupported("a collation")
	}
	in := b.scan(must(n.InputScan()))
	s := b.source(&Source{Kind: Group, Inputs: []*Block{in}})
	var columns []*goccy.ResolvedColumn
	for _, c := range must(n.GroupByList()) {
		b.define(must(c.Column()), b.expr(must(c.Expr())))
		s.Keys = append(s.Keys, b.column(must(c.Column())))
		columns = append(columns, must(c.Column()))
	}
	for _, c := range must(n.AggregateList()) {
		computed, ok := c.(*goccy.ResolvedComputedColumn)
		if !ok {
			unsupported("an aggregate with side effects")
		}
		b.define(must(computed.Column()), b.expr(must(computed.Expr())))
		columns = append(columns, must(computed.Column()))
	}
	b.wrap(s, columns)
	return &Block{Sources: []*Source{s}, Conds: s.pullUp()}
}
