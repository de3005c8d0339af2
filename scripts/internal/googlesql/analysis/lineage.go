package analysis

import (
	"fmt"
	"strings"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql/tokens"
	"example.com/rollcall/shared/manifest"
)

// A column's value is made from the columns that its expression names: a CASE's conditions among them, an aggregate's
// ORDER BY, and a window's ORDER BY, which decides the row that LAG or ROW_NUMBER is about. What only decides which rows
// there are (WHERE, JOIN … ON, GROUP BY, PARTITION BY) is not part of the value. A subquery counts with the columns it
// gives; EXISTS, which gives none, with all that it names.

// visit notes what n and all below it define.
func (r *resolver) visit(n googlesql.ResolvedNode) {
	r.restrict(n)
	switch n := n.(type) {
	case *googlesql.ResolvedTableScan:
		r.tableScan(n)
	case *googlesql.ResolvedWithScan:
		for _, entry := range take(n.WithEntryList()) { // before the query that refers to them
			subquery := take(entry.WithSubquery())
			r.visit(subquery)
			r.with[take(entry.WithQueryName())] = columnsOf(subquery)
		}
		r.visit(take(n.Query()))
		return
	case *googlesql.ResolvedWithRefScan:
		r.positional(columnsOf(n), r.with[take(n.WithQueryName())])
	case *googlesql.ResolvedSetOperationScan:
		for _, item := range take(n.InputItemList()) {
			r.positional(columnsOf(n), ids(take(item.OutputColumnList())))
		}
	case *googlesql.ResolvedArrayScan:
		r.arrayScan(n)
	case *googlesql.ResolvedAnalyticFunctionGroup:
		if order := take(n.OrderBy()); order != nil {
			for _, f := range take(n.AnalyticFunctionList()) {
				r.made(take(f.Column()), r.refs(order)...)
			}
		}
	case *googlesql.ResolvedGroupingCall:
		r.made(take(n.OutputColumn()), r.refs(take(n.GroupByColumn()))...)
	case googlesql.ResolvedComputedColumnBaseNode:
		r.made(take(n.Column()), r.refs(take(n.Expr()))...)
	case googlesql.ResolvedScanNode:
		r.passes(n)
	}
	for _, child := range take(n.GetChildNodes()) {
		r.visit(child)
	}
}

// passes accepts the scans that hand on columns of their inputs, or define them by computed columns below; of any other
// it is not known where its columns come from.
func (r *resolver) passes(n googlesql.ResolvedScanNode) {
	switch n.(type) {
	case *googlesql.ResolvedAggregateScan, *googlesql.ResolvedAnalyticScan, *googlesql.ResolvedFilterScan,
		*googlesql.ResolvedJoinScan, *googlesql.ResolvedLimitOffsetScan, *googlesql.ResolvedOrderByScan,
		*googlesql.ResolvedProjectScan, *googlesql.ResolvedSingleRowScan, *googlesql.ResolvedSampleScan,
		*googlesql.ResolvedRecursiveRefScan: // of a recursive scan, which is refused itself
	default:
		r.find(n, "%s is not known to modelc: it cannot tell where the columns come from",
			strings.TrimPrefix(take(n.NodeKindString()), "Resolved"))
	}
}

func (r *resolver) tableScan(n *googlesql.ResolvedTableScan) {
	source := take(n.Table())
	table := take(source.FullName())
	columns, indexes := columnsOf(n), take(n.ColumnIndexList())
	if len(columns) != len(indexes) {
		panic(broken{fmt.Errorf("%d columns of table %s are read, but %d are told", len(columns), table, len(indexes))})
	}
	for i, id := range columns {
		column := take(take(source.GetColumn(indexes[i])).Name())
		r.tables[id] = manifest.ColumnRef{Table: table, Column: column}
	}
	r.inputs = append(r.inputs, Input{table, r.pos(n)})
	if start, end, ok := r.span(n); ok {
		if text := spelling(r.sql[start:end]); text != table {
			r.find(n, "table %s is written %s; BigQuery tells upper from lower case in the names of tables", table, text)
		}
	}
}

// spelling is a table's path without quotes, layout and comments.
func spelling(path string) string {
	var b strings.Builder
	for _, token := range tokens.Scan(path) {
		b.WriteString(strings.Trim(token.Text, "`"))
	}
	return b.String()
}

func (r *resolver) arrayScan(n *googlesql.ResolvedArrayScan) {
	elements, arrays := take(n.ElementColumnList()), take(n.ArrayExprList())
	var all []int32
	for i, array := range arrays {
		refs := r.refs(array)
		all = append(all, refs...)
		if i < len(elements) {
			r.made(elements[i], refs...)
		}
	}
	if offset := take(n.ArrayOffsetColumn()); offset != nil {
		r.made(take(offset.Column()), all...)
	}
}

func (r *resolver) made(column *googlesql.ResolvedColumn, from ...int32) {
	id := take(column.ColumnId())
	r.from[id] = append(r.from[id], from...)
}

func (r *resolver) positional(to, from []int32) {
	if len(to) != len(from) {
		panic(broken{fmt.Errorf("%d columns are made from %d, one from one", len(to), len(from))})
	}
	for i := range to {
		r.from[to[i]] = append(r.from[to[i]], from[i])
	}
}

// refs are the columns that an expression's value is made from.
func (r *resolver) refs(n googlesql.ResolvedNode) []int32 {
	switch n := n.(type) {
	case nil:
		return nil
	case *googlesql.ResolvedColumnRef:
		return []int32{take(take(n.Column()).ColumnId())}
	case *googlesql.ResolvedSubqueryExpr:
		if take(n.SubqueryType()) != googlesql.ResolvedSubqueryExprEnums_SubqueryTypeExists {
			list := columnsOf(take(n.Subquery()))
			if in := take(n.InExpr()); in != nil {
				list = append(list, r.refs(in)...)
			}
			return list
		}
	}
	var list []int32
	for _, child := range take(n.GetChildNodes()) {
		list = append(list, r.refs(child)...)
	}
	return list
}

func columnsOf(scan googlesql.ResolvedScanNode) []int32 {
	lister, ok := scan.(interface {
		ColumnList() ([]*googlesql.ResolvedColumn, error)
	})
	if !ok {
		return nil
	}
	return ids(take(lister.ColumnList()))
}

func ids(columns []*googlesql.ResolvedColumn) []int32 {
	list := make([]int32, len(columns))
	for i, c := range columns {
		list[i] = take(c.ColumnId())
	}
	return list
}
