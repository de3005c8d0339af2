// Package analysis finds out what a model's query reads and gives: its input tables, its output columns with their
// types, and of each column the input columns that its value is made from.
//
// It also holds the query to what Rollcall needs of it: one SELECT, whose result depends on its inputs and its partition
// alone, not on when or in which order it happens to be computed. Results are told apart by digest, so a query that
// gives other rows for the same inputs would make everything downstream run again for nothing.
package analysis

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/internal/googlesql/tokens"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
)

// Query is what a model's query reads and gives.
type Query struct {
	Inputs  []Input // in the order of their places in the text
	Columns []Column
}

// Input is one place where a table is read.
type Input struct {
	Table string
	Pos   diag.Pos
}

// Column is one output column.
type Column struct {
	Name    string
	Type    schema.Type
	Mode    schema.Mode // NULLABLE or REPEATED
	Lineage []manifest.ColumnRef
}

// Finding is something that the query may not do, at a place in its text.
type Finding struct {
	Pos     diag.Pos
	Message string
}

// Analyze looks at a query. With findings, the Query is nil. The error is of the analyzer's machinery, not of the query.
func Analyze(cat *catalog.Catalog, sql string) (query *Query, findings []Finding, err error) {
	query, findings, err = Survey(cat, sql)
	if fault, ok := errors.AsType[*catalog.Error](err); ok {
		return nil, []Finding{finding(fault, sql)}, nil
	}
	if err != nil || len(findings) > 0 {
		return nil, findings, err
	}
	return query, nil, nil
}

// Survey is Analyze for a query that is no model: what it reads and gives is told whatever the findings, but for columns
// of types that no table of Rollcall's can have. What GoogleSQL has against the query is a *catalog.Error.
func Survey(cat *catalog.Catalog, sql string) (query *Query, findings []Finding, err error) {
	err = cat.Analyze(sql, func(statement googlesql.ResolvedStatementNode) (err error) {
		defer rescue(&err)
		q, ok := statement.(*googlesql.ResolvedQueryStmt)
		if !ok {
			findings = append(findings, Finding{begin(sql), oneSelect})
			return nil
		}
		r := newResolver(sql)
		r.visit(q)
		query, findings = r.query(q), r.findings
		return nil
	})
	return query, findings, err
}

const oneSelect = "a model is one SELECT, with or without WITH before it"

func finding(e *catalog.Error, sql string) Finding {
	f := Finding{e.Pos, e.Message}
	if f.Pos.Line == 0 {
		f.Pos = begin(sql)
	}
	if strings.HasPrefix(f.Message, "Statement not supported") {
		f.Message = oneSelect
	}
	return f
}

// Condition looks at a boolean expression over the given columns of one row. The places of findings are within it.
func Condition(cat *catalog.Catalog, sql string, columns schema.Schema) (findings []Finding, err error) {
	if tokens.Comments(sql) {
		return []Finding{{begin(sql), "a condition has no comments; write it as a comment of the YAML"}}, nil
	}
	err = cat.Condition(sql, columns, func(expr googlesql.ResolvedExprNode) (err error) {
		defer rescue(&err)
		r := newResolver(sql)
		r.visit(expr)
		findings = r.findings
		for _, in := range r.inputs {
			text := fmt.Sprintf("a condition is of one row, and reads no table, not %s", in.Table)
			findings = append(findings, Finding{in.Pos, text})
		}
		return nil
	})
	if fault, ok := errors.AsType[*catalog.Error](err); ok {
		return []Finding{finding(fault, sql)}, nil
	}
	return findings, err
}

// begin is where the query begins after its header.
func begin(sql string) diag.Pos {
	if list := tokens.Scan(sql); len(list) > 0 {
		return diag.At(sql, list[0].Offset)
	}
	return diag.Pos{Line: 1, Col: 1}
}

// resolver walks a resolved query and remembers, by the analyzer's column numbers, what each column is made from.
type resolver struct {
	sql      string
	tables   map[int32]manifest.ColumnRef // columns of scanned tables
	from     map[int32][]int32            // columns that are made from others
	with     map[string][]int32           // the columns of each WITH query
	inputs   []Input
	findings []Finding
}

func newResolver(sql string) *resolver {
	return &resolver{
		sql: sql, tables: map[int32]manifest.ColumnRef{}, from: map[int32][]int32{}, with: map[string][]int32{},
	}
}

func (r *resolver) find(n googlesql.ResolvedNode, format string, args ...any) {
	r.findings = append(r.findings, Finding{r.pos(n), fmt.Sprintf(format, args...)})
}

// span is a node's byte offsets in the text; false when the analyzer does not tell.
func (r *resolver) span(n googlesql.ResolvedNode) (start, end int, ok bool) {
	location := take(n.GetParseLocationRangeOrNULL())
	if location == nil {
		return 0, 0, false
	}
	start = int(take(take(location.Start()).GetByteOffset()))
	end = int(take(take(location.End()).GetByteOffset()))
	return start, end, 0 <= start && start <= end && end <= len(r.sql)
}

func (r *resolver) pos(n googlesql.ResolvedNode) diag.Pos {
	if start, _, ok := r.span(n); ok {
		return diag.At(r.sql, start)
	}
	return begin(r.sql)
}

// query gathers what the walk found.
func (r *resolver) query(q *googlesql.ResolvedQueryStmt) *Query {
	query := &Query{Inputs: r.inputs}
	for i, output := range take(q.OutputColumnList()) {
		name, column := take(output.Name()), take(output.Column())
		if strings.HasPrefix(name, "$") {
			r.findings = append(r.findings, Finding{begin(r.sql), fmt.Sprintf("column %d has no name; give it one with AS", i+1)})
			continue
		}
		typ, mode, err := catalog.FieldType(take(column.Type()))
		if err != nil {
			r.findings = append(r.findings, Finding{begin(r.sql), fmt.Sprintf("column %s: %v", name, err)})
			continue
		}
		query.Columns = append(query.Columns, Column{name, typ, mode, r.lineage(take(column.ColumnId()))})
	}
	slices.SortFunc(query.Inputs, func(a, b Input) int {
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Col - b.Pos.Col
	})
	return query
}

// lineage are the table columns that column id is made from, sorted.
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

// broken carries an error of the analyzer's machinery up through the walk.
type broken struct{ error }

// take is v, or breaks off the walk.
func take[T any](v T, err error) T {
	if err != nil {
		panic(broken{err})
	}
	return v
}

func rescue(err *error) {
	switch r := recover().(type) {
	case nil:
	case broken:
		*err = fmt.Errorf("read GoogleSQL's result: %w", r.error)
	default:
		panic(r)
	}
}
