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
	named := func(in manifest.Input) bool {
		_, name, _ := strings.Cut(in.Table, ".")
		return strings.Contains(sql, name)
	}
	if !slices.ContainsFunc(inputs, named) { // as in most audits; an analysis takes milliseconds
		return restricted{text: sql}, nil
	}
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
		end := path.End
		if hint := path.Parent.Child("Hint"); hint != nil { // which a subquery cannot have
			end = hint.End
		}
		after := fmt.Sprintf(" AS input WHERE %s)", condition)
		if path.Parent.Child("Alias") == nil { // without one, a table is known by its last name
			_, name, _ := strings.Cut(table.Name, ".")
			after += " AS " + quoted(name, catalog)
		}
		r.insert(sql[at:path.Start], "(SELECT * FROM ")
		r.insert(sql[path.Start:end], after)
		at = end
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
	text       string
	insertions []googlesql.Range // of text, in order: what the author did not write
}

// insert appends a part of the statement as it was written, and text that is inserted after it.
func (r *restricted) insert(written, text string) {
	r.text += written
	start := len(r.text)
	r.text += text
	r.insertions = append(r.insertions, googlesql.Range{Start: start, End: len(r.text)})
}

// written returns the place in the statement as it was written of a place in text.
func (r restricted) written(offset int) int {
	longer := 0
	for _, in := range r.insertions {
		if offset < in.Start {
			break
		}
		longer += min(offset, in.End) - in.Start
	}
	return offset - longer
}
