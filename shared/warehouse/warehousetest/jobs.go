package warehousetest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/shared/warehouse"
)

var jobCases = []testCase{
	{"takes its id once, and a second submission changes nothing", func(s *suite) {
		s.ensure(visits())
		first := s.loading(visits(), day, s.put(visits(), visit("2026-11-21", "home", 1)))
		first.Labels = map[string]string{"pipeline": "rollcall", "partition": "2026-11-21"}
		before := s.succeeds(first)
		second := s.loading(visits(), day, s.put(visits(), visit("2026-11-21", "home", 2)))
		second.ID, second.Labels = first.ID, map[string]string{"pipeline": "other"}
		if err := s.Driver.Submit(s.ctx, second); !errors.Is(err, warehouse.ErrJobExists) {
			s.Errorf("want ErrJobExists, got %v", err)
		}
		after, err := s.Driver.Wait(s.ctx, first.ID)
		if err != nil || after.Err != nil || !after.Done || !after.Ended.Equal(before.Ended) || after.Stats.Rows != 1 {
			s.Errorf("the outcome was %+v, and is %+v, %v", before, after, err)
		}
		if after.Labels["pipeline"] != "rollcall" || after.Labels["partition"] != "2026-11-21" {
			s.Errorf("the labels are %v, not the first job's", after.Labels)
		}
		s.holds(visits().Table, "2026-11-21 home 1")
	}},
	{"is taken by one of twenty at once", func(s *suite) {
		s.ensure(visits())
		job := s.statement("INSERT INTO raw.visits (day, page, visits) VALUES (DATE '2026-11-21', 'home', 1)")
		job.Query.Target = &warehouse.Table{Dataset: "raw", Name: "visits"}
		var taken atomic.Int32
		var g errgroup.Group
		for range 20 {
			g.Go(func() error {
				switch err := s.Driver.Submit(s.ctx, job); {
				case err == nil:
					taken.Add(1)
				case !errors.Is(err, warehouse.ErrJobExists):
					return err
				}
				status, err := s.Driver.Wait(s.ctx, job.ID)
				return errors.Join(err, status.Err)
			})
		}
		if err := g.Wait(); err != nil {
			s.Fatal(err)
		}
		if taken.Load() != 1 {
			s.Errorf("%d submissions were accepted", taken.Load())
		}
		s.holds(visits().Table, "2026-11-21 home 1")
	}},
	{"that failed keeps its id and its error", func(s *suite) {
		job := s.statement("SELECT pages FROM nowhere.visits")
		failure := s.fails(job)
		if err := s.Driver.Submit(s.ctx, job); !errors.Is(err, warehouse.ErrJobExists) {
			s.Errorf("want ErrJobExists, got %v", err)
		}
		again := s.fails(job)
		if *again != *failure {
			s.Errorf("the error was %+v, and is %+v", failure, again)
		}
	}},
	{"that was not submitted is not found", func(s *suite) {
		if _, err := s.Driver.Wait(s.ctx, "nobody"); !errors.Is(err, warehouse.ErrNotFound) {
			s.Errorf("want ErrNotFound, got %v", err)
		}
		if _, err := s.Driver.Rows(s.ctx, "nobody", 1); !errors.Is(err, warehouse.ErrNotFound) {
			s.Errorf("rows: want ErrNotFound, got %v", err)
		}
	}},
	{"with an id or a form that it cannot have is refused, and not taken", func(s *suite) {
		bad := s.statement("SELECT 1 AS one")
		bad.ID = "load raw.visits"
		none := warehouse.Job{ID: "none"}
		both := s.statement("SELECT 1 AS one")
		both.Copy = s.copying(table("a"), table("b"), day).Copy
		shouting, long := s.statement("SELECT 1 AS one"), s.statement("SELECT 1 AS one")
		shouting.Labels, long.Labels = map[string]string{"Model": "x"}, map[string]string{"model": strings.Repeat("x", 64)}
		for _, job := range []warehouse.Job{bad, none, both, shouting, long} {
			if err := s.Driver.Submit(s.ctx, job); err == nil {
				s.Errorf("job %q was accepted", job.ID)
			}
			if job.ID == bad.ID {
				continue // no id to ask for
			}
			if _, err := s.Driver.Wait(s.ctx, job.ID); !errors.Is(err, warehouse.ErrNotFound) {
				s.Errorf("job %q: want ErrNotFound, got %v", job.ID, err)
			}
		}
	}},
	{"is waited for no longer than the context lives, and goes on", func(s *suite) {
		// This takes a while: the sum of nine million products.
		s.ensure(visits())
		job := s.statement("SELECT SUM(a * b) AS total FROM " + s.numbers("a", 3000) + " CROSS JOIN " + s.numbers("b", 3000))
		if err := s.Driver.Submit(s.ctx, job); err != nil {
			s.Fatal(err)
		}
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		if status, err := s.Driver.Wait(ctx, job.ID); !errors.Is(err, context.Canceled) && !status.Done {
			s.Errorf("want context.Canceled, got %v", err)
		}
		if status, err := s.Driver.Wait(s.ctx, job.ID); err != nil || status.Err != nil || !status.Done {
			s.Errorf("waited for again: %+v, %v", status, err)
		}
	}},
	{"goes on when the context that submitted it ends", func(s *suite) {
		ctx, cancel := context.WithCancel(s.ctx)
		job := s.statement("SELECT SUM(a * b) AS total FROM " + s.numbers("a", 2000) + " CROSS JOIN " + s.numbers("b", 2000))
		if err := s.Driver.Submit(ctx, job); err != nil {
			s.Fatal(err)
		}
		cancel()
		if status, err := s.Driver.Wait(s.ctx, job.ID); err != nil || status.Err != nil {
			s.Errorf("got %+v, %v", status, err)
		}
	}},
	{"says when it ended, to the microsecond and in order", func(s *suite) {
		var last time.Time
		for range 5 {
			status := s.succeeds(s.statement("SELECT 1 AS one"))
			if !status.Ended.After(last) || !status.Ended.Equal(status.Ended.Truncate(time.Microsecond)) ||
				status.Ended.Location() != time.UTC {
				s.Errorf("ended at %s, the one before at %s", status.Ended.Format(time.RFC3339Nano), last.Format(time.RFC3339Nano))
			}
			last = status.Ended
		}
	}},
}
