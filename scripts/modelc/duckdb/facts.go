package duckdb

import (
	"github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql/syntax"
)

// facts are what GoogleSQL's analyzer knows of the statement, by place in its text.
type facts struct {
	types  map[span]string // of expressions, before any implicit cast; of a literal, after it
	tables map[span]table  // what paths in FROM stand for
	// foreign are expressions that look like others and are something else, and what.
	foreign map[span]string
	fields  map[span]bool // expressions that are a field of a STRUCT
}

// A table is a table of the catalog.
type table struct {
	name    string
	columns []string
}

// analyze resolves the statement. What the analyzer coerces by an implicit cast keeps its own type here: only the cast,
// which has no place in the text, has the other.
func analyze(sql string, catalog googlesql.CatalogNode, options *googlesql.AnalyzerOptions) (facts, error) {
	f := facts{types: map[span]string{}, tables: map[span]table{}, foreign: map[span]string{}, fields: map[span]bool{}}
	scope := googlesql.ParseLocationRecordTypeParseLocationRecordFullNodeScope
	if err := options.SetParseLocationRecordType(scope); err != nil {
		return f, err
	}
	types, err := googlesql.NewTypeFactory()
	if err != nil {
		return f, err
	}
	output, err := googlesql.AnalyzeStatement(sql, options, catalog, types)
	if err != nil {
		return f, err
	}
	statement, err := output.ResolvedStatement()
	if err != nil {
		return f, err
	}
	return f, f.add(statement)
}

// add takes in n and everything below it. Of two expressions in one place the outer is the one that the text stands for.
func (f facts) add(n googlesql.ResolvedNode) error {
	location, err := n.GetParseLocationRangeOrNULL()
	if err != nil {
		return err
	}
	if location != nil {
		start, end, err := syntax.Span(location)
		if err != nil {
			return err
		}
		if err := f.note(span{start, end}, n); err != nil {
			return err
		}
	}
	children, err := n.GetChildNodes()
	if err != nil {
		return err
	}
	for _, c := range children {
		if err := f.add(c); err != nil {
			return err
		}
	}
	return nil
}

func (f facts) note(place span, n googlesql.ResolvedNode) error {
	switch n := n.(type) {
	case *googlesql.ResolvedTableScan:
		found, err := n.Table()
		if err != nil {
			return err
		}
		f.tables[place], err = tableOf(found)
		return err
	case *googlesql.ResolvedMakeStruct:
		f.foreign[place] = "a table's row as a value " + unknownReason
	case *googlesql.ResolvedGetStructField:
		f.fields[place] = true
	case *googlesql.ResolvedGetJsonField:
		f.foreign[place] = "a field of JSON: write JSON_VALUE"
	}
	expression, ok := n.(googlesql.ResolvedExprNode)
	if !ok {
		return nil
	}
	if _, ok := f.types[place]; ok {
		return nil
	}
	t, err := expression.Type()
	if err != nil {
		return err
	}
	name, err := t.DebugString(false)
	if name == "DOUBLE" { // GoogleSQL's name for it inside of Google
		name = "FLOAT64"
	}
	f.types[place] = name
	return err
}

func tableOf(found googlesql.TableNode) (table, error) {
	name, err := found.Name()
	if err != nil {
		return table{}, err
	}
	count, err := found.NumColumns()
	if err != nil {
		return table{}, err
	}
	t := table{name: name, columns: make([]string, count)}
	for i := range t.columns {
		column, err := found.GetColumn(int32(i))
		if err != nil {
			return table{}, err
		}
		if t.columns[i], err = column.Name(); err != nil {
			return table{}, err
		}
	}
	return t, nil
}
