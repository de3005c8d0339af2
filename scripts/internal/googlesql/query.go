package googlesql

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
)

// Query describes what a query reads and returns.
type Query struct {
	Inputs  []Input // in the order of the text
	Columns []OutputColumn
}

// Input is one place where a query reads a table.
type Input struct {
	Table string
	Pos   diag.Pos
}

// OutputColumn is a column that a query returns.
type OutputColumn struct {
	Name    string
	Type    schema.Type
	Mode    schema.Mode          // NULLABLE or REPEATED
	Lineage []manifest.ColumnRef // the table columns that its value is computed from, sorted
}

// AnalyzeQuery analyzes a model's query. It also checks that the query is one SELECT whose result depends
// only on its inputs and its partition, not on when or in which order it is computed: results are compared by
// digest, so a query that returns other rows for the same inputs would make everything downstream run again
// for nothing.
//
// Findings have no file. If there are any, the Query is nil. The error reports a failure of the analyzer
// itself.
func (c *Catalog) AnalyzeQuery(sql string) (query *Query, findings diag.List, err error) {
	query, findings, err = c.InspectQuery(sql)
	if bad, ok := errors.AsType[*Error](err); ok {
		return nil, diag.List{finding(bad, sql)}, nil
	}
	if err != nil || len(findings) > 0 {
		return nil, findings, err
	}
	return query, nil, nil
}

// InspectQuery does what AnalyzeQuery does, for a query that need not be a model: it returns the Query whatever the
// findings. Columns whose type no table of Rollcall can have are left out. A query that is not valid gives an
// *Error.
func (c *Catalog) InspectQuery(sql string) (query *Query, findings diag.List, err error) {
	err = c.Analyze(sql, func(statement goccy.ResolvedStatementNode) error {
		q, ok := statement.(*goccy.ResolvedQueryStmt)
		if !ok {
			findings.Add("", firstToken(sql), oneSelect)
			return nil
		}
		r := newResolver(sql)
		r.visit(q)
		query, findings = r.query(q), r.findings
		return nil
	})
	return query, findings, err
}

// TableReads returns the tables that a statement reads, by the byte offsets of their names in it. A statement that is
// not valid gives an *Error.
func (c *Catalog) TableReads(sql string) (map[int]string, error) {
	reads := map[int]string{}
	err := c.Analyze(sql, func(statement goccy.ResolvedStatementNode) error {
		noteReads(statement, reads)
		return nil
	})
	return reads, err
}

func noteReads(n goccy.ResolvedNode, reads map[int]string) {
	if scan, ok := n.(*goccy.ResolvedTableScan); ok {
		start, _, ok := Span(scan)
		if !ok {
			Abort(errors.New("the analyzer does not say where a table is read"))
		}
		reads[start] = Must(Must(scan.Table()).FullName())
	}
	for _, child := range Must(n.GetChildNodes()) {
		noteReads(child, reads)
	}
}

// CheckCondition checks a boolean expression over the given columns of one row. Findings have no file, and
// places within the expression.
func (c *Catalog) CheckCondition(sql string, columns schema.Schema) (findings diag.List, err error) {
	if HasComment(sql) {
		findings.Add("", firstToken(sql), "a condition cannot have comments; write it as a comment of the YAML")
		return findings, nil
	}
	err = c.analyzeCondition(sql, columns, func(expr goccy.ResolvedExprNode) {
		r := newResolver(sql)
		r.visit(expr)
		for _, in := range r.inputs {
			r.findings.Add("", in.Pos, "a condition is about one row and cannot read a table, such as %s", in.Table)
		}
		findings = r.findings
	})
	if bad, ok := errors.AsType[*Error](err); ok {
		return diag.List{finding(bad, sql)}, nil
	}
	return findings, err
}

const oneSelect = "a model is one SELECT, optionally with WITH before it"

func finding(e *Error, sql string) diag.Finding {
	f := diag.Finding{Pos: e.Pos, Message: e.Message}
	if f.Pos.Line == 0 {
		f.Pos = firstToken(sql)
	}
	if strings.HasPrefix(f.Message, "Statement not supported") {
		f.Message = oneSelect
	}
	return f
}

// firstToken returns the place where the query begins, after its header.
func firstToken(sql string) diag.Pos {
	if list := Scan(sql); len(list) > 0 {
		return diag.At(sql, list[0].Offset)
	}
	return diag.Pos{Line: 1, Col: 1}
}

// resolver walks a resolved query and records, by the analyzer's column ids, what each column is computed
// from.
type resolver struct {
	sql      string
	tables   map[int32]manifest.ColumnRef // columns of scanned tables
	from     map[int32][]int32            // columns computed from other columns
	with     map[string][]int32           // the columns of each WITH query
	inputs   []Input
	findings diag.List
}

func newResolver(sql string) *resolver {
	return &resolver{
		sql: sql, tables: map[int32]manifest.ColumnRef{}, from: map[int32][]int32{}, with: map[string][]int32{},
	}
}

func (r *resolver) find(n goccy.ResolvedNode, format string, args ...any) {
	r.findings.Add("", r.pos(n), format, args...)
}

// span is Span limited to ranges that lie in the text.
func (r *resolver) span(n goccy.ResolvedNode) (start, end int, ok bool) {
	start, end, ok = Span(n)
	return start, end, ok && 0 <= start && start <= end && end <= len(r.sql)
}

func (r *resolver) pos(n goccy.ResolvedNode) diag.Pos {
	if start, _, ok := r.span(n); ok {
		return diag.At(r.sql, start)
	}
	return firstToken(r.sql)
}

// query collects what the walk has found.
func (r *resolver) query(q *goccy.ResolvedQueryStmt) *Query {
	query := &Query{Inputs: r.inputs}
	for i, output := range Must(q.OutputColumnList()) {
		name, column := Must(output.Name()), Must(output.Column())
		if strings.HasPrefix(name, "$") {
			r.findings.Add("", firstToken(r.sql), "column %d has no name; give it one with AS", i+1)
			continue
		}
		typ, mode, err := fieldType(Must(column.Type()))
		if err != nil {
			r.findings.Add("", firstToken(r.sql), "column %s: %v", name, err)
			continue
		}
		query.Columns = append(query.Columns, OutputColumn{name, typ, mode, r.lineage(Must(column.ColumnId()))})
	}
	slices.SortFunc(query.Inputs, func(a, b Input) int {
		return cmp.Or(a.Pos.Line-b.Pos.Line, a.Pos.Col-b.Pos.Col)
	})
	return query
}

const (
	runTime = "when the query runs"
	user    = "who runs the query"
	chance  = "chance"
)

// unsteady lists the functions whose value depends on something other than their arguments.
var unsteady = map[string]string{
	"current_date": runTime, "current_datetime": runTime, "current_time": runTime, "current_timestamp": runTime,
	"session_user": user, "generate_uuid": chance, "rand": chance,
}

// ordered lists the functions over many rows whose value depends on the order of the rows. It leaves out
// those, like LAG, that GoogleSQL accepts only with an ORDER BY.
var ordered = map[string]bool{"array_agg": true, "array_concat_agg": true, "row_number": true, "string_agg": true}

// restrict reports constructs whose result does not follow from the query's inputs and its partition.
func (r *resolver) restrict(n goccy.ResolvedNode) {
	switch n := n.(type) {
	case *goccy.ResolvedAggregateFunctionCall:
		r.restrictAggregate(n, Must(n.OrderByItemListSize()) > 0, Must(n.HavingModifier()) != nil)
	case *goccy.ResolvedAnalyticFunctionGroup:
		for _, f := range Must(n.AnalyticFunctionList()) {
			if call, ok := Must(f.Expr()).(goccy.ResolvedFunctionCallBaseNode); ok {
				r.restrictAggregate(call, Must(n.OrderBy()) != nil, false)
			}
		}
	case *goccy.ResolvedFunctionCall:
		name := FunctionName(n)
		if what, ok := unsteady[name]; ok {
			r.find(n, "%s depends on %s; a partition's result must follow from its inputs and @partition_date alone",
				strings.ToUpper(name), what)
		}
	case *goccy.ResolvedTableScan:
		if Must(n.ForSystemTimeExpr()) != nil {
			r.find(n, "FOR SYSTEM_TIME AS OF depends on when the query runs; a partition's result must not")
		}
	case *goccy.ResolvedSampleScan:
		r.find(Must(n.Size()), "TABLESAMPLE takes arbitrary rows; every run must return the same rows")
	case *goccy.ResolvedLimitOffsetScan:
		if !Must(Must(n.InputScan()).IsOrdered()) {
			r.find(Must(n.Limit()), "LIMIT without ORDER BY takes arbitrary rows; every run must return the same rows")
		}
	}
}

// restrictAggregate is restrict for a call over many rows, as an aggregate or over a window.
func (r *resolver) restrictAggregate(n goccy.ResolvedFunctionCallBaseNode, inOrder, having bool) {
	name := FunctionName(n)
	switch {
	case ordered[name] && !inOrder:
		r.find(n, "%s without ORDER BY takes the rows in any order; add ORDER BY so that every run returns the "+
			"same value", strings.ToUpper(name))
	case name == "any_value" && !having:
		r.find(n, "ANY_VALUE takes the value of an arbitrary row; use MIN, MAX, or HAVING MAX so that every run "+
			"returns the same value")
	case (name == "sum" || name == "avg") && overFloats(n):
		r.find(n, "%s of FLOAT64 depends on the order of the additions; CAST the values to NUMERIC so that every "+
			"run returns the same value", strings.ToUpper(name))
	}
}

// overFloats reports whether a call's first argument is a FLOAT64.
func overFloats(n goccy.ResolvedFunctionCallBaseNode) bool {
	for _, child := range Must(n.GetChildNodes()) {
		if arg, ok := child.(goccy.ResolvedExprNode); ok {
			return Must(Must(arg.Type()).IsDouble())
		}
	}
	return false
}
