package googlesql

import (
	"fmt"
	"slices"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/shared/manifest"
)

// A column's value is computed from the columns that its expression names. That includes the conditions of a
// CASE, an aggregate's ORDER BY, and a window's ORDER BY, which decides the row that LAG or ROW_NUMBER is
// about. What only decides which rows exist (WHERE, JOIN … ON, GROUP BY, PARTITION BY) is not part of the
// value. A subquery counts with the columns it returns; EXISTS, which returns none, with all columns that it
// names.

// visit records what n and every node below it define.
func (r *resolver) visit(n goccy.ResolvedNode) {
	r.restrict(n)
	switch n := n.(type) {
	case *goccy.ResolvedTableScan:
		r.tableScan(n)
	case *goccy.ResolvedWithScan:
		for _, entry := range Must(n.WithEntryList()) { // before the query that refers to them
			subquery := Must(entry.WithSubquery())
			r.visit(subquery)
			r.with[Must(entry.WithQueryName())] = columnIDs(subquery)
		}
		r.visit(Must(n.Query()))
		return
	case *goccy.ResolvedWithRefScan:
		r.positional(columnIDs(n), r.with[Must(n.WithQueryName())])
	case *goccy.ResolvedSetOperationScan:
		for _, item := range Must(n.InputItemList()) {
			r.positional(columnIDs(n), ids(Must(item.OutputColumnList())))
		}
	case *goccy.ResolvedArrayScan:
		r.arrayScan(n)
	case *goccy.ResolvedAnalyticFunctionGroup:
		if order := Must(n.OrderBy()); order != nil {
			for _, f := range Must(n.AnalyticFunctionList()) {
				r.derive(Must(f.Column()), r.refs(order)...)
			}
		}
	case *goccy.ResolvedGroupingCall:
		r.derive(Must(n.OutputColumn()), r.refs(Must(n.GroupByColumn()))...)
	case goccy.ResolvedComputedColumnBaseNode:
		r.derive(Must(n.Column()), r.refs(Must(n.Expr()))...)
	case goccy.ResolvedScanNode:
		r.checkScan(n)
	}
	for _, child := range Must(n.GetChildNodes()) {
		r.visit(child)
	}
}

// checkScan accepts the scans that pass on columns of their inputs or define them by computed columns below.
// Where the columns of any other scan come from is not known.
func (r *resolver) checkScan(n goccy.ResolvedScanNode) {
	switch n.(type) {
	case *goccy.ResolvedAggregateScan, *goccy.ResolvedAnalyticScan, *goccy.ResolvedFilterScan,
		*goccy.ResolvedJoinScan, *goccy.ResolvedLimitOffsetScan, *goccy.ResolvedOrderByScan,
		*goccy.ResolvedProjectScan, *goccy.ResolvedSingleRowScan, *goccy.ResolvedSampleScan,
		*goccy.ResolvedRecursiveRefScan: // part of a recursive scan, which is reported itself
	default:
		r.find(n, "%s is not supported: modelc cannot tell where its columns come from",
			strings.TrimPrefix(Must(n.NodeKindString()), "Resolved"))
	}
}

func (r *resolver) tableScan(n *goccy.ResolvedTableScan) {
	source := Must(n.Table())
	table := Must(source.FullName())
	columns, indexes := columnIDs(n), Must(n.ColumnIndexList())
	if len(columns) != len(indexes) {
		Abort(fmt.Errorf("%d columns of table %s are read, but %d are listed", len(columns), table, len(indexes)))
	}
	for i, id := range columns {
		column := Must(Must(source.GetColumn(indexes[i])).Name())
		r.tables[id] = manifest.ColumnRef{Table: table, Column: column}
	}
	r.inputs = append(r.inputs, Input{table, r.pos(n)})
	if start, end, ok := r.span(n); ok {
		text := spelling(r.sql[start:end])
		if array, ok := strings.CutPrefix(text, table+"."); ok {
			r.find(n, "the array's table is not in FROM by itself; write FROM %s AS t, t.%s", table, array)
		} else if text != table {
			r.find(n, "table %s is written %s; names of tables are case-sensitive in BigQuery", table, text)
		}
	}
}

// spelling returns a table's path without quotes, layout and comments.
func spelling(path string) string {
	var b strings.Builder
	for _, token := range Scan(path) {
		b.WriteString(strings.Trim(token.Text, "`"))
	}
	return b.String()
}

func (r *resolver) arrayScan(n *goccy.ResolvedArrayScan) {
	elements := Must(n.ElementColumnList())
	var all []int32
	for i, array := range Must(n.ArrayExprList()) {
		refs := r.refs(array)
		all = append(all, refs...)
		if i < len(elements) {
			r.derive(elements[i], refs...)
		}
	}
	if offset := Must(n.ArrayOffsetColumn()); offset != nil {
		r.derive(Must(offset.Column()), all...)
	}
}

func (r *resolver) derive(column *goccy.ResolvedColumn, from ...int32) {
	id := Must(column.ColumnId())
	r.from[id] = append(r.from[id], from...)
}

func (r *resolver) positional(to, from []int32) {
	if len(to) != len(from) {
		Abort(fmt.Errorf("%d columns are computed from %d, one from one", len(to), len(from)))
	}
	for i := range to {
		r.from[to[i]] = append(r.from[to[i]], from[i])
	}
}

// refs returns the columns that an expression's value is computed from.
func (r *resolver) refs(n goccy.ResolvedNode) []int32 {
	switch n := n.(type) {
	case nil:
		return nil
	case *goccy.ResolvedColumnRef:
		return []int32{Must(Must(n.Column()).ColumnId())}
	case *goccy.ResolvedSubqueryExpr:
		if Must(n.SubqueryType()) != goccy.ResolvedSubqueryExprEnums_SubqueryTypeExists {
			list := columnIDs(Must(n.Subquery()))
			if in := Must(n.InExpr()); in != nil {
				list = append(list, r.refs(in)...)
			}
			return list
		}
	}
	var list []int32
	for _, child := range Must(n.GetChildNodes()) {
		list = append(list, r.refs(child)...)
	}
	return list
}

// lineage returns the table columns that a column is computed from, sorted.
func (r *resolver) lineage(id int32) []manifest.ColumnRef {
	var refs []manifest.ColumnRef
	seen := map[int32]bool{}
	for todo := []int32{id}; len(todo) > 0; {
		id, todo = todo[0], todo[1:]
		if seen[id] {
			continue
		}
		seen[id] = true
		if ref, ok := r.tables[id]; ok && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
		todo = append(todo, r.from[id]...)
	}
	slices.SortFunc(refs, func(a, b manifest.ColumnRef) int { return strings.Compare(a.String(), b.String()) })
	return refs
}

func columnIDs(scan goccy.ResolvedScanNode) []int32 {
	columns, _ := ScanColumns(scan)
	return ids(columns)
}

func ids(columns []*goccy.ResolvedColumn) []int32 {
	list := make([]int32, len(columns))
	for i, c := range columns {
		list[i] = Must(c.ColumnId())
	}
	return list
}
