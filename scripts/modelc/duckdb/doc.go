// Package duckdb gives a GoogleSQL statement's meaning in DuckDB's dialect, so that the models that BigQuery runs can be
// run, as they are, on a laptop.
//
// # The promise
//
// The rewritten statement gives the same columns, types and rows as the one it was made from, or it fails where that one
// fails. What is not known to do so is refused, by name, line and column: the kinds of nodes of the syntax tree, the words
// between them, the functions, the operators, the types and the casts that are rewritten are each listed, and a construct
// that is in no list is an error. Nothing is passed through because DuckDB might understand it.
//
// Where DuckDB takes the same text for something else, the text is made to say what GoogleSQL means: a sum of BIGINTs is
// brought back from HUGEINT, a quotient by zero is an error, CONCAT of a NULL is NULL, weeks begin on Sunday, 1.5 is a
// DOUBLE, ROUND goes by what the double is exactly. All else, layout and comments too, stays as it was written, so that
// the two texts can be read side by side. Only a column without an alias may have another name.
//
// # What it rests on
//
// Types: INT64 is BIGINT, FLOAT64 DOUBLE, NUMERIC DECIMAL(38, 9), STRING VARCHAR, BYTES BLOB, TIMESTAMP TIMESTAMPTZ;
// BOOL, DATE, JSON, ARRAY and STRUCT with named fields go by their own names. DATETIME, TIME, INTERVAL and BIGNUMERIC are
// refused. Parameters keep their names, @day becomes $day.
//
// The session has the Settings. The dialect is DuckDB 1.5's.
//
// The meanings were taken from GoogleSQL's documentation (https://github.com/google/googlesql/tree/master/docs), and the
// results in testdata/queries from its reference implementation.
//
// # Where it may still differ
//
//   - A FLOAT64 that overflows is an infinity in DuckDB, an error in GoogleSQL; and NaN equals itself and is above all
//     other numbers. Rows loaded from JSON hold neither.
//   - ROUND to some decimals gives 0 where GoogleSQL gives -0.
//   - Sums and averages of FLOAT64 depend on the order of the rows in both dialects, and may differ in the last digit.
//   - A product of two NUMERICs beyond 10^20 is an error.
//   - A date or timestamp beyond the years 1 to 9999 is an error in GoogleSQL alone.
//   - UPPER and LOWER turn single characters into single characters: ß stays one.
//   - A string of hexadecimal digits with a sign is not cast but an error.
//   - What GoogleSQL leaves open stays open: the order of rows and elements without ORDER BY or among its equals, ANY_VALUE.
package duckdb

// Settings are what a DuckDB session must have set for rewritten statements to mean what they should, by name. All
// other settings that bear on meaning stay as DuckDB has them by itself.
var Settings = map[string]string{
	"TimeZone":           "UTC",                             // of casts between DATE, TIMESTAMPTZ and text
	"default_null_order": "nulls_first_on_asc_last_on_desc", // as GoogleSQL has it
}
