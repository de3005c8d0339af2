package coordtest

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Arguments returns the arguments of one of a model's statements in DuckDB, for a test that runs it without a ledger:
// every partition with rows counts as arrived. column returns the partition column of a table; empty if it has none.
func Arguments(
	t *testing.T, db *sql.DB, text string, m *manifest.Model, p partition.Partition, column func(table string) string,
) (args []any) {
	t.Helper()
	var present []ledger.Arrival
	for _, in := range m.Inputs {
		if by := column(in.Table); by != "" {
			present = append(present, arrivals(t, db, in, by)...)
		}
	}
	for name, value := range run.Parameters(text, m, p, present) {
		args = append(args, sql.Named(name, value.Start()))
	}
	return args
}

func arrivals(t *testing.T, db *sql.DB, in manifest.Input, by string) (list []ledger.Arrival) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), fmt.Sprintf("SELECT DISTINCT %q FROM %s WHERE %[1]q IS NOT NULL", by, in.Table))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var day time.Time
		if err := rows.Scan(&day); err != nil {
			t.Fatal(err)
		}
		list = append(list, ledger.Arrival{Table: in.Table, Partition: partition.Of(in.Grain, day)})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
