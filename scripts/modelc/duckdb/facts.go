package duckdb

import (
	"github.com/goccy/go-googlesql"
)

// facts are what GoogleSQL's analyzer knows of the statement, by place in its text.
type facts struct {
	types map[span]string // of expressions, before any implicit cast; of a literal, after it
	// tables are the column names of the tables, named queries and so on that a path in FROM stands for.
	tables map[span][]string
	rows   map[span]bool // expressions that are a whole row of a table
}

// analyze resolves the statement. What the analyzer coerces by an implicit cast keeps its own type here: only the cast,
// which has no place in the text, has the other.
func analyze(sql string, catalog googlesql.CatalogNode, options *googlesql.AnalyzerOptions) (facts, error) {
	f := facts{types: map[span]string{}, tables: map[span][]string{}, rows: map[span]bool{}}
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
		place, err := spanOf(location)
		if err != nil {
			return err
		}
		if err := f.note(place, n); err != nil {
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
		table, err := n.Table()
		if err != nil {
			return err
		}
		f.tables[place], err = columnsOf(table)
		return err
	case *googlesql.ResolvedMakeStruct:
		f.rows[place] = true
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

func columnsOf(table googlesql.TableNode) ([]string, error) {
	count, err := table.NumColumns()
	if err != nil {
		return nil, err
	}
	columns := make([]string, count)
	for i := range columns {
		column, err := table.GetColumn(int32(i))
		if err != nil {
			return nil, err
		}
		if columns[i], err = column.Name(); err != nil {
			return nil, err
		}
	}
	return columns, nil
}
