package warehousetest

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

var tableCases = []testCase{
	{"is made once, and left alone the second time", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 3))
		s.ensure(visits())
		s.holds(visits().Table, "2026-11-21 home 3")
	}},
	{"gets the nullable column that it lacks, null in older rows", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 3))
		wider := visits()
		wider.Schema = append(wider.Schema, schema.Field{Name: "country", Type: schema.String, Mode: schema.Nullable,
			Description: "Where."})
		s.ensure(wider, wider)
		row := visit("2026-11-22", "home", 4)
		row["country"] = "GB"
		s.load(wider, day.Add(1), row)
		got := s.rows("SELECT country FROM raw.visits ORDER BY day")
		if len(got) != 2 || got[0]["country"] != nil || got[1]["country"] != "GB" {
			s.Errorf("country is %v, want null and GB", got)
		}
	}},
	{"may keep a nullable column that its definition lacks, null in rows that are loaded without it", func(s *suite) {
		wider, older := newerAndOlder()
		s.ensure(wider)
		for i := range 2 {
			row := visit(day.Add(i).String(), "home", 3)
			row["country"] = "GB"
			s.load(wider, day.Add(i), row)
		}
		s.ensure(older, older)
		s.load(older, day, visit("2026-11-21", "home", 4))
		s.ensure(wider)
		s.equal([]map[string]any{{"visits": int64(4), "country": nil}, {"visits": int64(3), "country": "GB"}},
			s.rows("SELECT visits, country FROM raw.visits ORDER BY day"))
	}},
	{"keeps that column when it is loaded as a whole", func(s *suite) {
		wider, older := newerAndOlder()
		s.ensure(wider, older)
		s.load(older, partition.Partition{}, visit("2026-11-21", "home", 5))
		s.ensure(wider)
		s.equal([]map[string]any{{"visits": int64(5), "country": nil}}, s.rows("SELECT visits, country FROM raw.visits"))
	}},
	{"may not keep a REQUIRED column that its definition lacks", func(s *suite) {
		s.ensure(visits())
		older := visits()
		older.Schema = schema.Schema{older.Schema[0], older.Schema[2]}
		older.AllowExtra = true
		if err := s.Driver.EnsureTable(s.ctx, older); !errors.Is(err, warehouse.ErrSchemaDrift) ||
			!strings.Contains(err.Error(), "page") {
			s.Errorf("want ErrSchemaDrift naming page, got: %v", err)
		}
	}},
	{"takes a new column anywhere in its definition", func(s *suite) {
		s.ensure(visits())
		wider := visits()
		f := schema.Field{Name: "country", Type: schema.String, Mode: schema.Nullable, Description: "Where."}
		wider.Schema = schema.Schema{wider.Schema[0], f, wider.Schema[1], wider.Schema[2]}
		s.ensure(wider, wider)
		s.load(wider, day, visit("2026-11-21", "home", 3))
		s.holds(visits().Table, "2026-11-21 home 3")
	}},
	{"keeps its rows and columns when its definition drifts", func(s *suite) {
		s.ensure(visits())
		s.load(visits(), day, visit("2026-11-21", "home", 3))
		for _, drift := range drifts {
			def := visits()
			drift.change(&def)
			err := s.Driver.EnsureTable(s.ctx, def)
			if !errors.Is(err, warehouse.ErrSchemaDrift) || !strings.Contains(err.Error(), drift.names) {
				s.Errorf("%s: want ErrSchemaDrift naming %s, got: %v", drift.name, drift.names, err)
			}
		}
		s.ensure(visits())
		s.holds(visits().Table, "2026-11-21 home 3")
	}},
	{"without partitions may have a grain in its definition, that of its model", func(s *suite) {
		def := visits()
		def.PartitionBy = ""
		s.ensure(def, def)
	}},
	{"is made by one of ten at once", func(s *suite) {
		var g errgroup.Group
		for range 10 {
			g.Go(func() error { return s.Driver.EnsureTable(s.ctx, visits()) })
		}
		if err := g.Wait(); err != nil {
			s.Fatal(err)
		}
		wider := visits()
		for _, name := range []string{"country", "city", "device"} {
			wider.Schema = append(wider.Schema, schema.Field{Name: name, Type: schema.String, Mode: schema.Nullable})
		}
		for range 10 {
			g.Go(func() error { return s.Driver.EnsureTable(s.ctx, wider) })
		}
		if err := g.Wait(); err != nil {
			s.Fatal(err)
		}
		s.rows("SELECT country, city, device FROM raw.visits")
	}},
	{"has rows in the partitions that were loaded with some", func(s *suite) {
		has := func(def warehouse.Definition, p partition.Partition, want bool) {
			s.Helper()
			if got, err := s.Driver.HasRows(s.ctx, def.Table, p); got != want || err != nil {
				s.Errorf("%s %s: has rows: %v, %v", def.Table, p, got, err)
			}
		}
		has(visits(), day, false) // there is no table
		months := visits()
		months.Table, months.Grain = table("months"), partition.Monthly
		s.ensure(visits(), months)
		has(visits(), day, false)
		s.load(visits(), day.Add(-1), visit("2026-11-20", "home", 3))
		s.load(visits(), day.Add(1), visit("2026-11-22", "home", 3), visit("2026-11-22", "about", 4))
		s.load(months, month, visit("2026-11-21", "home", 3))
		has(visits(), day, false)
		has(visits(), day.Add(-1), true)
		has(visits(), day.Add(1), true)
		has(months, month, true)
		has(months, month.Add(-1), false)
		s.load(visits(), day.Add(1))
		has(visits(), day.Add(1), false)
	}},
	{"is listed with the time of its creation", func(s *suite) {
		list := func(dataset string) map[string]time.Time {
			s.Helper()
			tables, err := s.Driver.Tables(s.ctx, dataset)
			if err != nil {
				s.Fatal(err)
			}
			return tables
		}
		if got := list("raw"); len(got) > 0 {
			s.Errorf("an empty dataset has %v", got)
		}
		var last time.Time
		for _, name := range []string{"visits", "first", "second", "third"} {
			def := visits()
			def.Table = table(name)
			s.ensure(def)
			at := list("raw")[name]
			before := s.load(def, day, visit("2026-11-21", "home", 3)).Ended
			if !at.After(last) || at.After(before) {
				s.Errorf("%s was created at %s, after a job that ended at %s and before one at %s", name, at, last, before)
			}
			wider := def
			wider.Schema = append(wider.Schema[:3:3], schema.Field{Name: "country", Type: schema.String, Mode: schema.Nullable})
			s.ensure(wider)
			last = s.load(wider, day).Ended
			if again := list("raw")[name]; !again.Equal(at) {
				s.Errorf("%s was created at %s, and after a load at %s", name, at, again)
			}
		}
		if got := list("raw"); len(got) != 4 {
			s.Errorf("raw has %v", got)
		}
		if got := list("nowhere"); len(got) > 0 {
			s.Errorf("a dataset that does not exist has %v", got)
		}
	}},
	{"is made with every type and mode", func(s *suite) {
		s.ensure(everything(), everything())
	}},
}

// newerAndOlder returns visits as two releases define it: the newer has a nullable column more.
func newerAndOlder() (newer, older warehouse.Definition) {
	newer, older = visits(), visits()
	newer.Schema = append(newer.Schema, schema.Field{Name: "country", Type: schema.String, Mode: schema.Nullable,
		Description: "Where."})
	older.AllowExtra = true
	return newer, older
}

// drifts lists differences that EnsureTable must refuse; the error names what differs.
var drifts = []struct {
	name, names string
	change      func(*warehouse.Definition)
}{
	{"another type", "visits", func(d *warehouse.Definition) { d.Schema[2].Type = schema.String }},
	{"another mode", "visits", func(d *warehouse.Definition) { d.Schema[2].Mode = schema.Required }},
	{"a column less", "visits", func(d *warehouse.Definition) { d.Schema = d.Schema[:2] }},
	{"a new REQUIRED column", "country", func(d *warehouse.Definition) {
		d.Schema = append(d.Schema, schema.Field{Name: "country", Type: schema.String, Mode: schema.Required})
	}},
	{"a new column beside a changed one", "visits", func(d *warehouse.Definition) {
		d.Schema[2].Type = schema.Float64
		d.Schema = append(d.Schema, schema.Field{Name: "country", Type: schema.String, Mode: schema.Nullable})
	}},
	{"other partitions", "monthly", func(d *warehouse.Definition) { d.Grain = partition.Monthly }},
	{"no partitions", "partitioned", func(d *warehouse.Definition) { d.PartitionBy, d.Grain = "", "" }},
}
