package warehousetest

import (
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

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
		s.holds(def.Table, "2026-11-20 about 9", "2026-11-20 home 19", "2026-11-21 home 99", "2026-11-22 about 11", "2026-11-22 home 21")
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
