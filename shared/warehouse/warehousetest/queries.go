package warehousetest

import (
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

const merge = `MERGE INTO raw.visits AS t USING raw.staged AS s ON t.day = s.day AND t.page = s.page
WHEN MATCHED THEN UPDATE SET visits = s.visits
WHEN NOT MATCHED THEN INSERT (day, page, visits) VALUES (s.day, s.page, s.visits)
WHEN NOT MATCHED BY SOURCE AND t.day = @partition_date THEN DELETE`

// threeDays loads visits of home and about for three days.
func (s *suite) threeDays() {
	s.Helper()
	s.ensure(visits())
	for i := -1; i <= 1; i++ {
		p := day.Add(i)
		s.load(visits(), p, visit(p.String(), "about", 10+i), visit(p.String(), "home", 20+i))
	}
}

var queryCases = []testCase{
	{"gives its rows, by column, in the order asked for", func(s *suite) {
		s.threeDays()
		job := s.statement("SELECT page, SUM(visits) AS visits, COUNT(*) AS days, AVG(visits) AS mean, MAX(day) AS newest, " +
			"COUNT(*) > 2 AS often, CAST(NULL AS STRING) AS nothing FROM raw.visits GROUP BY page ORDER BY page DESC")
		status := s.succeeds(job)
		if status.Stats.Rows != 0 && status.Stats.Rows != 2 {
			s.Errorf("the status counts %d rows written", status.Stats.Rows)
		}
		got, err := s.Driver.Rows(s.ctx, job.ID, 10)
		if err != nil {
			s.Fatal(err)
		}
		newest := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		want := []map[string]any{
			{"page": "home", "visits": int64(60), "days": int64(3), "mean": 20.0, "newest": newest, "often": true,
				"nothing": nil},
			{"page": "about", "visits": int64(30), "days": int64(3), "mean": 10.0, "newest": newest, "often": true,
				"nothing": nil},
		}
		s.equal(want, got)
		if got, err := s.Driver.Rows(s.ctx, job.ID, 1); err != nil || len(got) != 1 || got[0]["page"] != "home" {
			s.Errorf("at most one row: got %v, %v", got, err)
		}
	}},
	{"without rows gives none", func(s *suite) {
		s.ensure(visits())
		if got := s.rows("SELECT page FROM raw.visits"); len(got) != 0 {
			s.Errorf("got %v", got)
		}
	}},
	{"takes its parameters as dates", func(s *suite) {
		s.threeDays()
		got := s.results(s.selecting("SELECT page, day = @partition_date AS same FROM raw.visits "+
			"WHERE day >= @partition_date AND day < @partition_end ORDER BY page", day, nil))
		s.equal([]map[string]any{{"page": "about", "same": true}, {"page": "home", "same": true}}, got)
	}},
	{"gives a parameter back as the date that it is, a month as its first day", func(s *suite) {
		got := s.results(s.selecting("SELECT @partition_end AS e, @partition_date AS d", month, nil))
		s.equal([]map[string]any{{"d": month.Start(), "e": month.End()}}, got)
	}},
	{"may leave a parameter unused, and fails without one that it uses", func(s *suite) {
		s.succeeds(s.selecting("SELECT @partition_end AS e", day, nil))
		s.fails(s.selecting("SELECT @partition_end AS e, @partition_start AS s", day, nil))
	}},
	{"makes its destination, and replaces it", func(s *suite) {
		s.threeDays()
		for _, p := range []partition.Partition{day, day.Add(1)} {
			def := nullable("staged")
			status := s.succeeds(s.selecting("SELECT day, page, visits FROM raw.visits WHERE day = @partition_date", p, &def))
			if status.Stats.Rows != 2 {
				s.Errorf("the status counts %d rows written, want 2", status.Stats.Rows)
			}
		}
		s.holds(table("staged"), "2026-11-22 about 11", "2026-11-22 home 21")
	}},
	{"whose destination has other columns than it gives fails, and changes nothing", func(s *suite) {
		s.threeDays()
		for _, text := range []string{
			"SELECT day, page FROM raw.visits",
			"SELECT day, page, visits, 1 AS more FROM raw.visits",
			"SELECT day, page, visits AS visit FROM raw.visits",
		} {
			def := nullable("staged")
			s.fails(s.selecting(text, day, &def))
			if failure := s.fails(s.statement("SELECT * FROM raw.staged")); failure.Reason != "notFound" {
				s.Errorf("%s: the destination was made", text)
			}
		}
	}},
	{"that is wrong fails for good", func(s *suite) {
		s.ensure(visits())
		for text, reason := range map[string]string{
			"SELEC page FROM raw.visits":                         "invalidQuery",
			"SELECT pages FROM raw.visits":                       "invalidQuery",
			"SELECT page FROM raw.visitors":                      "notFound",
			"SELECT NO_SUCH_FUNCTION(page) AS p FROM raw.visits": "invalidQuery",
		} {
			if failure := s.fails(s.statement(text)); failure.Reason != reason {
				s.Errorf("%s: want %s, got %v", text, reason, failure)
			}
		}
	}},
	{"that fails leaves its destination as it was", func(s *suite) {
		s.threeDays()
		def := nullable("staged")
		s.succeeds(s.selecting("SELECT day, page, visits FROM raw.visits WHERE day = @partition_date", day, &def))
		s.fails(s.selecting("SELECT day, page, CAST(page AS INT64) AS visits FROM raw.visits", day, &def))
		s.holds(table("staged"), "2026-11-21 about 10", "2026-11-21 home 20")
	}},
	{"that merges upserts, deletes, and counts what it touched", func(s *suite) {
		s.threeDays()
		s.ensure(nullable("staged"))
		s.load(nullable("staged"), day, visit("2026-11-21", "home", 99), visit("2026-11-21", "search", 7))
		target := visits().Table
		job := s.selecting(merge, day, nil)
		job.Query.Target = &target
		if status := s.succeeds(job); status.Stats.Rows != 3 {
			s.Errorf("the status counts %d rows affected, want 3", status.Stats.Rows)
		}
		s.holds(target, "2026-11-20 about 9", "2026-11-20 home 19", "2026-11-21 home 99", "2026-11-21 search 7",
			"2026-11-22 about 11", "2026-11-22 home 21")
	}},
	{"on one target, from many goroutines, takes effect every time", func(s *suite) {
		def := visits()
		s.ensure(def)
		s.load(def, day, visit("2026-11-21", "home", 0))
		g, ctx := errgroup.WithContext(s.ctx)
		for i := range 20 {
			job := s.statement("UPDATE raw.visits SET visits = visits + 1 WHERE page = 'home'")
			if i%2 == 1 {
				job = s.statement(fmt.Sprintf(
					"INSERT INTO raw.visits (day, page, visits) VALUES (DATE '2026-11-21', 'page%02d', 1)", i))
			}
			job.Query.Target = &def.Table
			g.Go(func() error {
				_, err := warehouse.Run(ctx, s.Driver, job)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			s.Fatal(err)
		}
		s.equal([]map[string]any{{"home": int64(10), "pages": int64(11)}},
			s.rows("SELECT MAX(visits) AS home, COUNT(*) AS pages FROM raw.visits"))
	}},
	{"adds floating point numbers to the same bits every time", func(s *suite) {
		def := everything()
		s.ensure(def)
		var rows []schema.Row
		for i := range 5000 {
			rows = append(rows, schema.Row{"day": day, "id": i, "real": 1e9 / float64(i*i+1)})
		}
		s.load(def, day, rows...)
		first := s.rows("SELECT SUM(real) AS total, AVG(real) AS mean FROM raw.everything")
		for range 10 {
			s.equal(first, s.rows("SELECT SUM(real) AS total, AVG(real) AS mean FROM raw.everything"))
		}
	}},
}
