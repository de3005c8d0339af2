package compile

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/manifest"
)

// restrict returns a statement that reads of each input only the partitions that its mappings name. Where the statement
// reads a table, it puts a subquery over the table. The subquery compares the partition column with parameters alone, so
// that BigQuery reads no other partition
// (https://cloud.google.com/bigquery/docs/querying-partitioned-tables#better_performance). An input without a partition
// column is read whole.
//
// The catalog must know the statement's tables. It need not know the new parameters: the statement is analyzed as written.
func restrict(sql string, inputs []manifest.Input, catalog *googlesql.Catalog) (restricted, error) {
	reads, err := catalog.TableReads(sql)
	if err != nil {
		return restricted{}, err
	}
	root, err := googlesql.Parse(sql)
	if err != nil {
		return restricted{}, err
	}
	var paths []*googlesql.Node
	root.Walk(func(n *googlesql.Node) {
		if n.Kind == "PathExpression" && n.Parent.Kind == "TablePathExpression" && reads[n.Start] != "" {
			paths = append(paths, n)
		}
	})
	slices.SortFunc(paths, func(a, b *googlesql.Node) int { return a.Start - b.Start })
	var r restricted
	at := 0
	for _, path := range paths {
		table, _ := catalog.Table(reads[path.Start])
		condition := within(table.PartitionBy, table.Name, inputs)
		if condition == "" {
			continue
		}
		subquery := fmt.Sprintf("(SELECT * FROM %s AS input WHERE %s)", sql[path.Start:path.End], condition)
		if path.Parent.Child("Alias") == nil { // without one, a table is known by its last name
			_, name, _ := strings.Cut(table.Name, ".")
			subquery += " AS " + quoted(name, catalog)
		}
		r.text += sql[at:path.Start] + subquery
		at = path.End
		r.edits = append(r.edits, edit{googlesql.Range{Start: path.Start, End: path.End}, len(subquery)})
	}
	r.text += sql[at:]
	return r, nil
}

// within returns the condition that holds for the rows of the partitions that an input's mappings name; empty if the
// table is not partitioned. A table that no mapping names is the model's own, with the rows of one run.
func within(partitionBy, table string, inputs []manifest.Input) string {
	var ranges []string
	for _, in := range inputs {
		if in.Table != table || partitionBy == "" {
			continue
		}
		from, until := in.Parameters()
		ranges = append(ranges, fmt.Sprintf("input.%[1]s >= @%[2]s AND input.%[1]s < @%[3]s", partitionBy, from, until))
	}
	if len(ranges) > 1 {
		return "(" + strings.Join(ranges, ") OR (") + ")"
	}
	return strings.Join(ranges, "")
}

func quoted(name string, catalog *googlesql.Catalog) string {
	if catalog.Reserved(name) {
		return "`" + name + "`"
	}
	return name
}

// restricted is a statement with its inputs restricted.
type restricted struct {
	text  string
	edits []edit // in order
}

// edit is a range of the statement as it was written, and the length of the text that replaces it.
type edit struct {
	googlesql.Range
	length int
}

// written returns the place in the statement as it was written of a place in text.
func (r restricted) written(offset int) int {
	longer := 0
	for _, e := range r.edits {
		start := e.Start + longer
		if offset < start {
			break
		}
		if offset < start+e.length {
			return e.Start
		}
		longer += e.length - (e.End - e.Start)
	}
	return offset - longer
}
