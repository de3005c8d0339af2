package compile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// mappingsOf lists the mappings by the grains of the model and of the input.
var mappingsOf = map[[2]partition.Grain][]string{
	{partition.Daily, partition.Daily}:   {"same", "{last_n_days: 2}", "{last_n_days: 9}", "latest", "all"},
	{partition.Daily, partition.Monthly}: {"month_of", "previous_month", "{last_n_months: 3}", "latest", "all"},
	{partition.Monthly, partition.Daily}: {"each_day", "latest", "all"},
	{partition.Monthly, partition.Monthly}: {
		"same", "previous_month", "{last_n_months: 2}", "{last_n_months: 4}", "latest", "all",
	},
}

// queries read a table, {t}, once or several times. All return its partitions.
var queries = []string{
	"SELECT read FROM {t}",
	"SELECT a.read FROM {t} AS a JOIN {t} AS b USING (read)",
	"WITH x AS (SELECT * FROM {t}) SELECT read FROM x UNION DISTINCT SELECT y.read FROM x AS y",
	"SELECT a.read FROM {t} AS a WHERE EXISTS (SELECT 1 FROM {t} AS b WHERE b.read = a.read)",
}

// What a compiled model reads is what its roll call finds present, whatever the mappings are and whatever has
// arrived. The table has rows of other partitions as well, before those that have arrived and after them.
func TestModelsReadWhatTheRollCallFinds(t *testing.T) {
	db := newFilled(t)
	models := map[string]restrictedModel{}
	rapid.Check(t, func(rt *rapid.T) {
		grains := []partition.Grain{partition.Daily, partition.Monthly}
		model, input := rapid.SampledFrom(grains).Draw(rt, "model"), rapid.SampledFrom(grains).Draw(rt, "input")
		possible := mappingsOf[[2]partition.Grain{model, input}]
		mappings := rapid.SliceOfNDistinct(rapid.SampledFrom(possible), 1, 2, rapid.ID).Draw(rt, "mappings")
		table := map[partition.Grain]string{partition.Daily: "mart.days", partition.Monthly: "mart.months"}[input]
		c := reading{
			of:     map[partition.Grain]string{partition.Daily: "2026-01-01", partition.Monthly: "2026-01"}[model],
			inputs: fmt.Sprintf("%s: [%s]", table, strings.Join(mappings, ", ")),
			query:  strings.ReplaceAll(rapid.SampledFrom(queries).Draw(rt, "query"), "{t}", table),
		}
		m, ok := models[c.header()+c.query]
		if !ok {
			m = newRestricted(t, c.header()+c.query)
			models[c.header()+c.query] = m
		}
		m.ledger = ledger.New(&coordtest.Store{}, "test")

		p := partition.MustParse(c.of).Add(rapid.IntRange(0, map[partition.Grain]int{partition.Daily: 45, partition.Monthly: 1}[model]).
			Draw(rt, "partition"))
		all := filledDays
		if input == partition.Monthly {
			all = filledMonths
		}
		arrived := map[partition.Partition]bool{}
		for _, q := range rapid.SliceOf(rapid.SampledFrom(all)).Draw(rt, "arrived") {
			arrived[q] = true
		}
		for _, missing := range m.roll(rt, p).Missing { // the model would wait for them
			arrived[missing.Partition] = true
		}
		for q := range arrived {
			m.arrived(rt, q, table)
		}
		db.setRows(table, all, arrived)

		text := m.model.SQL[manifest.DuckDB].Stage
		var want []string
		for _, a := range m.roll(rt, p).Present {
			want = append(want, textOf(a.Partition))
		}
		var got []string
		for _, row := range db.rows("SELECT DISTINCT read FROM ("+text+")", m.bound(rt, text, p)...) {
			got = append(got, row["read"])
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Fatalf("%s by %s reads %v, and the roll call found %v present, in\n%s", p, c.inputs, got, want, text)
		}
	})
}

// textOf returns what read says of a partition.
func textOf(p partition.Partition) string {
	if p.Grain() == partition.Daily {
		return p.Start().Format("01-02")
	}
	return p.String()
}

// setRows leaves a table with a row for each partition that has arrived, and for those before and after all of them.
func (d *database) setRows(table string, all []partition.Partition, arrived map[partition.Partition]bool) {
	d.t.Helper()
	d.do("DELETE FROM " + table)
	list := slices.SortedFunc(maps.Keys(arrived), partition.Partition.Compare)
	var rows []string
	for _, p := range all {
		between := len(list) > 0 && p.Compare(list[0]) > 0 && p.Compare(list[len(list)-1]) < 0
		if arrived[p] || !between {
			last := p.Add(1).Start().AddDate(0, 0, -1)
			rows = append(rows, fmt.Sprintf("('%s', '%s')", last.Format("2006-01-02"), textOf(p)))
		}
	}
	d.do(fmt.Sprintf("INSERT INTO %s VALUES %s", table, strings.Join(rows, ", ")))
}
