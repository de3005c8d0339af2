package source_test

import (
	"strings"
	"testing"
)

const (
	daily    = "cadence: daily"
	monthly  = "cadence: monthly, lookback: 2"
	snapshot = "reads: snapshot, key: [id]"
	days     = "reads: window, key: [id], keys_that_leave: keep"
	events   = "reads: window, key: [id], keys_that_leave: refuse"
)

// Each case is a row of loads. Those whose refusal is empty must pass, and raw then holds what the service listed.
func TestALoadIsJudgedByTheOneBefore(t *testing.T) {
	type load struct{ partition, list, code, refusal string }
	for _, tc := range []struct {
		name, declared, table string
		loads                 []load
	}{
		{"a list that is pruned", daily, snapshot, []load{
			{"2026-11-20", "1-900", "", ""},
			{"2026-11-21", "1-540", "volume", "raw.demo_rows 2026-11-21 fell from 900 rows on 2026-11-20 to 540, below the limit of 67%"},
		}},
		{"a list that ends early", daily, snapshot, []load{
			{"2026-11-20", "1-60", "", ""}, {"2026-11-21", "1", "volume", "fell from 60 rows on 2026-11-20 to 1"},
		}},
		{"an import", daily, snapshot, []load{{"2026-11-20", "1-900", "", ""}, {"2026-11-21", "1-5900", "", ""}}},
		{"a few that leave", daily, snapshot, []load{{"2026-11-20", "1-60", "", ""}, {"2026-11-21", "4-60", "", ""}}},
		{"twelve become seven", daily, snapshot, []load{{"2026-11-20", "1-12", "", ""}, {"2026-11-21", "1-7", "volume", "fell from 12 rows on 2026-11-20 to 7, below"}}},
		{"twelve become six", daily, snapshot, []load{{"2026-11-20", "1-12", "", ""}, {"2026-11-21", "1-6", "volume", "fell from 12 rows on 2026-11-20 to 6, below"}}},
		{"nine become one", daily, snapshot, []load{{"2026-11-20", "1-9", "", ""}, {"2026-11-21", "1", "", ""}}},
		{"eight become none", daily, snapshot, []load{{"2026-11-20", "1-8", "", ""}, {"2026-11-21", "", "volume", "fell from 8 rows on 2026-11-20 to none"}}},
		{"three become none", daily, snapshot, []load{{"2026-11-20", "1-3", "", ""}, {"2026-11-21", "", "volume", "fell from 3 rows"}}},
		{"two become none", daily, snapshot, []load{{"2026-11-20", "1-2", "", ""}, {"2026-11-21", "", "", ""}}},
		{"five become two", daily, snapshot, []load{{"2026-11-20", "1-5", "", ""}, {"2026-11-21", "1-2", "", ""}}},
		{"none stay none", daily, snapshot, []load{{"2026-11-20", "", "", ""}, {"2026-11-21", "", "", ""}}},
		{"a table may say what is normal", daily, snapshot + ", volume: {min_ratio: 0.5, from: 100}", []load{
			{"2026-11-20", "1-100", "", ""}, {"2026-11-21", "1-50", "", ""}, {"2026-11-22", "1-5", "", ""},
		}},
		{"two days are missing", daily, snapshot, []load{
			{"2026-11-18", "1-60", "", ""}, {"2026-11-21", "1-30", "volume", "fell from 60 rows on 2026-11-18"}, {"2026-11-22", "1-59", "", ""},
		}},
		{"refused again and the day after, always by what stood", daily, snapshot, []load{
			{"2026-11-20", "1-900", "", ""}, {"2026-11-21", "1-5", "volume", "fell from 900 rows on 2026-11-20"},
			{"2026-11-21", "1-5", "volume", "fell from 900 rows on 2026-11-20"}, {"2026-11-21", "1-6", "volume", "fell from 900 rows on 2026-11-20"},
			{"2026-11-22", "1-5", "volume", "fell from 900 rows on 2026-11-20"}, {"2026-11-22", "1-899", "", ""},
		}},
		{"small falls on one day are judged by the day before", daily, snapshot, []load{
			{"2026-11-20", "1-100", "", ""}, {"2026-11-21", "1-80", "", ""}, {"2026-11-21", "1-60", "volume", "fell from 100 rows on 2026-11-20"},
		}},
		{"another month has other events", monthly, events, []load{{"2026-09", "1-500", "", ""}, {"2026-10", "501-540", "", ""}}},
		{"a month of many events is followed by one of none", monthly, events, []load{
			{"2026-09", "1-10", "", ""}, {"2026-10", "", "volume", "raw.demo_rows 2026-10 fell from 10 rows in 2026-09 to none"},
		}},
		{"a month of few events is followed by one of none", monthly, events, []load{{"2026-09", "1-9", "", ""}, {"2026-10", "", "", ""}}},
		{"a month's list ends early", monthly, events, []load{
			{"2026-10", "1-250", "", ""}, {"2026-10", "1-100", "volume", "fell from 250 rows in the load before to 100"},
		}},
		{"an event that was there is missing", monthly, events, []load{
			{"2026-10", "1-250", "", ""},
			{"2026-10", "1-238 251-300", "keys", "raw.demo_rows 2026-10 lacks 12 of the keys that it had in the load before: " +
				"239, 240, 241 and 9 more"},
			{"2026-10", "1-251", "", ""},
		}},
		{"what never falls is corrected", daily, snapshot + ", monotonic: [views]", []load{
			{"2026-11-20", "1-171=100", "", ""}, {"2026-11-21", "1-169=100 170=99 171=90", "", ""},
		}},
		{"what never falls, falls for many", daily, snapshot + ", monotonic: [views]", []load{
			{"2026-11-20", "1-20=100", "", ""}, {"2026-11-21", "1-18=101 19=99 20=99", "", ""},
			{"2026-11-22", "1-17=101 18=99 19=98 20=98", "monotonic",
				"has lower views than on 2026-11-21 for 3 of 20 keys, 2012 instead of 2016 in all: 18, 19, 20"},
		}},
		{"what never falls, falls far in all", daily, snapshot + ", monotonic: [views]", []load{
			{"2026-11-20", "1=1000 2=100", "", ""}, {"2026-11-21", "1=890 2=100", "", ""},
			{"2026-11-22", "1=790 2=100", "monotonic", "for 1 of 2 keys, 890 instead of 990 in all: 1"},
		}},
		{"what never falls, where nearly nothing is", daily, snapshot + ", monotonic: [views]", []load{
			{"2026-11-20", "1=5", "", ""}, {"2026-11-21", "1=3", "", ""},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.declared, tc.table)
			stands := map[string]string{}
			for _, l := range tc.loads {
				before := len(w.Events())
				a := w.on(l.partition, l.list)
				if l.code == "" {
					w.passes(a)
					stands[l.partition] = l.list
				} else if w.refuses(a, l.code, l.refusal); len(w.Events()) != before {
					t.Errorf("%s: published", l.partition)
				}
				for p, list := range stands {
					w.loaded(p, list)
				}
			}
		})
	}
}

func TestAFallIsAWarningThatNamesTheKeys(t *testing.T) {
	w := newWorld(t, daily, snapshot+", monotonic: [views]")
	w.passes(w.on("2026-11-20", "1-171=100"))
	w.passes(w.on("2026-11-21", "1-169=100 170=99 171=90"))
	if log := w.Log(); !strings.Contains(log, `"severity":"WARNING","message":"values fell that never fall"`) ||
		!strings.Contains(log, `"column":"views","keys":["170","171"],"more":0,"of":171,"from":17100,"to":17089`) {
		t.Error(log)
	}
}

// A story that is deleted keeps its past days: their digest stays as it was. Its keys are named.
func TestRowsOfKeysThatLeftAreKept(t *testing.T) {
	w := newWorld(t, "cadence: daily, lookback: 3", days)
	for _, p := range []string{"2026-11-18", "2026-11-19", "2026-11-20"} {
		w.lists[part(p)] = "1-60=7"
	}
	w.passes(w.on("2026-11-20", "1-60=7"))
	before := w.Events()
	for _, p := range []string{"2026-11-19", "2026-11-20"} {
		w.lists[part(p)] = "1-57=7"
	}
	w.passes(w.on("2026-11-21", "1-57=8"))
	w.loaded("2026-11-19", "1-60=7")
	w.loaded("2026-11-20", "1-60=7")
	w.loaded("2026-11-21", "1-57=8")
	after := w.Events()[len(before):]
	for i, e := range after[:2] {
		was, is := before[i+1].Tables[0], e.Tables[0]
		if is.Digest != was.Digest || is.Rows != 60 || is.Carried != 3 || was.Carried != 0 {
			t.Errorf("%s: %+v, before %+v", e.Partition, is, was)
		}
	}
	if log := w.Log(); strings.Count(log, `"message":"keys left the source"`) != 3 ||
		!strings.Contains(log, `"keys":["58","59","60"],"more":0,"since":"in the load before","carried_over":true`) ||
		!strings.Contains(log, `"since":"on 2026-11-20","carried_over":false`) {
		t.Error(log)
	}
	// what was carried over once is so again, and does not hide that the list ends early
	w.passes(w.on("2026-11-21", "1-57=8"))
	w.loaded("2026-11-20", "1-60=7")
	w.lists[part("2026-11-20")] = "1-38=7"
	w.refuses(w.on("2026-11-21", "1-57=8"), "volume", "raw.demo_rows 2026-11-20 fell from 57 rows in the load before to 38")
}

// Where the rows of an earlier load are gone, those of keys that left cannot be carried over.
func TestThePastIsNotDroppedWhenStagingHasForgottenIt(t *testing.T) {
	for _, forgotten := range []string{"complete.json", ".gz"} {
		w := newWorld(t, "cadence: daily, lookback: 1", days)
		w.passes(w.on("2026-03-01", "1-20"))
		w.passes(w.on("2026-03-02", "1-20"))
		w.forget("demo/2026-03-01/", forgotten)
		w.refuses(w.on("2026-03-01", "1-18"), "forgotten", "raw.demo_rows 2026-03-01 is in the warehouse, but no longer staged")
		w.loaded("2026-03-01", "1-20")
		w.passes(w.on("2026-03-03", "1-18"))
		w.passes(w.accept("2026-03-01"))
		w.loaded("2026-03-01", "1-18")
		w.passes(w.on("2026-03-01", "1-17"))
		w.loaded("2026-03-01", "1-18")
	}
}

// Other tables than those that keep rows are then compared by their number alone.
func TestKeysAreNotComparedWhenStagingHasForgottenThem(t *testing.T) {
	w := newWorld(t, monthly, events)
	w.passes(w.on("2026-10", "1-20"))
	w.forget("demo/2026-10/", ".gz")
	w.passes(w.on("2026-10", "1-18"))
	w.forget("demo/2026-10/", ".gz")
	w.refuses(w.on("2026-10", "1-3"), "volume", "fell from 18 rows")
	if !strings.Contains(w.Log(), `"severity":"WARNING","message":"keys are not compared: the earlier rows are no longer staged"`) {
		t.Error(w.Log())
	}
}

func TestARowThatComesTwiceIsLoadedOnce(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-20", "1-12 5-7 6"))
	w.loaded("2026-11-20", "1-12")
	if log := w.Log(); !strings.Contains(log, `"message":"dropped rows that came twice"`) || !strings.Contains(log, `"rows":4`) {
		t.Error(log)
	}
	if e := w.Events()[0].Tables[0]; e.Rows != 12 {
		t.Errorf("the event counts %d rows", e.Rows)
	}
}

// A list that changes while it is read can show a row twice with other values. Another try may find it at rest.
func TestAKeyWithTwoRowsFailsTheLoadForNow(t *testing.T) {
	for _, list := range []string{"1-12 7=11", "1-12 7 7=11", "7=11 1-12 7=11"} {
		w := newWorld(t, daily, snapshot)
		a := w.on("2026-11-20", list)
		if a.Status != 503 || !a.Retry || len(a.Refusals) > 0 ||
			!strings.Contains(a.Error, "raw.demo_rows: key 7 came twice, with different rows: the list changed while it was read") {
			t.Errorf("%s: %+v", list, a)
		}
		w.Untouched(t)
		w.passes(w.on("2026-11-20", "1-12 7=10"))
	}
}

func TestAnotherAccountIsRefusedUntilAPersonAcceptsIt(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-17", "1-12")) // a release that told no account
	w.account = map[string]string{"user_id": "ada", "site": "a.example"}
	w.passes(w.on("2026-11-18", "1-12"))
	w.account = map[string]string{"user_id": "ada"} // with a new key, which may see less
	w.passes(w.on("2026-11-19", "1-12"))
	w.account = map[string]string{"user_id": secret, "site": "b.example"}
	a := w.refuses(w.on("2026-11-20", "1-13"), "account",
		"demo sends data of another account: site is b.example and was a.example; "+
			"demo sends data of another account: user_id is [secret] and was ada")
	w.NoSecrets(t, a.Refusals[1].Reason, secret)
	w.account = map[string]string{"user_id": "eve"}
	w.refuses(w.on("2026-11-21", "1-13"), "account", "user_id is eve and was ada")
	w.passes(w.accept("2026-11-21"))
	w.passes(w.on("2026-11-22", "1-13"))
	w.account = map[string]string{"user_id": "ada"}
	w.refuses(w.on("2026-11-23", "1-13"), "account", "user_id is ada and was eve")
}

// A day long before every load so far is judged by the newest one.
func TestAnotherAccountIsRefusedForThePastToo(t *testing.T) {
	w := newWorld(t, daily, days)
	w.account = map[string]string{"user_id": "ada"}
	w.passes(w.on("2026-11-20", "1-12"))
	w.account = map[string]string{"user_id": "eve"}
	w.refuses(w.on("2026-02-01", "1-12"), "account", "user_id is eve and was ada")
}

func TestAllRefusalsOfALoadComeAtOnce(t *testing.T) {
	w := newWorld(t, "cadence: monthly, lookback: 2", events)
	w.account = map[string]string{"mode": "live"}
	w.lists[part("2026-09")] = "1-20"
	w.passes(w.on("2026-10", "21-40"))
	w.account = map[string]string{"mode": "test"}
	w.lists[part("2026-09")] = "1-19"
	a := w.refuses(w.on("2026-10", "21-22"), "keys", "")
	var codes []string
	for _, refusal := range a.Refusals {
		codes = append(codes, refusal.Code+" "+refusal.Partition.String())
	}
	if got := strings.Join(codes, ", "); got != "keys 2026-09, volume 2026-10, keys 2026-10, account " {
		t.Error(got)
	}
}
