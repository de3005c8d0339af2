package compile

import (
	"fmt"
	"os"
	"strings"
	"testing"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
)

// pruned collects where a statement reads tables: by table, the texts of the filters right above.
type pruned map[string][]string

// note walks the analyzer's tree. A filter that is not about a column and parameters alone gives what else it has.
func (p pruned) note(n goccy.ResolvedNode, filter string) {
	if scan, ok := n.(*goccy.ResolvedTableScan); ok {
		table := googlesql.Must(googlesql.Must(scan.Table()).FullName())
		p[table] = append(p[table], filter)
	}
	filter = ""
	if scan, ok := n.(*goccy.ResolvedFilterScan); ok {
		expr := googlesql.Must(scan.FilterExpr())
		filter = text(expr)
		p.note(googlesql.Must(scan.InputScan()), filter)
		p.note(expr, "") // its subqueries
		return
	}
	for _, child := range googlesql.Must(n.GetChildNodes()) {
		p.note(child, filter)
	}
}

// text writes a filter of comparisons as its parts: "day >= @from and day < @until".
func text(n goccy.ResolvedExprNode) string {
	switch n := n.(type) {
	case *goccy.ResolvedColumnRef:
		return googlesql.Must(googlesql.Must(n.Column()).Name())
	case *goccy.ResolvedParameter:
		return "@" + googlesql.Must(n.Name())
	case *goccy.ResolvedFunctionCall:
		arguments := googlesql.Must(n.ArgumentList())
		symbols := map[string]string{"$greater_or_equal": ">=", "$less": "<", "$and": "and", "$or": "or"}
		symbol, ok := symbols[googlesql.FunctionName(n)]
		if !ok {
			return googlesql.FunctionName(n) + "(…)"
		}
		whole := text(arguments[0])
		for _, a := range arguments[1:] {
			whole += " " + symbol + " " + text(a)
		}
		return whole
	}
	return fmt.Sprintf("%T", n)
}

// BigQuery prunes partitions where the partition column itself is compared with parameters: no function around it, and no
// subquery. The analyzer's tree of each statement shows that every read of an input has exactly this filter.
func TestStatementsOfTheShippedModelsPrunePartitions(t *testing.T) {
	cat, err := googlesql.New()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := RawTables(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	partitionBy := map[string]string{}
	add := func(table googlesql.Table) {
		t.Helper()
		if err := cat.Add(table); err != nil {
			t.Fatal(err)
		}
		partitionBy[table.Name] = table.PartitionBy
	}
	for _, table := range raw {
		add(table)
	}
	for _, m := range models.Load(manifest.BigQuery).Models {
		r := sent(t, m, 1)
		staged := r.jobs["stage"].Query.Destination
		add(googlesql.Table{Name: staged.Table.String(), Schema: staged.Schema})
		for _, step := range []string{"stage", "audit"} {
			q := r.jobs[step].Query
			for name := range q.Params {
				cat.AddParameter(name, schema.Date)
			}
			reads := pruned{}
			if err := cat.Analyze(q.SQL, func(s goccy.ResolvedStatementNode) error { reads.note(s, ""); return nil }); err != nil {
				t.Fatalf("%s of %s: %v", step, m.Name, err)
			}
			for table, filters := range reads {
				if table == staged.Table.String() {
					continue
				}
				var want []string // the parts of the filter, in the header's order
				for _, in := range m.Inputs {
					if in.Table == table {
						from, until := in.Parameters()
						want = append(want, fmt.Sprintf("%[1]s >= @%[2]s and %[1]s < @%[3]s", partitionBy[table], from, until))
					}
				}
				for _, filter := range filters {
					if filter != strings.Join(want, " or ") {
						t.Errorf("%s of %s reads %s where %q, want %q", step, m.Name, table, filter, want)
					}
				}
			}
			if step == "stage" {
				for _, in := range m.Inputs {
					if len(reads[in.Table]) == 0 {
						t.Errorf("%s does not read %s, or the tree does not show it", m.Name, in.Table)
					}
				}
			}
		}
		add(googlesql.Table{Name: m.TableName(), Schema: m.Schema(), PartitionBy: m.PartitionBy})
	}
}
