package stripe

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/functions/stripe/stripetest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// asOf is in the first days of a month, so the newest complete partition is 2026-10.
var asOf = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// setUp returns a fake with pages of limit rows, and a source that reads it.
func setUp(t *testing.T, limit int) (*stripetest.Server, *source.Source) {
	t.Helper()
	fake := stripetest.New(creator.New(7))
	fake.SetNow(asOf)
	fake.MaxLimit = limit
	src, err := New(Config{URL: "http://127.0.0.1", APIKey: stripetest.Key, TestData: "yes", transport: upstreamtest.Transport(fake)})
	if err != nil {
		t.Fatal(err)
	}
	return fake, src
}

// inBubble runs f with a fake clock that advances when every goroutine waits.
func inBubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestARunReadsTheLastTwoMonthsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, src := setUp(t, 7)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		for _, month := range []string{"2026-09", "2026-10"} {
			start, _ := time.Parse("2006-01", month)
			var want []string
			for _, tx := range creator.New(7).Transactions(start, start.AddDate(0, 1, 0)) {
				want = append(want, tx.ID)
			}
			var got []string
			for _, row := range rig.Rows(table, month) {
				var r struct{ ID string }
				if err := json.Unmarshal([]byte(row), &r); err != nil {
					t.Fatal(err)
				}
				got = append(got, r.ID)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) || len(want) < 20 {
				t.Errorf("%s: loaded %d transactions, Stripe has %d", month, len(got), len(want))
			}
		}
		if n := len(rig.Events()); n != 2 {
			t.Errorf("%d events, want one for each month", n)
		}
	})
}

// testdata/rows.ndjson shows one row of each kind: two currencies, one of them without a minor unit; with and without
// an exchange rate; pending and available; money in and out.
func TestRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, src := setUp(t, 100)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		seen := map[string]bool{}
		var rows []string
		for _, row := range rig.Rows(table, "2026-10") {
			var kind struct {
				Currency string   `json:"currency"`
				Category string   `json:"reporting_category"`
				Status   string   `json:"status"`
				Rate     *float64 `json:"exchange_rate"`
			}
			if err := json.Unmarshal([]byte(row), &kind); err != nil {
				t.Fatal(err)
			}
			if key := fmt.Sprint(kind.Currency, kind.Category, kind.Status, kind.Rate != nil); !seen[key] {
				seen[key] = true
				rows = append(rows, row)
			}
		}
		golden.Compare(t, "testdata/rows.ndjson", strings.Join(rows, "\n")+"\n")
	})
}

func TestPendingTurnsAvailableInALaterRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, `{"partition":"2026-10"}`)
		before := strings.Join(rig.Rows(table, "2026-10"), "\n")
		fake.SetNow(asOf.AddDate(0, 0, 20))
		rig.Load(t, `{"partition":"2026-10"}`)
		after := strings.Join(rig.Rows(table, "2026-10"), "\n")
		if strings.Count(before, `"pending"`) == 0 || strings.Count(after, `"pending"`) != 0 {
			t.Errorf("pending before: %d, after: %d", strings.Count(before, `"pending"`), strings.Count(after, `"pending"`))
		}
		if want := strings.ReplaceAll(before, `"pending"`, `"available"`); after != want {
			t.Error("something else than the status changed")
		}
	})
}

func TestAMonthWithoutTransactionsIsLoadedEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, src := setUp(t, 100)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, `{"partition":"2020-02"}`) // before the creator began
		events := rig.Events()
		if len(events) != 2 || events[1].Tables[0].Rows != 0 {
			t.Errorf("got %v, want two months of no rows", events)
		}
	})
}

// After every failure of Stripe, the table has not changed and no event is published. The response has a hint if a
// retry cannot help. All failures begin on the second page, where the library's iterator would end without an error.
func TestFailures(t *testing.T) {
	fatal := slices.DeleteFunc(slices.Clone(stripetest.Failures), func(f stripetest.Failure) bool {
		return f == stripetest.EndsEarly || f == stripetest.Empty || f == stripetest.OtherAccount
	})
	sourcetest.Failures(t, fatal, func(t *testing.T, failure stripetest.Failure) *sourcetest.Rig {
		fake, src := setUp(t, 20)
		fake.FailAfter(1, failure)
		return sourcetest.Run(t, src, asOf)
	}, stripetest.Key)
}

func TestAListThatEndsOnAFullPageIsReadOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100)
		calm := sourcetest.Run(t, src, asOf)
		calm.Load(t, "")
		fake.Fail(stripetest.EndsEarly)
		early := sourcetest.Run(t, src, asOf)
		early.Load(t, "")
		want := calm.Rows(table, "2026-10")
		if got := early.Rows(table, "2026-10"); !slices.Equal(got, want) || len(want) <= 100 {
			t.Errorf("loaded %d of %d transactions", len(got), len(want))
		}
	})
}

func TestAKeyThatMayNotReadItsAccountLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, src := setUp(t, 100)
		fake.FailAfter(4, stripetest.Forbidden) // after the two pages of each month
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		if n := fake.Requests(); n != 5 {
			t.Errorf("%d requests, want four pages and the account", n)
		}
	})
}

func TestTemporaryErrorsDelayTheRun(t *testing.T) {
	for failure, passes := range map[stripetest.Failure]time.Duration{
		stripetest.RateLimited: 8 * time.Second, // the library does not ask again; the source does
		stripetest.LimitedHTML: 8 * time.Second,
		stripetest.Down:        300 * time.Millisecond, // the library asks again
		stripetest.BrokenOff:   300 * time.Millisecond,
	} {
		inBubble(t, string(failure), func(t *testing.T) {
			fake, src := setUp(t, 20)
			fake.FailAfter(1, failure)
			time.AfterFunc(passes, func() { fake.Fail("") })
			start := time.Now()
			sourcetest.Run(t, src, asOf).Load(t, "")
			if took := time.Since(start); took < passes || took > time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestTheLogNamesTheModeOfTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, src := setUp(t, 100)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		if !strings.Contains(rig.Log(), `"mode":"test"`) {
			t.Errorf("the log does not name the mode:\n%s", rig.Log())
		}
	})
}

func TestConfigReportsAllFaultsTogether(t *testing.T) {
	for key, want := range map[string]string{
		"":                 "STRIPE_API_KEY is empty",
		"pk_live_12345678": "publishable",
		"whsec_12345678":   "not like rk_live_",
		"rk_live_12 45678": "not like rk_live_",
		"rk_12345678":      "not like rk_live_",
		"rk_test_12345678": "STRIPE_TEST_DATA=yes",
		"sk_test_12345678": "STRIPE_TEST_DATA=yes",
	} {
		_, err := New(Config{URL: "http://api.stripe.com", APIKey: key, RetryWait: -1})
		sourcetest.Names(t, err, want, "STRIPE_URL", "STRIPE_RETRY_WAIT")
		if err != nil && key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("%v shows the key", err)
		}
	}
}

func TestDefaultsAreTheRealService(t *testing.T) {
	cfg := sourcetest.Config[Config](t, map[string]string{"STRIPE_API_KEY": "rk_live_1"})
	if cfg.URL != "https://api.stripe.com" || cfg.RetryWait != 2*time.Second || cfg.mode() != "live" || cfg.Validate() != nil {
		t.Errorf("got %q, %s, %v", cfg.URL, cfg.mode(), cfg.Validate())
	}
}
