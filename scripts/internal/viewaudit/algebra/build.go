package algebra

import (
	"fmt"
	"strings"

	"github.com/goccy/go-googlesql"
)

// maxSources bounds the sources of one relation: WITH queries and views are written out wherever they are read.
const maxSources = 500

// Build is a query's relation. view names it in the places of its tables; relation gives the relations of views that it
// reads, nil for a table, and false for a view that has none. The error is an *Unsupported when the query has no form
// here.
func Build(view string, query *googlesql.ResolvedQueryStmt, relation func(table string) (*Relation, bool)) (r *Relation, err error) {
	defer rescue(&err)
	b := &builder{
		view: view, relation: relation, columns: map[int32]*Expr{}, with: map[string]googlesql.ResolvedScanNode{},
	}
	block := b.scan(take(query.Query()))
	r = &Relation{Block: block}
	for _, output := range take(query.OutputColumnList()) {
		name := strings.ToLower(take(output.Name()))
		r.Columns = append(r.Columns, Column{name, b.column(take(output.Column()))})
	}
	return r, nil
}

type builder struct {
	view     string
	relation func(string) (*Relation, bool)
	columns  map[int32]*Expr // by the analyzer's column numbers
	with     map[string]googlesql.ResolvedScanNode
	order    []*Expr // of the scan looked at last, if it was an ORDER BY
	sources  int
}

// broken carries an error up through the walk.
type broken struct{ error }

func take[T any](v T, err error) T {
	if err != nil {
		panic(broken{fmt.Errorf("read GoogleSQL's result: %w", err)})
	}
	return v
}

func unsupported(format string, args ...any) {
	panic(broken{&Unsupported{fmt.Sprintf(format, args...)}})
}

func rescue(err *error) {
	switch r := recover().(type) {
	case nil:
	case broken:
		*err = r.error
	default:
		panic(r)
	}
}

func (b *builder) source(s *Source) *Source {
	if b.sources++; b.sources > maxSources {
		unsupported("a query that reads tables in more than %d places, its views written out,", maxSources)
	}
	return s
}

func (b *builder) column(c *googlesql.ResolvedColumn) *Expr {
	id := take(c.ColumnId())
	e := b.columns[id]
	if e == nil {
		unsupported("a column of unknown origin (%s)", take(c.Name()))
	}
	return e
}

func (b *builder) define(c *googlesql.ResolvedColumn, e *Expr) { b.columns[take(c.ColumnId())] = e }

// computed defines the columns that a scan computes.
func (b *builder) computed(list []*googlesql.ResolvedComputedColumn) {
	for _, c := range list {
		b.define(take(c.Column()), b.expr(take(c.Expr())))
	}
}

// scan is a scan's block. Its columns are defined then.
func (b *builder) scan(n googlesql.ResolvedScanNode) *Block {
	b.order = nil
	if n == nil {
		return &Block{}
	}
	if take(n.HintListSize()) > 0 {
		unsupported("a hint")
	}
	switch n := n.(type) {
	case *googlesql.ResolvedSingleRowScan:
		return &Block{}
	case *googlesql.ResolvedTableScan:
		return b.table(n)
	case *googlesql.ResolvedProjectScan:
		block := b.scan(take(n.InputScan()))
		order := b.order
		b.computed(take(n.ExprList()))
		b.order = order
		return block
	case *googlesql.ResolvedFilterScan:
		block := b.scan(take(n.InputScan()))
		block.Conds = append(block.Conds, conjuncts(b.expr(take(n.FilterExpr())))...)
		b.order = nil
		return block
	case *googlesql.ResolvedJoinScan:
		return b.join(n)
	case *googlesql.ResolvedArrayScan:
		return b.array(n)
	case *googlesql.ResolvedAggregateScan:
		return b.aggregate(n)
	case *googlesql.ResolvedAnalyticScan:
		return b.analytic(n)
	case *googlesql.ResolvedSetOperationScan:
		return b.setOperation(n)
	case *googlesql.ResolvedOrderByScan:
		block := b.scan(take(n.InputScan()))
		b.order = b.orderBy(take(n.OrderByItemList()))
		return block
	case *googlesql.ResolvedLimitOffsetScan:
		return b.limit(n)
	case *googlesql.ResolvedWithScan:
		if take(n.Recursive()) {
			unsupported("WITH RECURSIVE")
		}
		for _, entry := range take(n.WithEntryList()) {
			b.with[take(entry.WithQueryName())] = take(entry.WithSubquery())
		}
		return b.scan(take(n.Query()))
	case *googlesql.ResolvedWithRefScan:
		return b.withRef(n)
	}
	unsupported("%s", words(take(n.NodeKindString())))
	return nil
}

// words are a node's kind in words: "ResolvedPivotScan" is "pivot".
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

func (b *builder) table(n *googlesql.ResolvedTableScan) *Block {
	if take(n.ForSystemTimeExpr()) != nil {
		unsupported("FOR SYSTEM_TIME AS OF")
	}
	table := take(n.Table())
	name := take(table.FullName())
	place := Place{View: b.view}
	if at := take(n.GetParseLocationRangeOrNULL()); at != nil {
		place.Start = int(take(take(at.Start()).GetByteOffset()))
		place.End = int(take(take(at.End()).GetByteOffset()))
	}
	columns, indexes := take(n.ColumnList()), take(n.ColumnIndexList())
	view, known := b.relation(name)
	if !known {
		unsupported("the view %s, which", name)
	}
	if view == nil {
		s := b.source(&Source{Kind: Table, Table: name, Place: place})
		for i, c := range columns {
			column := strings.ToLower(take(take(table.GetColumn(indexes[i])).Name()))
			b.define(c, &Expr{Op: "ref", Source: s, Name: column, Type: b.typeOf(take(c.Type()))})
		}
		return &Block{Sources: []*Source{s}}
	}
	copied := clone(view)
	copied.Block.All(func(s *Source) { b.source(s) })
	for i, c := range columns {
		b.define(c, copied.Columns[indexes[i]].Expr)
	}
	return copied.Block
}

// withRef writes a WITH query out where it is read: each time its tables are read again.
func (b *builder) withRef(n *googlesql.ResolvedWithRefScan) *Block {
	query := b.with[take(n.WithQueryName())]
	if query == nil {
		unsupported("WITH RECURSIVE")
	}
	block := b.scan(query)
	b.order = nil
	from := columnsOf(query)
	exprs := make([]*Expr, len(from))
	for i, c := range from {
		exprs[i] = b.column(c)
	}
	for i, c := range take(n.ColumnList()) {
		b.define(c, exprs[i])
	}
	return block
}

// conjuncts are the terms of an AND, those that are TRUE left out.
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

func columnsOf(scan googlesql.ResolvedScanNode) []*googlesql.ResolvedColumn {
	lister, ok := scan.(interface {
		ColumnList() ([]*googlesql.ResolvedColumn, error)
	})
	if !ok {
		unsupported("%s", words(take(scan.NodeKindString())))
	}
	return take(lister.ColumnList())
}

func nameOf(n googlesql.ResolvedFunctionCallBaseNode) string { return take(take(n.Function()).Name()) }
