// Package duckdb gives a GoogleSQL statement's meaning in DuckDB's dialect.
package duckdb

import "github.com/goccy/go-googlesql"

// Rewrite gives the meaning of one GoogleSQL statement (a query or a MERGE) in DuckDB's dialect.
//
// The statement is analyzed against catalog with options, which must declare the statement's parameters. Rewrite sets
// the options' record of parse locations to full node scope, and no rewrites of the tree.
func Rewrite(sql string, catalog googlesql.CatalogNode, options *googlesql.AnalyzerOptions) (string, error) {
	panic("under construction")
}
