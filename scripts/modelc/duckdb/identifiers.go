package duckdb

import (
	"regexp"
	"slices"
	"strings"
)

// reserved are the words that DuckDB takes for a name only in quotes, in some places at least: those of duckdb_keywords()
// that it does not call unreserved.
var reserved = strings.Fields(`
	all analyse analyze and any anti array as asc asof asymmetric at authorization between bigint binary bit boolean
	both by case cast char character check coalesce collate collation column columns concurrently constraint create cross dec
	decimal default deferrable desc describe distinct do else end except exists extract false fetch float for foreign
	freeze from full generated glob group grouping grouping_id having ilike in initially inner inout int integer
	intersect interval into is isnull join lambda lateral leading left like limit map national natural nchar none not
	notnull null nullif numeric offset on only or order out outer overlaps overlay pivot pivot_longer pivot_wider placing
	position positional precision primary qualify real references returning right row select semi setof show similar
	smallint some struct substring summarize symmetric table tablesample then time timestamp to trailing treat trim true
	try_cast union unique unpack unpivot using values varchar variadic verbose when where window with xmlattributes xmlconcat
	xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`)

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// quoteName is a name as DuckDB wants it: in double quotes when it is not plain.
func quoteName(name string) string {
	if plainName.MatchString(name) && !slices.Contains(reserved, strings.ToLower(name)) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
