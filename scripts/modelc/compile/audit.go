package compile

import (
	"fmt"
	"strings"

	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
)

// check is one test of a model, with the expression that counts its failures over the staged rows.
type check struct {
	manifest.Check
	failures string
}

// checks returns a model's tests in the order of the audit's columns: that every row lies in the run's
// partition, that the unique key is unique, then the tests of each column, then those of the whole model.
// stage is the name that the audit gives to the staged table.
func checks(h *header.Header, stage string) []check {
	var list []check
	if by := h.PartitionBy; by != "" {
		list = append(list, check{
			manifest.Check{Name: "partition", Column: by, Text: by + " lies in the partition of the run"},
			fmt.Sprintf("COUNTIF(%s IS NULL OR %[1]s < @partition_date OR %[1]s >= @partition_end)", by),
		})
	}
	if len(h.UniqueKey) > 0 {
		list = append(list, unique("unique_key", "", h.UniqueKey, stage))
	}
	for _, column := range h.Columns {
		for _, test := range column.Tests {
			list = append(list, checkOf(test, column.Name, stage))
		}
	}
	for _, test := range h.Tests {
		list = append(list, checkOf(test, "", stage))
	}
	return list
}

func checkOf(t header.Test, column, stage string) check {
	c := check{Check: manifest.Check{Name: string(t.Kind), Column: column}}
	switch t.Kind {
	case header.Unique:
		c = unique(string(t.Kind), column, t.Columns, stage)
	case header.NotNull:
		c.Text = column + " is never null"
		c.failures = fmt.Sprintf("COUNTIF(%s IS NULL)", column)
	case header.AcceptedValues:
		values := strings.Join(t.Values, ", ")
		c.Text = column + " is one of " + values
		c.failures = fmt.Sprintf("COUNTIF(%s NOT IN (%s))", column, values)
	case header.Relationships:
		c.Text = fmt.Sprintf("%s is one of the values of %s in %s", column, t.Field, t.To)
		c.failures = relationship(t, column, stage)
	case header.Expression:
		c.Text = strings.Join(strings.Fields(t.Expression), " ")
		c.failures = fmt.Sprintf("COUNTIF(NOT (%s))", t.Expression)
	}
	if t.Severity == manifest.Warn {
		c.Severity = manifest.Warn
	}
	return c
}

// unique counts the rows beyond the first of each key. NULLs are equal: two rows whose key is NULL are one
// too many.
func unique(name, column string, key []string, stage string) check {
	list := strings.Join(key, ", ")
	text := list + " is unique"
	if len(key) > 1 {
		text = "(" + list + ") is unique"
	}
	return check{
		manifest.Check{Name: name, Column: column, Text: text},
		fmt.Sprintf("COUNT(*) - (SELECT COUNT(*) FROM (SELECT DISTINCT %s FROM %s AS %s))", list, stage, rowAlias),
	}
}

// relationship counts the rows whose value is missing in the other table. Of that table it searches what the model's
// mappings name, because restrict is applied to the audit as well.
func relationship(t header.Test, column, stage string) string {
	return fmt.Sprintf("(SELECT COUNT(*) FROM %s AS %s WHERE %s IS NOT NULL "+
		"AND %[3]s NOT IN (SELECT other.%[4]s FROM %[5]s AS other WHERE other.%[4]s IS NOT NULL))",
		stage, rowAlias, column, t.Field, t.To)
}

// hashPrefix begins the names of the columns that the audit adds to the staged rows. A model's columns cannot
// use it.
const hashPrefix = "sha256"

// rowAlias is the name of a row in the audit. A name that a column could have, such as the table's own name in
// mart.month, would hide that column.
const rowAlias = hashPrefix + "_row"

// hashWords is the number of 32-bit words of a SHA-256.
const hashWords = 8

// hashColumns returns the columns that hashed adds to those of the staged rows.
func hashColumns() schema.Schema {
	columns := schema.Schema{{Name: hashPrefix, Type: schema.String}}
	for word := range hashWords {
		columns = append(columns, schema.Field{Name: fmt.Sprintf("%s_%d", hashPrefix, word), Type: schema.Int64})
	}
	return columns
}

// hashed returns a subquery for FROM: the staged rows with each row's SHA-256, in sha256 as 64 hexadecimal
// digits and in sha256_0 … sha256_7 as eight integers, most significant first. Rows are hashed as JSON, which
// each warehouse writes differently: digests are comparable only within one warehouse.
func hashed(dialect manifest.Dialect, stage string) string {
	hash, integer := "TO_HEX(SHA256(TO_JSON_STRING("+rowAlias+")))", "INT64"
	if dialect == manifest.DuckDB {
		hash, integer = "sha256(CAST(to_json("+rowAlias+") AS VARCHAR))", "BIGINT"
	}
	var b strings.Builder
	b.WriteString("(\n  SELECT\n    *")
	for word := range hashWords {
		fmt.Fprintf(&b, ",\n    CAST(CONCAT('0x', SUBSTR(%s, %d, 8)) AS %s) AS %[1]s_%[4]d",
			hashPrefix, 8*word+1, integer, word)
	}
	fmt.Fprintf(&b, "\n  FROM (SELECT *, %s AS %s FROM %s AS %s)\n)", hash, hashPrefix, stage, rowAlias)
	return b.String()
}

// audit returns the query over the staged table that manifest.Statements describes. Its one row has the
// number of rows, the digest as eight sums, and the failures of each check; all are 0 when there are no rows.
// from is a result of hashed.
func audit(checks []check, from string) string {
	var b strings.Builder
	b.WriteString("SELECT\n  COUNT(*) AS row_count")
	for word := range hashWords {
		fmt.Fprintf(&b, ",\n  IFNULL(SUM(%s_%d), 0) AS digest_%[2]d", hashPrefix, word)
	}
	for i, c := range checks {
		fmt.Fprintf(&b, ",\n  %s AS failures_%d", c.failures, i)
	}
	fmt.Fprintf(&b, "\nFROM %s AS %s", from, rowAlias)
	return b.String()
}
