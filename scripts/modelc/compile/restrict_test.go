package compile

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// A model reads the partitions that its mappings name and that the run's roll call has counted, whatever its
// query says. Each table has a row in every partition, from before the pipeline's start to after the model's
// partition, so that one partition too many shows.
func TestModelsReadThePartitionsOfTheirMappings(t *testing.T) {
	db := newFilled(t)
	for _, c := range readings {
		t.Run(c.name, func(t *testing.T) {
			db.t = t
			m := newRestricted(t, c.header()+c.query)
			m.arrive(t, strings.Fields(c.absent)...)
			text := m.model.SQL[manifest.DuckDB].Stage
			arguments := m.bound(t, text, partition.MustParse(c.of))
			var got []string
			for _, row := range db.rows("SELECT read FROM ("+text+") ORDER BY read", arguments...) {
				got = append(got, row["read"])
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, text)
			}
		})
	}
}

// reading is a model with one column, read, and what is in it.
type reading struct {
	name   string
	of     string // the model's partition
	inputs string // of the header
	query  string
	want   string // the values of read, sorted
	absent string // partitions that have not arrived, though the table has rows of them: "mart.days/2026-02-28"
}

func (c reading) header() string {
	grain := partition.MustParse(c.of).Grain()
	return fmt.Sprintf("/*\ndescription: A model.\ngrain: %s\nmaterialized: table\ninputs: {%s}\n"+
		"columns: [{name: read, description: What was read.}]\n*/\n", grain, c.inputs)
}

// The partitions with rows. The pipeline starts on 2026-01-01.
var (
	filledDays   = slices.Collect(partition.Range(partition.MustParse("2025-12-29"), partition.MustParse("2026-03-04")))
	filledMonths = slices.Collect(partition.Range(partition.MustParse("2025-11"), partition.MustParse("2026-04")))
)

// newFilled returns a database in which each table of the models of testdata/restrict has a row in every partition.
// Read is the partition: 02-28 of a day, 2026-02 of a month.
func newFilled(t *testing.T) *database {
	t.Helper()
	shop := project(t, folder(t, "testdata/restrict"))
	m, err := Project(shop)
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, shop, m)
	d.do("CREATE TABLE days (day DATE); CREATE TABLE months (month DATE)")
	for _, day := range filledDays {
		d.do("INSERT INTO days VALUES ($1)", day.Start())
	}
	for _, month := range filledMonths {
		d.do("INSERT INTO months VALUES ($1)", month.Start())
	}
	d.do(`INSERT INTO raw.till_sales (day, sale_id, item, pieces, sold_at, tags)
		SELECT day, strftime(day, '%m-%d'), 'tea', 1, day, ['a', strftime(day, '%d')] FROM days`)
	d.do("INSERT INTO mart.days SELECT day, strftime(day, '%m-%d') FROM days")
	d.do("INSERT INTO raw.books_costs SELECT month, 'rent', 1 FROM months")
	d.do("INSERT INTO mart.months SELECT last_day(month), strftime(month, '%Y-%m') FROM months")
	d.do("INSERT INTO mart.items VALUES ('tea'), ('milk')")
	return d
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// restrictedModel is a model beside those of testdata/restrict, with a ledger and a planner.
type restrictedModel struct {
	model  *manifest.Model
	ledger *ledger.Ledger
	plan   *plan.Planner
}

func newRestricted(t *testing.T, text string) restrictedModel {
	t.Helper()
	shop := project(t, folder(t, "testdata/restrict"))
	m, err := ProjectWith(shop, map[string]string{"m.sql": text})
	if err != nil {
		t.Fatal(err)
	}
	declared, err := pipeline.Parse(shop[PipelineFile].Data)
	if err != nil {
		t.Fatal(err)
	}
	planner, err := plan.New(m, declared)
	if err != nil {
		t.Fatal(err)
	}
	return restrictedModel{m.Model("m"), ledger.New(&coordtest.Store{}, "test"), planner}
}

// arrive records that everything has arrived since the pipeline's start, but for absent.
func (m restrictedModel) arrive(t *testing.T, absent ...string) {
	t.Helper()
	start := partition.MustParse("2026-01-01").Start()
	for _, p := range slices.Concat(filledDays, filledMonths) {
		if p.Start().Before(start) {
			continue
		}
		tables := []string{"raw.books_costs", "mart.months"}
		if p.Grain() == partition.Daily {
			tables = []string{"raw.till_sales", "mart.days", "mart.items"}
		}
		m.arrived(t, p, slices.DeleteFunc(tables, func(table string) bool {
			return slices.Contains(absent, table+"/"+p.String())
		})...)
	}
}

func (m restrictedModel) arrived(t tester, p partition.Partition, tables ...string) {
	t.Helper()
	now := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	e := event.Event{LoadID: "load-" + p.String(), Partition: p}
	for _, table := range tables {
		e.Tables = append(e.Tables, event.Table{Table: table, Digest: coordtest.Digest(table), LoadedAt: now})
	}
	if err := m.ledger.RecordArrivals(context.Background(), e, now); err != nil {
		t.Fatal(err)
	}
}

// roll returns the roll call of one of the model's partitions.
func (m restrictedModel) roll(t tester, p partition.Partition) plan.Roll {
	t.Helper()
	target, v := plan.Target{Model: m.model, Partition: p}, &ledger.View{}
	find := func() []partition.Partition { return m.plan.Unlisted(target, v) }
	if err := m.ledger.ListUntil(context.Background(), v, find); err != nil {
		t.Fatal(err)
	}
	return m.plan.Call(target, v)
}

// bound returns the arguments of one of the model's statements, as a run binds them.
func (m restrictedModel) bound(t tester, text string, p partition.Partition) (args []any) {
	t.Helper()
	roll := m.roll(t, p)
	if len(roll.Missing) > 0 {
		t.Fatalf("%s waits for %v", p, roll.Missing)
	}
	for name, value := range run.Parameters(text, m.model, p, roll.Present) {
		args = append(args, sql.Named(name, value.Start()))
	}
	return args
}
