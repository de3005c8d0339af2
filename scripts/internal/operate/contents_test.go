package operate

import (
	"fmt"
	"testing"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// contents returns, for every table, its number of rows and a sum over them that does not depend on their order. It
// leaves out the columns of freshness that hold the time of a run.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	d, err := duckdb.Open(t.Context(), duckdb.Options{Path: datadir.Dir{Path: dir}.Warehouse()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	query := func(sql string) []map[string]any {
		rows, err := d.Query(t.Context(), sql, nil, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	tables := map[string]string{}
	for _, row := range query(
		`SELECT table_schema || '.' || table_name AS name FROM information_schema.tables WHERE table_schema IN ('raw', 'mart')`) {
		name := row["name"].(string)
		from := name
		if name == "mart.freshness" {
			from = "(SELECT * EXCLUDE (published_at, last_published_at) FROM mart.freshness)"
		}
		sum := query(fmt.Sprintf(
			`SELECT count(*) || ' rows, ' || coalesce(sum(CAST(hash(t) AS HUGEINT)), 0) AS sum FROM %s AS t`, from))
		tables[name] = sum[0]["sum"].(string)
	}
	return tables
}
