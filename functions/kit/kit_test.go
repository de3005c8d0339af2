package kit

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/functions/kit/kittest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// asOf is early in a day, so the newest complete partition is 2026-11-21.
var asOf = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

const newest = "2026-11-21"

// setUp returns a fake with about n subscribers in pages of perPage, and a source that reads it.
func setUp(t *testing.T, n, perPage int) (*kittest.Server, *source.Source) {
	t.Helper()
	fake := kittest.New(creator.NewWith(7, creator.Options{Subscribers: n}))
	fake.SetNow(asOf)
	fake.MaxPerPage = perPage
	src, err := New(Config{
		URL: "http://127.0.0.1/v4", APIKey: kittest.Key, Interval: 510 * time.Millisecond, transport: upstreamtest.Transport(fake),
	})
	if err != nil {
		t.Fatal(err)
	}
	return fake, src
}

func TestOneWalkGivesBothTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 30, 7)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		got := strings.Join(append(rig.Rows(totalsTable, newest), rig.Rows(subscribersTable, newest)...), "\n") + "\n"
		golden.Compare(t, "testdata/tables.ndjson", got)
		if pages := (len(rig.Rows(subscribersTable, newest)) + 6) / 7; fake.Requests() != pages+1 {
			t.Errorf("%d requests for %d pages, want one walk and the account", fake.Requests(), pages)
		}
		events := rig.Events()
		if len(events) != 1 || len(events[0].Tables) != 2 || events[0].Partition.String() != newest {
			t.Errorf("published %v, want one event of two tables for %s", events, newest)
		}
	})
}

func TestAPastDayIsLoadedAgainAsItWasStaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 30, 1000)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		before := rig.Rows(subscribersTable, newest)
		fake.SetNow(asOf.AddDate(0, 1, 0)) // Kit has moved on
		rig.Deps.Now = func() time.Time { return asOf.AddDate(0, 1, 0) }
		rig.ServeSource(t, src)
		rig.Load(t, `{"partition":"`+newest+`"}`)
		if after := rig.Rows(subscribersTable, newest); !slices.Equal(before, after) || len(after) == 0 {
			t.Errorf("a past day was loaded with other rows than on the day")
		}
		if n := len(rig.Events()); n != 2 {
			t.Errorf("%d events, want 2", n)
		}
	})
}

func TestTheFakeKeepsItsOldestSubscribers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100, 7)
		all := sourcetest.Run(t, src, asOf)
		all.Load(t, "")
		fake.Oldest = 50
		some := sourcetest.Run(t, src, asOf)
		some.Load(t, "")
		want := all.Rows(subscribersTable, newest)[:50] // the lines begin with the day and the id
		if got := some.Rows(subscribersTable, newest); !slices.Equal(got, want) {
			t.Errorf("loaded %d subscribers, want the 50 oldest", len(got))
		}
	})
}

func TestAnEmptyAccountIsLoadedAsZeros(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 30, 1000)
		fake.SetNow(creator.Born.Start().AddDate(-1, 0, 0))
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		if rows := rig.Rows(totalsTable, newest); len(rows) != len(states) || !strings.Contains(rows[0], `"subscribers":0,"reported_total":0`) {
			t.Errorf("got %q", rows)
		}
	})
}

// After every failure of Kit, no table has changed and no event is published. The response has a hint if a retry
// cannot help.
func TestFailures(t *testing.T) {
	fatal := slices.DeleteFunc(slices.Clone(kittest.Failures), func(f kittest.Failure) bool { return slices.Contains(harmless, f) })
	sourcetest.Failures(t, fatal, func(t *testing.T, failure kittest.Failure) *sourcetest.Rig {
		fake, src := setUp(t, 100, 20)
		healthy := 2
		switch failure {
		case kittest.NoTotal, kittest.EmptyList: // failures of the first page; the others begin in the middle of the walk
			healthy = 0
		case kittest.StopsShort:
			healthy = 0
		case kittest.EndsEarly: // the last page is full, and none follows
			healthy = 1
		}
		fake.FailAfter(healthy, failure)
		return sourcetest.Run(t, src, asOf)
	}, kittest.Key)
}

// harmless holds what a first load has nothing to compare with, too.
var harmless = []kittest.Failure{kittest.Overlap, kittest.TotalLags, kittest.OddAnswer, kittest.Few, kittest.OtherAccount}

func TestHarmlessFailures(t *testing.T) {
	for _, failure := range harmless {
		t.Run(string(failure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, src := setUp(t, 100, 20)
				fake.Fail(failure)
				rig := sourcetest.Run(t, src, asOf)
				status, answer := rig.Post("")
				rig.NoSecrets(t, answer, kittest.Key)
				if n := len(rig.Events()); status != http.StatusOK || n != 1 {
					t.Errorf("%d events; %d %s", n, status, answer)
				}
			})
		})
	}
}

func TestRepeatedRowsAreLoadedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100, 20)
		calm := sourcetest.Run(t, src, asOf)
		calm.Load(t, "")
		fake.Fail(kittest.Overlap)
		moved := sourcetest.Run(t, src, asOf)
		moved.Load(t, "")
		if !slices.Equal(calm.Rows(subscribersTable, newest), moved.Rows(subscribersTable, newest)) {
			t.Error("pages that overlap gave other rows")
		}
		if !strings.Contains(moved.Log(), `"repeats":`) || strings.Contains(moved.Log(), `"repeats":0`) {
			t.Errorf("the log does not count the repeats:\n%s", moved.Log())
		}
	})
}

func TestAKeyThatMayNotReadItsAccountLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100, 1000)
		fake.FailAfter(1, kittest.Forbidden)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		if !strings.Contains(rig.Log(), "does not let the key read its account") {
			t.Errorf("the log does not say so:\n%s", rig.Log())
		}
	})
}

func TestADifferenceFromTheTotalIsAWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100, 1000)
		fake.Fail(kittest.TotalLags)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		if rows := rig.Rows(totalsTable, newest); !strings.Contains(rows[0], `"reported_total":121`) {
			t.Errorf("the totals are %q", rows)
		}
		if !strings.Contains(rig.Log(), `"subscribers":118,"reported_total":121`) {
			t.Errorf("the log has no warning:\n%s", rig.Log())
		}
	})
}

func TestTemporaryErrorsDelayTheWalk(t *testing.T) {
	for _, failure := range []kittest.Failure{kittest.RateLimited, kittest.Down, kittest.BrokenOff} {
		t.Run(string(failure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, src := setUp(t, 100, 20)
				fake.FailAfter(2, failure)
				time.AfterFunc(10*time.Second, func() { fake.Fail("") })
				rig := sourcetest.Run(t, src, asOf)
				start := time.Now()
				rig.Load(t, "")
				if took := time.Since(start); took < 10*time.Second || took > 40*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestTheWaitAfterA429IsAtLeastTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 10, 20)
		fake.Fail(kittest.RateLimited)
		time.AfterFunc(1900*time.Millisecond, func() { // before that, a second request would meet the 429 again
			if n := fake.Requests(); n != 1 {
				t.Errorf("%d requests within 1.9 s of the first 429", n)
			}
			fake.Fail("")
		})
		sourcetest.Run(t, src, asOf).Load(t, "")
		if n := fake.Requests(); n != 3 {
			t.Errorf("%d requests, want the 429, the page and the account", n)
		}
	})
}

func TestTheWalkStaysWithinKitsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 600, 2) // some 300 pages
		fake.RateLimit = true
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		if strings.Contains(rig.Log(), "asking again") || fake.Requests() < 250 {
			t.Errorf("after %d requests, the log:\n%s", fake.Requests(), rig.Log())
		}
	})
}

func TestAUsedUpRateLimitIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100, 20)
		fake.RateLimit = true
		another := atOnce(t, fake)
		for range 40 { // something else uses the same key, and does not wait
			if status, _ := sourcetest.Run(t, another, asOf).Post(""); fake.Requests() >= 120 || status != http.StatusOK {
				break
			}
		}
		sourcetest.Run(t, src, asOf).Load(t, "")
	})
}

func TestConfigReportsAllFaultsTogether(t *testing.T) {
	_, err := New(Config{URL: "http://api.kit.com", APIKey: "two words", Interval: -1, RetryWait: -1})
	sourcetest.Names(t, err, "KIT_URL", "KIT_API_KEY", "KIT_INTERVAL", "KIT_RETRY_WAIT")
	if strings.Contains(err.Error(), "two words") {
		t.Errorf("%v shows the key", err)
	}
	_, err = New(Config{URL: "https://api.kit.com/v4"})
	sourcetest.Names(t, err, "KIT_API_KEY is empty")
}

func TestDefaultsAreTheRealService(t *testing.T) {
	cfg := sourcetest.Config[Config](t, map[string]string{"KIT_API_KEY": "key"})
	if cfg.URL != "https://api.kit.com/v4" || cfg.Interval != 510*time.Millisecond || cfg.RetryWait != 3*time.Second || cfg.Validate() != nil {
		t.Errorf("got %+v, %v", cfg, cfg.Validate())
	}
}

// atOnce returns a source that does not wait between requests, for tests outside of a bubble.
func atOnce(t testing.TB, fake *kittest.Server) *source.Source {
	t.Helper()
	src, err := New(Config{URL: "http://127.0.0.1/v4", APIKey: kittest.Key, transport: upstreamtest.Transport(fake)})
	if err != nil {
		t.Fatal(err)
	}
	return src
}
