// Package catalog tells GoogleSQL's analyzer what tables there are, and analyzes statements against them.
//
// It wraps github.com/goccy/go-googlesql: the objects of that library live outside of Go's memory, are freed by
// finalizers and must be made on one goroutine, so a Catalog is used by one goroutine, and hands out what the analyzer
// found only for the time of a call.
package catalog

import (
	"fmt"
	"runtime"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Table is a table that statements may read.
type Table struct {
	Name        string // "raw.medium_stories"
	Grain       partition.Grain
	PartitionBy string // empty: not partitioned
	Schema      schema.Schema
}

// Catalog is the tables known so far, and GoogleSQL's own functions.
type Catalog struct {
	language *googlesql.LanguageOptions
	types    *googlesql.TypeFactory
	root     *googlesql.SimpleCatalog
	spelled  map[string]*googlesql.SimpleTable   // by the path, its parts joined by blanks
	datasets map[string]*googlesql.SimpleCatalog // likewise
	tables   map[string]Table
	keep     []any // what the analyzer's side refers to and Go would otherwise free
}

// New is a catalog with no tables.
func New() (*Catalog, error) {
	if err := googlesql.Init(); err != nil {
		return nil, fmt.Errorf("start GoogleSQL: %w", err)
	}
	language, err := newLanguage()
	if err != nil {
		return nil, fmt.Errorf("GoogleSQL's language options: %w", err)
	}
	types, err := googlesql.NewTypeFactory()
	if err != nil {
		return nil, fmt.Errorf("GoogleSQL's types: %w", err)
	}
	root, err := googlesql.NewSimpleCatalog("rollcall", types)
	if err != nil {
		return nil, fmt.Errorf("GoogleSQL's catalog: %w", err)
	}
	if err := root.AddBuiltinFunctionsAndTypes(&googlesql.BuiltinFunctionOptions{LanguageOptions: language}); err != nil {
		return nil, fmt.Errorf("GoogleSQL's functions: %w", err)
	}
	return &Catalog{
		language: language, types: types, root: root,
		spelled: map[string]*googlesql.SimpleTable{}, datasets: map[string]*googlesql.SimpleCatalog{},
		tables: map[string]Table{},
	}, nil
}

// Add makes a table known as dataset.table, with or without backticks around all of it or its parts.
func (c *Catalog) Add(t Table) error {
	if err := c.add(t); err != nil {
		return fmt.Errorf("catalog: table %s: %w", t.Name, err)
	}
	return nil
}

func (c *Catalog) add(t Table) error {
	columns := make([]Column, len(t.Schema))
	for i, f := range t.Schema {
		typ, err := c.typeOf(f)
		if err != nil {
			return err
		}
		columns[i] = Column{f.Name, typ}
	}
	if err := c.AddColumns(t.Name, columns); err != nil {
		return err
	}
	c.tables[t.Name] = t
	return c.Spell(t.Name, t.Name) // `dataset.table` is one name to the analyzer
}

// Table is the table with the given name.
func (c *Catalog) Table(name string) (Table, bool) {
	t, ok := c.tables[name]
	return t, ok
}

// GoogleSQL is the analyzer's own catalog.
func (c *Catalog) GoogleSQL() googlesql.CatalogNode { return c.root }

// Options are new analyzer options, with the parameters that every statement of a model has: @partition_date and
// @partition_end, DATEs.
func (c *Catalog) Options() (*googlesql.AnalyzerOptions, error) {
	options, err := googlesql.NewAnalyzerOptions(c.language)
	if err != nil {
		return nil, err
	}
	date, err := c.types.GetDate()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"partition_date", "partition_end"} {
		if err := options.AddQueryParameter(name, date); err != nil {
			return nil, err
		}
	}
	scope := googlesql.ParseLocationRecordTypeParseLocationRecordFullNodeScope
	return options, options.SetParseLocationRecordType(scope)
}

// Analyze resolves a statement and gives it to use, which must not keep it. An error of the statement is an *Error.
func (c *Catalog) Analyze(sql string, use func(googlesql.ResolvedStatementNode) error) error {
	options, err := c.Options()
	if err != nil {
		return fmt.Errorf("GoogleSQL's analyzer options: %w", err)
	}
	output, err := googlesql.AnalyzeStatement(sql, options, c.root, c.types)
	if err != nil {
		return parseError(err)
	}
	defer runtime.KeepAlive(output)
	defer runtime.KeepAlive(c) // whose tables the output refers to
	statement, err := output.ResolvedStatement()
	if err != nil {
		return fmt.Errorf("GoogleSQL's result: %w", err)
	}
	return use(statement)
}

// Condition resolves one boolean expression over the given columns and gives it to use, which must not keep it. An error
// of the expression is an *Error.
func (c *Catalog) Condition(sql string, columns schema.Schema, use func(googlesql.ResolvedExprNode) error) error {
	options, err := c.Options()
	if err != nil {
		return fmt.Errorf("GoogleSQL's analyzer options: %w", err)
	}
	for _, f := range columns {
		typ, err := c.typeOf(f)
		if err != nil {
			return err
		}
		if err := options.AddExpressionColumn(f.Name, typ); err != nil {
			return fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	output, err := googlesql.AnalyzeExpression(sql, options, c.root, c.types)
	if err != nil {
		return parseError(err)
	}
	defer runtime.KeepAlive(output)
	defer runtime.KeepAlive(c) // whose tables the output refers to
	expr, err := output.ResolvedExpr()
	if err != nil {
		return fmt.Errorf("GoogleSQL's result: %w", err)
	}
	typ, err := expr.Type()
	if err != nil {
		return fmt.Errorf("GoogleSQL's result: %w", err)
	}
	if isBool, err := typ.IsBool(); err != nil || !isBool {
		return &Error{Message: "the condition is not a BOOL"}
	}
	return use(expr)
}

// Reserved reports whether a word must be quoted to be a name.
func (c *Catalog) Reserved(word string) bool {
	reserved, err := c.language.IsReservedKeyword(word)
	return err == nil && reserved
}
