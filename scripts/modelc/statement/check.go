// Package statement writes the GoogleSQL that surrounds a model's query: the audit of its staged rows, and the merge of
// them into the model's table.
package statement

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Check is one test of a model, with the expression that counts its failures over the staged rows.
type Check struct {
	manifest.Check
	failures string
}

// Checks are a model's tests in the order of the audit's columns: that every row lies in the run's partition and that
// the unique key is unique, of every model that has them, then the header's, column by column, then the whole model's.
// stage is the name that the staged table has in the audit, inputs the model's. Tables of relationships are in cat.
func Checks(h *header.Header, inputs []manifest.Input, cat *catalog.Catalog, stage string) []Check {
	var checks []Check
	if by := h.PartitionBy; by != "" {
		checks = append(checks, Check{
			manifest.Check{Name: "partition", Column: by, Text: by + " lies in the partition of the run"},
			fmt.Sprintf("COUNTIF(%s IS NULL OR %[1]s < @partition_date OR %[1]s >= @partition_end)", by),
		})
	}
	if len(h.UniqueKey) > 0 {
		checks = append(checks, unique("unique_key", "", h.UniqueKey, stage))
	}
	for _, column := range h.Columns {
		for _, test := range column.Tests {
			checks = append(checks, check(test, column.Name, inputs, cat, stage))
		}
	}
	for _, test := range h.Tests {
		checks = append(checks, check(test, "", inputs, cat, stage))
	}
	return checks
}

func check(t header.Test, column string, inputs []manifest.Input, cat *catalog.Catalog, stage string) Check {
	c := Check{Check: manifest.Check{Name: string(t.Kind), Column: column}}
	switch t.Kind {
	case header.Unique:
		return unique(string(t.Kind), column, t.Columns, stage)
	case header.NotNull:
		c.Text = column + " is never null"
		c.failures = fmt.Sprintf("COUNTIF(%s IS NULL)", column)
	case header.AcceptedValues:
		values := strings.Join(t.Values, ", ")
		c.Text = column + " is one of " + values
		c.failures = fmt.Sprintf("COUNTIF(%s NOT IN (%s))", column, values)
	case header.Relationships:
		c.Text = fmt.Sprintf("%s is one of the values of %s in %s", column, t.Field, t.To)
		c.failures = relationship(t, column, inputs, cat, stage)
	case header.Expression:
		c.Text = strings.Join(strings.Fields(t.Expression), " ")
		c.failures = fmt.Sprintf("COUNTIF(NOT (%s))", t.Expression)
	}
	return c
}

// unique counts the rows beyond the first of each key. Nulls count as equal: two rows whose key is null are one too many.
func unique(name, column string, key []string, stage string) Check {
	list := strings.Join(key, ", ")
	text := list + " is unique"
	if len(key) > 1 {
		text = "(" + list + ") is unique"
	}
	return Check{
		manifest.Check{Name: name, Column: column, Text: text},
		fmt.Sprintf("COUNT(*) - (SELECT COUNT(*) FROM (SELECT DISTINCT %s FROM %s))", list, stage),
	}
}

// relationship counts the rows whose value the other table does not have, looking only at the partitions of it that the
// model waits for.
func relationship(t header.Test, column string, inputs []manifest.Input, cat *catalog.Catalog, stage string) string {
	where := t.Field + " IS NOT NULL"
	if to, ok := cat.Table(t.To); ok && to.PartitionBy != "" {
		var covered []string
		for _, in := range inputs {
			if in.Table == t.To {
				covered = append(covered, partitions(to, in))
			}
		}
		slices.Sort(covered)
		where += " AND (" + strings.Join(covered, " OR ") + ")"
	}
	return fmt.Sprintf("(SELECT COUNT(*) FROM %s WHERE %s IS NOT NULL AND %[2]s NOT IN (SELECT %[3]s FROM %[4]s WHERE %[5]s))",
		stage, column, t.Field, t.To, where)
}

// partitions is the condition that holds for the rows of an input's partitions that a mapping names.
func partitions(to catalog.Table, in manifest.Input) string {
	by := to.PartitionBy
	switch in.Mapping {
	case manifest.MonthOf:
		return fmt.Sprintf("%s = DATE_TRUNC(@partition_date, MONTH)", by)
	case manifest.PreviousMonth:
		return fmt.Sprintf("%s = DATE_SUB(DATE_TRUNC(@partition_date, MONTH), INTERVAL 1 MONTH)", by)
	case manifest.LastNDays:
		return fmt.Sprintf("%s > DATE_SUB(@partition_date, INTERVAL %d DAY) AND %[1]s < @partition_end", by, in.N)
	case manifest.Latest:
		ended := "< @partition_end"
		if in.Grain == partition.Monthly {
			ended = "<= DATE_SUB(@partition_end, INTERVAL 1 MONTH)"
		}
		return fmt.Sprintf("%[1]s = (SELECT MAX(%[1]s) FROM %[2]s WHERE %[1]s %[3]s)", by, to.Name, ended)
	default: // same, each_day
		return fmt.Sprintf("%s >= @partition_date AND %[1]s < @partition_end", by)
	}
}

// Manifest is what the manifest tells of the checks.
func Manifest(checks []Check) []manifest.Check {
	list := make([]manifest.Check, len(checks))
	for i, c := range checks {
		list[i] = c.Check
	}
	return list
}
