package compile

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Every statement of every model runs in DuckDB over empty tables, and the audit of no rows is all zeros.
func TestStatementsRunOverEmptyTables(t *testing.T) {
	for name, project := range map[string]fs.FS{
		"the shop":     project(t, folder(t, "testdata/good/shop")),
		"no inputs":    project(t, folder(t, "testdata/good/no_inputs")),
		"named":        project(t, folder(t, "testdata/good/named")),
		"this project": os.DirFS("../../.."),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Project(project)
			if err != nil {
				t.Fatal(err)
			}
			d := open(t, project, m)
			for _, model := range d.Models {
				p := partition.MustParse("2026-11-21")
				if model.Grain == partition.Monthly {
					p = p.Month()
				}
				d.stage(model.Name, p)
				d.do("DELETE FROM staging." + model.Name) // some models give a row though nothing is there
				want := map[string]string{"row_count": "0"}
				for i := range 8 {
					want[fmt.Sprintf("digest_%d", i)] = "0"
				}
				for i := range model.Checks {
					want[fmt.Sprintf("failures_%d", i)] = "0"
				}
				if diff := cmp.Diff(want, d.audit(model.Name, p)); diff != "" {
					t.Errorf("audit of %s (-want +got):\n%s", model.Name, diff)
				}
				if model.Strategy == manifest.Merge {
					d.merge(model.Name, p)
				}
			}
		})
	}
}

func newShop(t *testing.T) *database {
	t.Helper()
	project := project(t, folder(t, "testdata/good/shop"))
	m, err := Project(project)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, project, m)
}

// The digest is the sum of the rows' SHA-256, word by word, in any order of rows.
func TestAuditSumsTheRowsHashes(t *testing.T) {
	d := newShop(t)
	insert := "INSERT INTO staging.item_days VALUES ('2026-11-21', '%s', %d, %s)"
	lines := []string{
		`{"day":"2026-11-21","item":"tea","pieces":2,"takings":7.500000000}`,
		`{"day":"2026-11-21","item":"it's \"é\"","pieces":1,"takings":null}`,
	}
	rows := []string{fmt.Sprintf(insert, "tea", 2, "7.5"), fmt.Sprintf(insert, `it''s "é"`, 1, "NULL")}
	want := map[string]uint64{}
	for _, line := range lines {
		sum := sha256.Sum256([]byte(line))
		for i := range 8 {
			want[fmt.Sprintf("digest_%d", i)] += uint64(binary.BigEndian.Uint32(sum[4*i:]))
		}
	}
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		d.do("DELETE FROM staging.item_days")
		for _, i := range order {
			d.do(rows[i])
		}
		got := d.audit("item_days", partition.MustParse("2026-11-21"))
		for name, sum := range want {
			if got[name] != fmt.Sprint(sum) {
				t.Errorf("%s is %s, want %d", name, got[name], sum)
			}
		}
		if got["row_count"] != "2" {
			t.Errorf("row_count is %s", got["row_count"])
		}
	}
}

// Each kind of check counts the rows that fail it, and no other check counts them.
func TestChecksCountFailures(t *testing.T) {
	project := project(t, folder(t, "testdata/good/shop"))
	m, err := Project(project)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		model, partition string
		setup            []string
		want             map[string]string
	}{
		"sound rows": {"item_days", "2026-11-21", []string{
			"INSERT INTO staging.item_days VALUES ('2026-11-21', 'tea', 2, 7.5), ('2026-11-21', 'milk', 1, NULL)",
		}, map[string]string{}},
		"rows before and after the partition, or of none": {"item_days", "2026-11-21", []string{
			"INSERT INTO staging.item_days VALUES ('2026-11-20', 'a', 1, 1), ('2026-11-22', 'a', 1, 1)",
			"INSERT INTO staging.item_days VALUES (NULL, 'a', 1, 1), ('2026-11-21', 'a', 1, 1)",
		}, map[string]string{"day lies in the partition of the run": "3", "day is never null": "1"}},
		"a month ends before the next begins": {"months", "2026-11", []string{
			"INSERT INTO staging.months VALUES ('2026-11-01', 1, 1, 1), ('2026-11-30', 1, 1, 1), ('2026-12-01', 1, 1, 1)",
		}, map[string]string{"month lies in the partition of the run": "1"}},
		"a key that stands three times, and null twice": {"items", "2026-11-21", []string{
			"INSERT INTO staging.items VALUES ('tea', 1, NULL), ('tea', 2, NULL), ('tea', 3, NULL)",
			"INSERT INTO staging.items VALUES (NULL, 4, NULL), (NULL, 4, NULL)",
			"INSERT INTO mart.item_days VALUES ('2026-11-21', 'tea', 1, 1)",
		}, map[string]string{"item is unique": "3"}},
		"nulls": {"item_days", "2026-11-21", []string{
			"INSERT INTO staging.item_days VALUES ('2026-11-21', NULL, NULL, NULL)",
		}, map[string]string{"item is never null": "1", "pieces is never null": "1"}},
		"a value not accepted; null is not one": {"sales", "2026-11-21", []string{
			"INSERT INTO staging.sales VALUES ('2026-11-21', '1', 'LOST', []), ('2026-11-21', '2', NULL, [])",
			"INSERT INTO staging.sales VALUES ('2026-11-21', '3', 'PAID', ['x'])",
		}, map[string]string{"kind is one of 'PAID', 'GIFT'": "1"}},
		"a false condition; unknown is not false": {"months", "2026-11", []string{
			"INSERT INTO staging.months VALUES ('2026-11-01', -1, 0, 0), ('2026-11-02', NULL, 0, 0), ('2026-11-03', -1, 1, 0)",
		}, map[string]string{"takings >= 0 OR costs > 0": "1"}},
		"relationships look at the partitions that are waited for": {"items", "2026-11-21", []string{
			"INSERT INTO staging.items VALUES ('last day', 1, '2026-10-01'), ('seventh', 1, NULL)",
			"INSERT INTO staging.items VALUES ('eighth', 1, NULL), ('next day', 1, NULL)",
			"INSERT INTO mart.item_days VALUES ('2026-11-21', 'last day', 1, 1), ('2026-11-15', 'seventh', 1, 1)",
			"INSERT INTO mart.item_days VALUES ('2026-11-14', 'eighth', 1, 1), ('2026-11-22', 'next day', 1, 1)",
			"INSERT INTO mart.months VALUES ('2026-10-01', 1, 1, 1), ('2026-12-01', 1, 1, 1)",
			"INSERT INTO raw.books_costs VALUES ('2026-10-01', 'rent', 1), ('2026-11-01', 'rent', 1)",
		}, map[string]string{
			"item is one of the values of item in mart.item_days":    "2",
			"month is one of the values of month in raw.books_costs": "1", // of November only
		}},
		"a relationship to the newest partition, not an older one": {"items", "2026-11-21", []string{
			"INSERT INTO staging.items VALUES ('tea', 1, '2026-11-01')",
			"INSERT INTO mart.item_days VALUES ('2026-11-21', 'tea', 1, 1)",
			"INSERT INTO mart.months VALUES ('2026-10-01', 1, 1, 1), ('2026-09-01', 1, 1, 1)",
			"INSERT INTO raw.books_costs VALUES ('2026-11-01', 'rent', 1)",
		}, map[string]string{"month is one of the values of month in mart.months": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, project, m)
			for _, statement := range c.setup {
				d.do(statement)
			}
			if diff := cmp.Diff(c.want, d.failing(c.model, partition.MustParse(c.partition))); diff != "" {
				t.Errorf("failing checks (-want +got):\n%s", diff)
			}
		})
	}
}

// After the merge, the run's partition equals the staged rows, and no other partition has changed, whether or
// not the key includes the partition's date.
func TestMergeMakesThePartitionEqualTheStagedRows(t *testing.T) {
	d := newShop(t)
	day := partition.MustParse("2026-11-21")
	d.do(`INSERT INTO mart.sales VALUES
		('2026-11-20', 'before', 'PAID', []), ('2026-11-22', 'after', 'PAID', []),
		('2026-11-21', 'kept', 'GIFT', []), ('2026-11-21', 'gone', 'PAID', []), ('2026-11-20', 'moved', 'PAID', [])`)
	d.do(`INSERT INTO staging.sales VALUES
		('2026-11-21', 'kept', 'PAID', ['now']), ('2026-11-21', 'new', 'PAID', []), ('2026-11-21', 'moved', 'PAID', [])`)
	want := []map[string]string{
		{"row": "2026-11-20 before PAID []"},
		{"row": "2026-11-21 kept PAID [now]"},
		{"row": "2026-11-21 moved PAID []"},
		{"row": "2026-11-21 new PAID []"},
		{"row": "2026-11-22 after PAID []"},
	}
	for range 2 { // again, to no effect
		d.merge("sales", day)
		got := d.rows("SELECT concat_ws(' ', day, sale_id, kind, tags) AS row FROM mart.sales ORDER BY day, sale_id")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}

	d.do("INSERT INTO mart.months VALUES ('2026-10-01', 1, 1, 1), ('2026-11-01', 2, 2, 2), ('2026-12-01', 3, 3, 3)")
	d.merge("months", day.Month()) // nothing is staged
	got := d.rows("SELECT CAST(month AS VARCHAR) AS month FROM mart.months ORDER BY month")
	if diff := cmp.Diff([]map[string]string{{"month": "2026-10-01"}, {"month": "2026-12-01"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A table or a row with the name of a column does not hide the column, in any statement around the query.
func TestModelsMayBeNamedLikeTheirColumns(t *testing.T) {
	project := project(t, folder(t, "testdata/good/named"))
	m, err := Project(project)
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, project, m)
	d.do(`INSERT INTO raw.till_sales (day, sale_id, item, pieces, sold_at) VALUES
		('2026-10-31', '1', 'tea', 1, '2026-10-31'), ('2026-11-02', '2', 'tea', 1, '2026-11-02'), ('2026-11-02', '3', 'tea', 1, '2026-11-02'),
		('2026-11-02', '4', 'milk', 1, '2026-11-02'), ('2026-11-03', '5', 'tea', 1, '2026-11-03')`)
	d.do("INSERT INTO raw.books_costs VALUES ('2026-11-01', 'rent', 1)")
	for _, day := range []string{"2026-11-02", "2026-11-03"} {
		d.stage("day", partition.MustParse(day))
		if failing := d.failing("day", partition.MustParse(day)); len(failing) > 0 {
			t.Errorf("day of %s: %v", day, failing)
		}
		d.do("INSERT INTO mart.day FROM staging.day")
	}
	november := partition.MustParse("2026-11")
	d.do("INSERT INTO mart.month VALUES ('2026-10-01', '2026-10-31'), ('2026-11-01', '2026-11-30')")
	d.stage("month", november)
	if failing := d.failing("month", november); len(failing) > 0 {
		t.Errorf("month: %v", failing)
	}
	d.merge("month", november)
	want := []map[string]string{{"row": "2026-10-01 2026-10-31"}, {"row": "2026-11-01 2026-11-02"}}
	if diff := cmp.Diff(want, d.rows("SELECT concat_ws(' ', month, day) AS row FROM mart.month ORDER BY ALL")); diff != "" {
		t.Errorf("mart.month (-want +got):\n%s", diff)
	}
	d.stage("staged", november)
	sound := d.audit("staged", november)
	if sound["row_count"] != "1" || sound["failures_0"] != "0" || sound["failures_1"] != "0" {
		t.Errorf("audit of staged: %v", sound)
	}
	d.do("UPDATE staging.staged SET target = 4, month = '2026-10-01'")
	if other := d.audit("staged", november); other["digest_0"] == sound["digest_0"] || other["failures_1"] != "1" {
		t.Errorf("audit of other rows: %v, before: %v", other, sound)
	}
}
