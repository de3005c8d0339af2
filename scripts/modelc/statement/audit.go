package statement

import (
	"fmt"
	"strings"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
)

// HashPrefix begins the names of the columns that the audit adds to the staged rows; a model's cannot begin so.
const HashPrefix = "sha256"

// words are the 32-bit words of a SHA-256.
const words = 8

// HashColumns are the columns that Hashed adds, beside the staged rows' own.
func HashColumns() schema.Schema {
	columns := schema.Schema{{Name: HashPrefix, Type: schema.String}}
	for word := range words {
		columns = append(columns, schema.Field{Name: fmt.Sprintf("%s_%d", HashPrefix, word), Type: schema.Int64})
	}
	return columns
}

// Hashed are the staged rows with each row's SHA-256, for a FROM: sha256 as 64 hexadecimal digits, and sha256_0 … sha256_7
// as eight integers, most significant first. The row is hashed as JSON, which each warehouse writes in its own way:
// digests are comparable within one warehouse only.
func Hashed(dialect manifest.Dialect, stage string) string {
	hash, integer := "TO_HEX(SHA256(TO_JSON_STRING(staged)))", "INT64"
	if dialect == manifest.DuckDB {
		hash, integer = "sha256(CAST(to_json(staged) AS VARCHAR))", "BIGINT"
	}
	var b strings.Builder
	b.WriteString("(\n  SELECT\n    *")
	for word := range words {
		fmt.Fprintf(&b, ",\n    CAST(CONCAT('0x', SUBSTR(%s, %d, 8)) AS %s) AS %[1]s_%[4]d",
			HashPrefix, 8*word+1, integer, word)
	}
	fmt.Fprintf(&b, "\n  FROM (SELECT *, %s AS %s FROM %s AS staged)\n)", hash, HashPrefix, stage)
	return b.String()
}

// Audit is the query of one row over the staged table that manifest.Statements describes: the number of rows, the digest
// as eight sums, and the failures of each check. Of no rows, all are 0. from are the rows, as Hashed gives them.
func Audit(checks []Check, from string) string {
	var b strings.Builder
	b.WriteString("SELECT\n  COUNT(*) AS row_count")
	for word := range words {
		fmt.Fprintf(&b, ",\n  IFNULL(SUM(%s_%d), 0) AS digest_%[2]d", HashPrefix, word)
	}
	for i, c := range checks {
		fmt.Fprintf(&b, ",\n  %s AS failures_%d", c.failures, i)
	}
	fmt.Fprintf(&b, "\nFROM %s", from)
	return b.String()
}

// Merge is the statement that makes the run's partition of the model's table equal the staged rows: rows are matched by
// the unique key; those of the partition that are no longer staged are deleted.
func Merge(m *manifest.Model, stage string) string {
	var on, set, names, values []string
	keyed := map[string]bool{}
	for _, key := range m.UniqueKey {
		keyed[key] = true
		on = append(on, fmt.Sprintf("target.%s = source.%[1]s", key))
	}
	by := m.PartitionBy
	inPartition := fmt.Sprintf("target.%s >= @partition_date AND target.%[1]s < @partition_end", by)
	if keyed[by] { // a match lies in the run's partition then, so that no other need be read
		on = append(on, inPartition)
	}
	for _, column := range m.Columns {
		names = append(names, column.Name)
		values = append(values, "source."+column.Name)
		if !keyed[column.Name] {
			set = append(set, fmt.Sprintf("%s = source.%[1]s", column.Name))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "MERGE INTO %s AS target\nUSING %s AS source\nON %s\n", m.TableName(), stage, strings.Join(on, " AND "))
	if len(set) > 0 {
		fmt.Fprintf(&b, "WHEN MATCHED THEN\n  UPDATE SET %s\n", strings.Join(set, ", "))
	}
	fmt.Fprintf(&b, "WHEN NOT MATCHED BY TARGET THEN\n  INSERT (%s)\n  VALUES (%s)\n",
		strings.Join(names, ", "), strings.Join(values, ", "))
	fmt.Fprintf(&b, "WHEN NOT MATCHED BY SOURCE AND %s THEN\n  DELETE", inPartition)
	return b.String()
}
