package warehousetest

import (
	"encoding/json"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// everything defines a table with a column of each type and mode.
func everything() warehouse.Definition {
	return warehouse.Definition{
		Table:       table("everything"),
		PartitionBy: "day",
		Grain:       partition.Daily,
		Schema: schema.Schema{
			{Name: "day", Type: schema.Date, Mode: schema.Required},
			{Name: "id", Type: schema.Int64, Mode: schema.Required},
			{Name: "text", Type: schema.String, Mode: schema.Nullable},
			{Name: "whole", Type: schema.Int64, Mode: schema.Nullable},
			{Name: "real", Type: schema.Float64, Mode: schema.Nullable},
			{Name: "exact", Type: schema.Numeric, Mode: schema.Nullable},
			{Name: "truth", Type: schema.Bool, Mode: schema.Nullable},
			{Name: "since", Type: schema.Date, Mode: schema.Nullable},
			{Name: "moment", Type: schema.Timestamp, Mode: schema.Nullable},
			{Name: "tree", Type: schema.JSON, Mode: schema.Nullable},
			{Name: "tags", Type: schema.String, Mode: schema.Repeated},
			{Name: "counts", Type: schema.Int64, Mode: schema.Repeated},
		},
	}
}

const everyColumn = "day, id, text, whole, real, exact, truth, since, moment, tree, ARRAY_TO_STRING(tags, '|') AS tags"

var loadCases = []testCase{
	{"replaces its day and no other", func(s *suite) {
		s.ensure(visits())
		for i := -1; i <= 1; i++ {
			p := day.Add(i)
			s.load(visits(), p, visit(p.String(), "about", 1), visit(p.String(), "home", 2))
		}
		s.load(visits(), day, visit("2026-11-21", "home", 9))
		s.holds(visits().Table, "2026-11-20 about 1", "2026-11-20 home 2", "2026-11-21 home 9", "2026-11-22 about 1",
			"2026-11-22 home 2")
	}},
	{"replaces its month and no other", func(s *suite) {
		def := visits()
		def.Grain = partition.Monthly
		s.ensure(def)
		for i := -1; i <= 1; i++ {
			p := month.Add(i)
			s.load(def, p, schema.Row{"day": p, "page": "home", "visits": i})
		}
		s.load(def, month, visit("2026-11-01", "home", 9), visit("2026-11-30", "home", 8))
		s.holds(def.Table, "2026-10-01 home -1", "2026-11-01 home 9", "2026-11-30 home 8", "2026-12-01 home 1")
	}},
	{"without a partition replaces the table", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 1))
		s.load(visits(), partition.Partition{}, visit("2026-11-22", "home", 2), visit("2026-11-23", "home", 3))
		s.holds(visits().Table, "2026-11-22 home 2", "2026-11-23 home 3")
	}},
	{"twice leaves the rows once", func(s *suite) {
		s.ensure(visits())
		uri := s.put(visits(), visit("2026-11-21", "home", 1), visit("2026-11-21", "home", 1))
		s.succeeds(s.loading(visits(), day, uri))
		s.succeeds(s.loading(visits(), day, uri))
		s.holds(visits().Table, "2026-11-21 home 1", "2026-11-21 home 1")
	}},
	{"of several files has all their rows, and counts them", func(s *suite) {
		s.ensure(visits())
		status := s.succeeds(s.loading(visits(), day,
			s.put(visits(), visit("2026-11-21", "about", 1), visit("2026-11-21", "home", 2)),
			s.put(visits(), visit("2026-11-21", "search", 3))))
		s.holds(visits().Table, "2026-11-21 about 1", "2026-11-21 home 2", "2026-11-21 search 3")
		if status.Stats.Rows != 3 {
			s.Errorf("the status counts %d rows, want 3", status.Stats.Rows)
		}
	}},
	{"of no file empties the partition", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 1))
		s.load(visits(), day.Add(1), visit("2026-11-22", "home", 2))
		s.succeeds(s.loading(visits(), day))
		s.holds(visits().Table, "2026-11-22 home 2")
	}},
	{"of a file without rows empties the partition", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 1))
		if status := s.load(visits(), day); status.Stats.Rows != 0 {
			s.Errorf("the status counts %d rows, want 0", status.Stats.Rows)
		}
		s.holds(visits().Table)
	}},
	{"takes the longest row, and the first and the last year", func(s *suite) {
		def := everything()
		s.ensure(def)
		row := schema.Row{"day": day, "id": 1, "text": "", "since": time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
			"moment": time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)}
		line, err := def.Schema.Append(nil, row)
		if err != nil {
			s.Fatal(err)
		}
		row["text"] = strings.Repeat("x", schema.MaxLine-len(line))
		if status := s.load(def, day, row); status.Stats.Rows != 1 {
			s.Errorf("the status counts %d rows, want 1", status.Stats.Rows)
		}
	}},
	{"keeps every type to the digit", func(s *suite) {
		def := everything()
		s.ensure(def)
		s.load(def, day, schema.Row{"day": day, "id": 1,
			"text": "Zoë said \"\u65e9\"\n\ttwice \\ ok", "whole": int64(-9007199254740993), "real": 0.1,
			"exact": "12345678901234567890.123456789", "truth": true,
			"since":  partition.Day(time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)),
			"moment": time.Date(2026, 11, 21, 23, 59, 59, 999999000, time.UTC),
			"tree":   json.RawMessage(`{"b":[1,2.5,null],"a":"x"}`), "tags": []string{"one", "two, three"},
			"counts": []int64{3, 4},
		})
		want := []map[string]any{{"day": day.Start(), "id": int64(1),
			"text": "Zoë said \"\u65e9\"\n\ttwice \\ ok", "whole": int64(-9007199254740993), "real": 0.1,
			"exact": "12345678901234567890.123456789", "truth": true, "since": time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC),
			"moment": time.Date(2026, 11, 21, 23, 59, 59, 999999000, time.UTC),
			"tree":   `{"a":"x","b":[1,2.5,null]}`, "tags": "one|two, three",
		}}
		s.equal(want, s.rows("SELECT "+everyColumn+" FROM raw.everything"))
	}},
	{"keeps nulls, and a list that is missing is empty", func(s *suite) {
		def := everything()
		s.ensure(def)
		s.load(def, day, schema.Row{"day": day, "id": 1})
		want := []map[string]any{{"day": day.Start(), "id": int64(1), "text": nil, "whole": nil, "real": nil, "exact": nil,
			"truth": nil, "since": nil, "moment": nil, "tree": nil, "tags": ""}}
		s.equal(want, s.rows("SELECT "+everyColumn+" FROM raw.everything"))
	}},
	{"with a fault fails whole, and changes nothing", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 1))
		good := s.put(visits(), visit("2026-11-21", "home", 2))
		for _, fault := range badLines {
			s.fails(s.loading(visits(), day, good, s.upload(s.gzip([]byte(fault.line+"\n")))))
			s.holds(visits().Table, "2026-11-21 home 1")
			if s.Failed() {
				s.Fatalf("the fault was %s", fault.name)
			}
		}
	}},
	{"of a file that is cut short fails whole", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 1))
		var lines []byte
		for i := range 5000 {
			lines, _ = visits().Schema.Append(lines, visit("2026-11-21", "home", i*7919))
		}
		whole := s.gzip(lines)
		s.fails(s.loading(visits(), day, s.upload(whole[:len(whole)/2])))
		s.holds(visits().Table, "2026-11-21 home 1")
	}},
	{"of a file that is not there fails, and names it", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 1))
		uri := s.put(visits(), visit("2026-11-21", "home", 2)) + ".gone"
		if failure := s.fails(s.loading(visits(), day, uri)); failure.Reason != "notFound" {
			s.Errorf("want notFound, got %v", failure)
		}
		s.holds(visits().Table, "2026-11-21 home 1")
	}},
	{"into a table that is not there fails", func(s *suite) {
		if failure := s.fails(s.loading(visits(), day,
			s.put(visits(), visit("2026-11-21", "home", 2)))); failure.Reason != "notFound" {
			s.Errorf("want notFound, got %v", failure)
		}
	}},
	{"into a partition that the table cannot have fails", func(s *suite) {
		flat := visits()
		flat.Table, flat.PartitionBy, flat.Grain, flat.ClusterBy = table("flat"), "", "", nil
		s.ensure(visits(), flat)
		s.fails(s.loading(visits(), month, s.put(visits(), visit("2026-11-21", "home", 2))))
		s.fails(s.loading(flat, day, s.put(flat, visit("2026-11-21", "home", 2))))
		s.holds(visits().Table)
		s.holds(flat.Table)
	}},
}

// badLines lists rows that a load of 2026-11-21 must refuse.
var badLines = []struct{ name, line string }{
	{"a row of the day before", `{"day":"2026-11-20","page":"home","visits":1}`},
	{"a row of the day after", `{"day":"2026-11-22","page":"home","visits":1}`},
	{"a value of another type", `{"day":"2026-11-21","page":"home","visits":"many"}`},
	{"a REQUIRED column missing", `{"day":"2026-11-21","visits":1}`},
	{"a REQUIRED column null", `{"day":"2026-11-21","page":null,"visits":1}`},
	{"no partition date", `{"page":"home","visits":1}`},
	{"a day that no calendar has", `{"day":"2026-11-31","page":"home","visits":1}`},
	{"a column that the table lacks", `{"day":"2026-11-21","page":"home","visits":1,"vists":2}`},
	{"JSON that is cut short", `{"day":"2026-11-21","page":"ho`},
	{"no JSON at all", `<html>Sign in</html>`},
	{"no object", `["2026-11-21","home",1]`},
}

var copyCases = []testCase{
	{"replaces its partition and no other", func(s *suite) {
		def := nullable("mart")
		s.ensure(def)
		for i := -1; i <= 1; i++ {
			s.load(def, day.Add(i), visit(day.Add(i).String(), "about", 10+i), visit(day.Add(i).String(), "home", 20+i))
		}
		staged := nullable("staged")
		s.ensure(staged)
		s.load(staged, day, visit("2026-11-21", "home", 99))
		for range 2 {
			s.succeeds(s.copying(staged.Table, def.Table, day))
		}
		s.holds(def.Table, "2026-11-20 about 9", "2026-11-20 home 19", "2026-11-21 home 99", "2026-11-22 about 11",
			"2026-11-22 home 21")
		s.holds(staged.Table, "2026-11-21 home 99")
	}},
	{"of an empty table empties the partition", func(s *suite) {
		def, staged := nullable("mart"), nullable("staged")
		s.ensure(def, staged)
		s.load(def, day, visit("2026-11-21", "home", 1))
		s.load(def, day.Add(1), visit("2026-11-22", "home", 2))
		s.succeeds(s.copying(staged.Table, def.Table, day))
		s.holds(def.Table, "2026-11-22 home 2")
	}},
	{"of a whole table replaces the whole table", func(s *suite) {
		def, staged := nullable("mart"), nullable("staged")
		s.ensure(def, staged)
		s.load(def, day, visit("2026-11-21", "home", 1))
		s.load(staged, day.Add(1), visit("2026-11-22", "home", 2))
		s.load(staged, day.Add(2), visit("2026-11-23", "home", 3))
		s.succeeds(s.copying(staged.Table, def.Table, partition.Partition{}))
		s.holds(def.Table, "2026-11-22 home 2", "2026-11-23 home 3")
	}},
	{"of what a query made goes into a table with the same columns", func(s *suite) {
		s.threeDays()
		mart, staged := nullable("mart"), nullable("staged")
		s.ensure(mart)
		s.succeeds(s.selecting("SELECT visits, page, day FROM raw.visits WHERE day = @partition_date", day, &staged))
		s.succeeds(s.copying(staged.Table, mart.Table, day))
		s.holds(mart.Table, "2026-11-21 about 10", "2026-11-21 home 20")
	}},
	{"of a partition takes no row of another", func(s *suite) {
		def, staged := nullable("mart"), nullable("staged")
		s.ensure(def, staged)
		s.load(def, day, visit("2026-11-21", "home", 1))
		s.load(staged, day, visit("2026-11-21", "home", 3))
		s.load(staged, day.Add(1), visit("2026-11-22", "home", 2))
		s.succeeds(s.copying(staged.Table, def.Table, day))
		s.holds(def.Table, "2026-11-21 home 3")
	}},
	{"of a month takes all its days", func(s *suite) {
		def, staged := nullable("mart"), nullable("staged")
		def.Grain, staged.Grain = partition.Monthly, partition.Monthly
		s.ensure(def, staged)
		s.load(def, month.Add(-1), visit("2026-10-31", "home", 1))
		s.load(staged, month, visit("2026-11-01", "home", 2), visit("2026-11-30", "home", 3))
		s.succeeds(s.copying(staged.Table, def.Table, month))
		s.holds(def.Table, "2026-10-31 home 1", "2026-11-01 home 2", "2026-11-30 home 3")
	}},
	{"between tables that are partitioned in other ways fails, and changes nothing", func(s *suite) {
		def, flat, monthly := nullable("mart"), nullable("flat"), nullable("monthly")
		flat.PartitionBy, flat.Grain, flat.ClusterBy = "", "", nil
		monthly.Grain = partition.Monthly
		s.ensure(def, flat, monthly)
		s.load(def, day, visit("2026-11-21", "home", 1))
		for _, from := range []warehouse.Table{flat.Table, monthly.Table} {
			s.fails(s.copying(from, def.Table, day))
			s.fails(s.copying(from, def.Table, partition.Partition{}))
			s.holds(def.Table, "2026-11-21 home 1")
		}
	}},
	{"between tables of different columns fails, and changes nothing", func(s *suite) {
		def, narrow := nullable("mart"), nullable("narrow")
		narrow.Schema = narrow.Schema[:2]
		s.ensure(def, narrow)
		s.load(def, day, visit("2026-11-21", "home", 1))
		s.fails(s.copying(narrow.Table, def.Table, day))
		s.holds(def.Table, "2026-11-21 home 1")
	}},
	{"goes into a table that got a column later", func(s *suite) {
		def, staged := nullable("mart"), nullable("staged")
		s.ensure(def)
		s.load(def, day.Add(-1), visit("2026-11-20", "home", 1))
		country := schema.Field{Name: "country", Type: schema.String, Mode: schema.Nullable}
		def.Schema = schema.Schema{def.Schema[0], country, def.Schema[1], def.Schema[2]}
		staged.Schema = def.Schema
		s.ensure(def, staged)
		row := visit("2026-11-21", "home", 2)
		row["country"] = "GB"
		s.load(staged, day, row)
		s.succeeds(s.copying(staged.Table, def.Table, day))
		s.holds(def.Table, "2026-11-20 home 1", "2026-11-21 home 2")
	}},
	{"from or into a table that is not there fails", func(s *suite) {
		s.ensure(nullable("mart"))
		for _, t := range [][2]warehouse.Table{{table("none"), table("mart")}, {table("mart"), table("none")}} {
			if reason := s.fails(s.copying(t[0], t[1], day)).Reason; reason != "notFound" {
				s.Errorf("want notFound, got %s", reason)
			}
		}
	}},
}
