// Package duckdb gives a GoogleSQL statement's meaning in DuckDB's dialect.
package duckdb

// Settings are what a DuckDB session must have set for rewritten statements to mean what they should, by name.
var Settings = map[string]string{
	"TimeZone":           "UTC",
	"default_null_order": "nulls_first_on_asc_last_on_desc",
}
