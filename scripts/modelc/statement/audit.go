package statement

import (
	"fmt"
	"strings"

	"example.com/rollcall/shared/manifest"
)

// Audit is the query of one row over the staged table that manifest.Statements describes: the number of rows, the digest
// as eight sums, and the failures of each check. Of no rows, all are 0.
func Audit(checks []Check, stage string) string {
	var b strings.Builder
	b.WriteString("SELECT\n  COUNT(*) AS row_count")
	for word := range 8 {
		fmt.Fprintf(&b, ",\n  IFNULL(SUM(CAST(CONCAT('0x', SUBSTR(row_sha256, %d, 8)) AS INT64)), 0) AS digest_%d", 8*word+1, word)
	}
	for i, c := range checks {
		fmt.Fprintf(&b, ",\n  %s AS failures_%d", c.failures, i)
	}
	fmt.Fprintf(&b, "\nFROM (SELECT *, TO_HEX(SHA256(TO_JSON_STRING(staged))) AS row_sha256 FROM %s AS staged)", stage)
	return b.String()
}

// HashColumn is a column that the audit adds to the staged rows, so that a model cannot have one of that name.
const HashColumn = "row_sha256"

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
	fmt.Fprintf(&b, "WHEN NOT MATCHED BY TARGET THEN\n  INSERT (%s)\n  VALUES (%s)\n", strings.Join(names, ", "), strings.Join(values, ", "))
	fmt.Fprintf(&b, "WHEN NOT MATCHED BY SOURCE AND %s THEN\n  DELETE", inPartition)
	return b.String()
}
