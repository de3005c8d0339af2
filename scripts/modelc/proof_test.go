package main

import (
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit"
	"example.com/rollcall/scripts/modelc/compile"
	dialect "example.com/rollcall/scripts/modelc/duckdb"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// The views are read on this morning, when a day and a month have just ended.
const morning = "2026-11-01"

var seeds = flag.Uint64("seeds", 2, "number of random sets of tables for which the models are compared with the views")

// Each view of the cases, run over random tables, returns what its query returns from the models. These have run for every
// partition when some partitions of the tables were still missing, and again where one of these arrived late. Rows dated
// before the start of the pipeline change nothing.
func TestModelsReturnWhatTheViewsReturned(t *testing.T) {
	for _, name := range []string{
		"020_fewer_columns", "025_other_columns", "030_stronger_filters", "040_a_chain", "050_current_date",
		"085_habits", "086_spans", "090_a_mart", "095_named_like_a_column",
	} {
		t.Run(name, func(t *testing.T) {
			project := os.DirFS("../..")
			r := reportOn(t, name)
			texts := map[string]string{}
			for _, m := range r.Plan.Models {
				texts[m.Name+".sql"] = m.Text()
			}
			compiled, err := compile.ProjectWith(project, texts)
			if err != nil {
				t.Fatal(err)
			}
			for seed := range *seeds {
				p := newProof(t, project, compiled, rand.New(rand.NewPCG(seed, 0)))
				for _, v := range r.Result.Views {
					p.view(v)
				}
				p.load(r.Plan)
				for _, f := range r.Plan.Placements {
					if f.Model == nil || differs(f.Model) {
						continue
					}
					if diff := cmp.Diff(p.rows("SELECT * FROM "+flat(f.View)), p.rows(p.rewrite(today(f.Query)))); diff != "" {
						t.Errorf("seed %d: %s (-the view +%s):\n%s", seed, f.View.Name, f.Query, diff)
					}
				}
			}
		})
	}
}

// differs reports whether a model documents that it differs from the view.
func differs(m *viewaudit.Model) bool {
	return slices.ContainsFunc(m.Notes, func(n viewaudit.Note) bool { return strings.Contains(n.Text, "asks for the current day") })
}

// proof is a DuckDB with the raw tables, filled, and a table for each view and model.
type proof struct {
	*testing.T
	db       *sql.DB
	catalog  *googlesql.Catalog
	manifest *manifest.Manifest
	random   *rand.Rand
	given    map[string]map[partition.Partition][]string // the rows of the raw tables, as SQL
}

func newProof(t *testing.T, project fs.FS, compiled *manifest.Manifest, random *rand.Rand) *proof {
	t.Helper()
	cat, err := googlesql.New()
	if err != nil {
		t.Fatal(err)
	}
	p := &proof{
		T: t, db: warehousetest.OpenMemory(t, dialect.Settings), catalog: cat, manifest: compiled, random: random,
		given: map[string]map[partition.Partition][]string{},
	}
	p.do("CREATE SCHEMA raw; CREATE SCHEMA mart; CREATE SCHEMA old")
	raw, err := compile.RawTables(project)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range raw {
		p.create(table)
		p.fill(table)
	}
	for _, m := range compiled.Models {
		p.create(googlesql.Table{Name: m.TableName(), Grain: m.Grain, PartitionBy: m.PartitionBy, Schema: m.Schema()})
	}
	return p
}

func (p *proof) do(statement string, args ...any) {
	p.Helper()
	if _, err := p.db.Exec(statement, args...); err != nil {
		p.Fatalf("%v, in:\n%s", err, statement)
	}
}

func (p *proof) create(table googlesql.Table) {
	p.Helper()
	if err := p.catalog.Add(table); err != nil {
		p.Fatal(err)
	}
	var list []string
	for _, f := range table.Schema {
		list = append(list, fmt.Sprintf("%q %s", f.Name, duckdb.ColumnType(f)))
	}
	p.do(fmt.Sprintf("CREATE TABLE %s (%s)", table.Name, strings.Join(list, ", ")))
}

// partitions returns the partitions that have rows: some of September, and the last of October.
func partitions(grain partition.Grain) (list []partition.Partition) {
	if grain == partition.Monthly {
		return []partition.Partition{partition.MustParse("2026-09"), partition.MustParse("2026-10")}
	}
	for _, day := range []string{"2026-09-29", "2026-09-30", "2026-10-01", "2026-10-12"} {
		list = append(list, partition.MustParse(day))
	}
	for day := 25; day <= 31; day++ {
		list = append(list, partition.MustParse(fmt.Sprintf("2026-10-%d", day)))
	}
	return list
}

// fill inserts some rows into each partition of a table, and at least one into the last.
func (p *proof) fill(table googlesql.Table) {
	p.given[table.Name] = map[partition.Partition][]string{}
	all := partitions(table.Grain)
	for i, part := range all {
		n := p.random.IntN(4)
		if i == len(all)-1 {
			n = 1 + p.random.IntN(3)
		}
		if table.Name == "raw.medium_account_days" { // one row a day
			n = min(n, 1)
		}
		for range n {
			p.given[table.Name][part] = append(p.given[table.Name][part], p.row(table, part))
		}
		p.insert(table.Name, p.given[table.Name][part])
	}
}

// row returns a random row of a table's partition.
func (p *proof) row(table googlesql.Table, part partition.Partition) string {
	values := []string{fmt.Sprintf("'%s'", part.Start().Format(time.DateOnly))}
	for _, f := range table.Schema[1:] {
		values = append(values, p.value(f))
	}
	return "(" + strings.Join(values, ", ") + ")"
}

func (p *proof) insert(table string, rows []string) {
	p.Helper()
	if len(rows) > 0 {
		p.do("INSERT INTO " + table + " VALUES " + strings.Join(rows, ", "))
	}
}

var words = map[string][]string{
	"membership": {"MEMBER", "NONMEMBER"}, "state": {"active", "bounced"}, "currency": {"usd", "eur"}, "status": {"available", "pending"},
	"reporting_category": {"charge", "charge_failure", "refund", "payout"}, "visibility": {"PUBLIC", "UNLISTED"},
}

// value returns a random value of a column, as SQL.
func (p *proof) value(f schema.Field) string {
	if f.Mode == schema.Nullable && p.random.IntN(6) == 0 {
		return "NULL"
	}
	if f.Mode == schema.Repeated {
		return "[]"
	}
	day := func() string { return fmt.Sprintf("2026-10-%02d", 1+p.random.IntN(31)) }
	switch f.Type {
	case schema.Int64:
		return fmt.Sprint(p.random.IntN(6) * []int{1, 5000}[p.random.IntN(2)])
	case schema.Numeric, schema.Float64:
		return fmt.Sprint(p.random.IntN(500))
	case schema.Bool:
		return fmt.Sprint(p.random.IntN(2) == 0)
	case schema.Date:
		return "'" + day() + "'"
	case schema.Timestamp:
		return "'" + day() + " 10:00:00+00'"
	case schema.JSON:
		return "'{}'"
	}
	list := words[f.Name]
	if list == nil {
		list = []string{"a", "b", "c"}
	}
	return "'" + list[p.random.IntN(len(list))] + "'"
}

func flat(v *viewaudit.View) string { return "old." + strings.ReplaceAll(v.Name, ".", "__") }

// today replaces calls of the clock with the morning.
func today(sql string) string {
	return strings.NewReplacer(
		"CURRENT_DATE('Europe/London')", "DATE '"+morning+"'", "CURRENT_DATE('America/New_York')", "DATE '"+morning+"'",
		"CURRENT_DATE()", "DATE '"+morning+"'", "CURRENT_DATE", "DATE '"+morning+"'",
		"CURRENT_TIMESTAMP()", "TIMESTAMP '"+morning+" 00:00:00+00'",
	).Replace(sql)
}

// view creates a table of what a view returns on the morning.
func (p *proof) view(v *viewaudit.View) {
	p.Helper()
	text, at := "", 0
	reads := slices.Clone(v.Reads)
	slices.SortFunc(reads, func(a, b viewaudit.Read) int { return a.Path.Start - b.Path.Start })
	for _, in := range reads {
		name := in.Table.Name
		if in.View != nil {
			name = flat(in.View)
		}
		if in.Path.Parent.Child("Alias") == nil {
			name += " AS " + viewaudit.Alias(in.Path.Parent)
		}
		text += v.SQL[at:in.Path.Start] + name
		at = in.Path.End
	}
	text = p.rewrite(today(text + v.SQL[at:]))
	var names []string
	var columns []googlesql.Column
	for _, c := range v.Columns {
		names = append(names, fmt.Sprintf("%q", c.Name))
		columns = append(columns, googlesql.Column{Name: c.Name, Type: c.Type})
	}
	p.do(fmt.Sprintf("CREATE TABLE %s AS SELECT * FROM (%s\n) AS given (%s)", flat(v), text, strings.Join(names, ", ")))
	if err := p.catalog.AddColumns(flat(v), columns); err != nil {
		p.Fatal(err)
	}
}

func (p *proof) rewrite(sql string) string {
	p.Helper()
	text, err := dialect.Rewrite(p.catalog, strings.TrimSuffix(strings.TrimSpace(sql), ";"))
	if err != nil {
		p.Fatalf("%v, in:\n%s", err, sql)
	}
	return text
}

// load loads the raw tables again and runs the models of a plan. Some partitions arrive late, after the models have run.
func (p *proof) load(proposed *viewaudit.Plan) {
	p.Helper()
	arrived, late := map[string][]partition.Partition{}, map[string][]partition.Partition{}
	for _, name := range slices.Sorted(maps.Keys(p.given)) {
		table, _ := p.catalog.Table(name)
		p.do("DELETE FROM " + name)
		p.insert(name, []string{p.row(table, partitions(table.Grain)[0].Add(-1))}) // before the start
		for _, part := range partitions(table.Grain) {
			if p.random.IntN(4) == 0 {
				late[name] = append(late[name], part)
				continue
			}
			p.insert(name, p.given[name][part])
			arrived[name] = append(arrived[name], part)
		}
	}
	p.models(proposed, arrived, arrived)
	for name, list := range late {
		for _, part := range list {
			p.insert(name, p.given[name][part])
		}
		arrived[name] = append(arrived[name], list...)
	}
	p.models(proposed, arrived, late)
}

// models runs the models of a plan for every partition, and a table model for the newest one, that may read one of the
// changed partitions, and adds what it writes to both.
func (p *proof) models(proposed *viewaudit.Plan, arrived, changed map[string][]partition.Partition) {
	p.Helper()
	for _, m := range p.manifest.Models {
		if !slices.ContainsFunc(proposed.Placements, func(f *viewaudit.Placement) bool { return f.Model != nil && f.Model.Name == m.Name }) {
			continue
		}
		all := partitions(m.Grain)
		if m.Materialized == manifest.Table {
			all = all[len(all)-1:]
		}
		for _, part := range all {
			if !reads(m, part, arrived, changed) {
				continue
			}
			if name := m.TableName(); m.Materialized == manifest.Table {
				p.do("DELETE FROM " + name)
			} else {
				p.do(fmt.Sprintf("DELETE FROM %s WHERE %s = '%s'", name, m.PartitionBy, part.Start().Format(time.DateOnly)))
			}
			text := m.SQL[manifest.DuckDB].Stage
			var args []any
			for name, value := range run.Parameters(text, m, part, arrivals(arrived)) {
				args = append(args, sql.Named(name, value.Start()))
			}
			p.do("INSERT INTO "+m.TableName()+" "+text, args...)
			for _, list := range []map[string][]partition.Partition{arrived, changed} {
				if !slices.Contains(list[m.TableName()], part) {
					list[m.TableName()] = append(list[m.TableName()], part)
				}
			}
		}
	}
}

// reads reports whether one of the changed partitions is in a range that a model's partition reads.
func reads(m *manifest.Model, part partition.Partition, arrived, changed map[string][]partition.Partition) bool {
	params := plan.Parameters(m, part, arrivals(arrived))
	return slices.ContainsFunc(m.Inputs, func(in manifest.Input) bool {
		from, until := in.Parameters()
		return slices.ContainsFunc(changed[in.Table], func(p partition.Partition) bool {
			return !p.Start().Before(params[from].Start()) && p.Start().Before(params[until].Start())
		})
	})
}

func arrivals(arrived map[string][]partition.Partition) (list []ledger.Arrival) {
	for table, partitions := range arrived {
		for _, p := range partitions {
			list = append(list, ledger.Arrival{Table: table, Partition: p})
		}
	}
	return list
}

// rows returns the rows of a query, each as text, sorted.
func (p *proof) rows(query string) []string {
	p.Helper()
	result, err := p.db.Query(query)
	if err != nil {
		p.Fatalf("%v, in:\n%s", err, query)
	}
	defer result.Close()
	all, err := warehousetest.Values(result)
	if err != nil {
		p.Fatal(err)
	}
	rows := []string{}
	for _, values := range all {
		rows = append(rows, fmt.Sprint(values...))
	}
	slices.Sort(rows)
	return rows
}
