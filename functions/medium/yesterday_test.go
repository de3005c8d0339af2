package medium

import (
	"flag"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// sixty is an author of 60 stories with ten views a day each.
var sixty = mediumtest.Even{Count: 60, Published: newest.Add(-40)}

const wholeDay = "120 rows, 600 viewers, 7.500 USD"

// After a day that was whole, each answer that leaves something out is refused, and raw stays as it was.
func TestWhatLooksLeftOutIsNotLoaded(t *testing.T) {
	yesterday := newest
	half := func(id string) bool { return sixty.N(id)%2 == 0 }
	for _, test := range []struct {
		name    string
		author  mediumtest.Even
		changes mediumtest.Changes
		days    int // from the first load to the last one before; 0: one
		dense   int // 1: also with dense answers
		want    []string
	}{
		{name: "half of yesterday", author: sixty, dense: 1, changes: mediumtest.Changes{
			Omitted: func(id string, p partition.Partition, _ string) bool { return p == yesterday && half(id) },
		}, want: []string{
			"raw.medium_story_days 2026-11-21: Medium sends no views by MEMBER readers of 30 stories (at least 120 of 240 expected",
			"raw.medium_story_days 2026-11-21: Medium sends no views by NONMEMBER readers of 30 stories (at least 180 of 360 expected",
		}},
		{name: "half of yesterday, after a week of days", author: sixty, days: 9, changes: mediumtest.Changes{
			Omitted: func(id string, p partition.Partition, _ string) bool { return p == yesterday && half(id) },
		}, want: []string{"no views by MEMBER readers of 30 stories", "no views by NONMEMBER readers of 30 stories"}},
		{name: "half of a day that was loaded", author: sixty, changes: mediumtest.Changes{
			Omitted: func(id string, p partition.Partition, _ string) bool { return p == yesterday.Add(-2) && half(id) },
		}, want: []string{
			"raw.medium_story_days 2026-11-19: Medium sends no views by MEMBER readers of 30 stories (at least 120 of 240 expected",
			"no views by NONMEMBER readers of 30 stories",
		}},
		{name: "all members", author: sixty, dense: 1, changes: mediumtest.Changes{
			Omitted: func(_ string, _ partition.Partition, membership string) bool { return membership == member },
		}, want: []string{"raw.medium_story_days 2026-11-15 to 2026-11-21: Medium sends no views by MEMBER readers of 60 stories " +
			"(at least 1680 of 1680 expected from earlier loads), even when asked again slowly: 000000000001, "}},
		{name: "the members of yesterday", author: sixty, changes: mediumtest.Changes{
			Omitted: func(_ string, p partition.Partition, membership string) bool {
				return p == yesterday && membership == member
			},
		}, want: []string{"no views by MEMBER readers of 60 stories (at least 240 of 240 "}},
		{name: "the members of yesterday, of stories that rarely have any",
			author: mediumtest.Even{Count: 60, Published: newest.Add(-40), Day: func(n int, p partition.Partition) creator.StoryDay {
				day := creator.StoryDay{NonMember: creator.Counts{Viewers: 7}}
				if (n+int(p.Start().Unix()/86400))%3 == 0 {
					day.Member.Viewers = 1
				}
				return day
			}}, changes: mediumtest.Changes{
				Omitted: func(_ string, p partition.Partition, membership string) bool {
					return p == yesterday && membership == member
				},
			}, want: []string{"raw.medium_story_days 2026-11-21: Medium sends no views by MEMBER readers of 60 stories (at least 20 of 20 "}},
		{name: "all earnings", author: sixty, dense: 1, changes: mediumtest.Changes{Unpaid: func(string) bool { return true }},
			want: []string{"raw.medium_story_days 2026-11-15 to 2026-11-20: Medium sends no earnings of 60 stories (4680 of 4680 cents"}},
		{name: "every fifth story", author: sixty, dense: 1, changes: mediumtest.Changes{
			Omitted: func(id string, _ partition.Partition, _ string) bool { return sixty.N(id)%4 == 0 },
		}, want: []string{
			"raw.medium_story_days 2026-11-15 to 2026-11-21: Medium sends no views of 15 of 60 stories whose lifetime views have grown " +
				"by 5 or more since the snapshot of 2026-11-20",
			"no views by MEMBER readers of 15 stories (at least 420 of 1680 ", "no views by NONMEMBER readers of 15 stories",
		}},
		{name: "everything of two stories", author: mediumtest.Even{Count: 2, Published: newest.Add(-40)}, changes: mediumtest.Changes{
			Omitted: func(string, partition.Partition, string) bool { return true },
		}, want: []string{"no views by MEMBER readers of 2 stories (at least 48 of 48 ", "no views by NONMEMBER readers of 2 stories"}},
		{name: "everything of an author who is rarely read", author: mediumtest.Even{Count: 3, Published: newest.Add(-40),
			Day: func(n int, p partition.Partition) creator.StoryDay {
				return creator.StoryDay{NonMember: creator.Counts{Viewers: 1}}
			}}, changes: mediumtest.Changes{
			Omitted: func(string, partition.Partition, string) bool { return true },
		}, want: []string{"raw.medium_story_days 2026-11-15 to 2026-11-20: Medium sends no views by NONMEMBER readers of 3 stories " +
			"(at least 18 of 18 "}},
	} {
		for _, dense := range []bool{false, true}[:1+test.dense] {
			t.Run(fmt.Sprintf("%s, dense %t", test.name, dense), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDiary(t, test.author, nil)
					d.fake.Change(mediumtest.Changes{Dense: dense})
					for day := yesterday.Add(-max(test.days, 1)); day != yesterday; day = day.Add(1) {
						d.load(t, day, day)
					}
					before := d.sums(t, yesterday.Add(-2))
					loads := d.Loads()
					test.changes.Dense = dense
					d.fake.Change(test.changes)
					for try := range 2 { // the second is not compared with the first
						a := d.run(t, yesterday, yesterday)
						if a.Status != http.StatusServiceUnavailable || !a.Retry || len(a.Refusals) != len(test.want) {
							t.Fatalf("try %d: %d %s", try, a.Status, a.Error)
						}
						for i, want := range test.want {
							if !strings.Contains(a.Refusals[i].Reason, want) || !a.Refusals[i].BySource {
								t.Errorf("refusal %d is %q, want %q", i, a.Refusals[i].Reason, want)
							}
						}
					}
					if got := d.sums(t, yesterday.Add(-2)); got != before || d.Loads() != loads {
						t.Errorf("%d loads, want %d; a past day has %s, want %s", d.Loads(), loads, got, before)
					}
					// What was refused can be accepted, and is what later runs are compared with.
					d.accept(t, yesterday)
					d.load(t, yesterday, yesterday)
				})
			})
		}
	}
}

// A story without views in a sparse answer is quiet, as long as its lifetime views say so too.
func TestQuietStoriesLoad(t *testing.T) {
	// 46 of 171 stories are read every day. Of the others, 40 grow by 1 to 3, and no day has it.
	author := mediumtest.Even{Count: 171, Published: newest.Add(-20), Day: func(n int, _ partition.Partition) creator.StoryDay {
		if n < 46 {
			return mediumtest.TenViews(n, newest)
		}
		return creator.StoryDay{}
	}}
	grown := map[string]int64{}
	for n := range 40 {
		grown[author.ID(46+n)] = int64(1 + n%3)
	}
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, author, nil)
		d.load(t, newest.Add(-1), newest.Add(-1))
		d.fake.Change(mediumtest.Changes{Views: func(id string, views int64) int64 { return views + grown[id] }})
		d.load(t, newest, newest)
		if got, want := d.sums(t, newest), "342 rows, 460 viewers, 5.750 USD"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if want := `"stories":171,"without_views":125`; !strings.Contains(d.Log(), want) {
			t.Errorf("the log does not have %s", want)
		}
	})
}

// Lifetime views may have been counted after the window, on the running day.
func TestViewsOfTheRunningDayAreNotMissing(t *testing.T) {
	author := mediumtest.Even{Count: 10, Published: newest.Add(-20), Day: func(n int, p partition.Partition) creator.StoryDay {
		if n < 5 || p == newest.Add(1) {
			return mediumtest.TenViews(n, p)
		}
		return creator.StoryDay{}
	}}
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, author, nil)
		d.load(t, newest.Add(-1), newest.Add(-1))
		d.fake.Change(mediumtest.Changes{Views: func(_ string, views int64) int64 { return views + 10 }})
		d.load(t, newest, newest)
		if got, want := d.sums(t, newest), "20 rows, 50 viewers, 0.625 USD"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// A few stories that have grown and come without views are no reason to refuse.
func TestUpToAFifthMayBeMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, sixty, nil)
		d.load(t, newest.Add(-1), newest.Add(-1))
		d.fake.Change(mediumtest.Changes{
			Omitted: func(id string, p partition.Partition, _ string) bool { return p == newest && sixty.N(id)%5 == 0 },
		})
		d.load(t, newest, newest)
		if got, want := d.sums(t, newest), "120 rows, 480 viewers, 7.500 USD"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// Stories that seem to be left out are asked for again, slowly, and only then refused.
func TestWhatComesWhenAskedAgainIsLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, sixty, func(c *Config) { c.Interval = time.Second })
		d.load(t, newest.Add(-1), newest.Add(-1))
		before := len(d.asked)
		hasty := func() bool { // asked faster than once in three seconds, the fake leaves out some stories
			n := len(d.asked)
			return d.asked[n-1].Sub(d.asked[n-2]) < 3*time.Second
		}
		d.fake.Change(mediumtest.Changes{
			Omitted: func(id string, _ partition.Partition, _ string) bool { return sixty.N(id) < 26 && hasty() },
		})
		d.load(t, newest, newest)
		if got := d.sums(t, newest); got != wholeDay {
			t.Errorf("%s, want %s", got, wholeDay)
		}
		if n, want := len(d.asked)-before, 1+2+60+26+1; n != want {
			t.Errorf("%d requests, want %d: the viewer, the list, each story, 26 once more, the account", n, want)
		}
		if !strings.Contains(d.Log(), "asking for them again, slowly") {
			t.Error("the log does not say so")
		}
	})
}

// If the first ones bring nothing, the others are not asked for again.
func TestAskingAgainInVainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, sixty, nil)
		d.load(t, newest.Add(-1), newest.Add(-1))
		before := len(d.asked)
		d.fake.Change(mediumtest.Changes{Omitted: func(string, partition.Partition, string) bool { return true }})
		if a := d.run(t, newest, newest); a.Status != http.StatusServiceUnavailable {
			t.Fatalf("%d %s", a.Status, a.Error)
		}
		if n, want := len(d.asked)-before, 1+2+60+10+1; n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
	})
}

// The first load has nothing to be compared with, and says so.
func TestWithoutAnEarlierSnapshotNothingIsCompared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, gap := range []int{40, 10, 0} {
			d := newDiary(t, sixty, nil)
			if gap > 0 {
				d.load(t, newest.Add(-gap), newest.Add(-gap))
			}
			d.fake.Fail(mediumtest.StoryMissing)
			d.load(t, newest, newest)
			if !strings.Contains(d.Log(), "no snapshot of the stories is staged that is recent enough") {
				t.Errorf("after a gap of %d days, the log does not say that nothing was compared", gap)
			}
		}
	})
}

// A gap, the first of a month, and the days on which clocks change are days like others.
func TestDaysThatFollowOneAnotherLoad(t *testing.T) {
	for name, days := range map[string][]string{
		"first of a month":      {"2026-10-31", "2026-11-01", "2026-11-02"},
		"first of a year":       {"2025-12-31", "2026-01-01"},
		"clocks go back":        {"2026-10-24", "2026-10-25", "2026-10-26"},
		"clocks go forward":     {"2026-03-28", "2026-03-29", "2026-03-30"},
		"two days are missing":  {"2026-11-18", "2026-11-21"},
		"five days are missing": {"2026-11-15", "2026-11-21"},
		"a week is missing":     {"2026-11-13", "2026-11-21"},
		"the same day twice":    {"2026-11-21", "2026-11-21"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary(t, theCreator, nil)
				for _, text := range days {
					day := partition.MustParse(text)
					d.load(t, day, day)
					if got, want := len(d.Rows(daysTable, text)), len(creatorDays(theCreator, day)); got != want {
						t.Errorf("%s has %d rows, want %d", text, got, want)
					}
				}
			})
		})
	}
}

// Medium may leave out what is zero, or send it: the tables are the same.
func TestDenseAndSparseAnswersGiveTheSameTables(t *testing.T) {
	month := func(dense bool) (got map[string]string) {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary(t, theCreator, nil)
			deleted := theCreator.Stories(asOf)[7].ID
			for day := newest.Add(-12); day.Compare(newest) <= 0; day = day.Add(1) {
				changes := mediumtest.Changes{Dense: dense}
				if day.Compare(newest.Add(-4)) >= 0 {
					changes.Delisted = func(id string) bool { return id == deleted }
				}
				d.fake.Change(changes)
				d.load(t, day, day)
			}
			d.load(t, newest.Add(-200), newest)
			got = digests(d.Rig)
		})
		return got
	}
	if diff := cmp.Diff(month(false), month(true)); diff != "" {
		t.Errorf("digests (-sparse +dense):\n%s", diff)
	}
}

// A null is an answer as long as the author is signed in: the day is empty, or the story gone.
func TestNullsOfASignedInAuthorLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, sixty, nil)
		d.fake.Fail(mediumtest.NullBundle)
		d.load(t, newest.Add(-1), newest.Add(-1))
		if got, want := d.sums(t, newest.Add(-1)), "120 rows, 480 viewers, 7.500 USD"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		d.fake.Fail("")
		d.fake.Change(mediumtest.Changes{Hidden: func(id string) bool { return sixty.N(id)%5 == 0 }})
		d.load(t, newest, newest)
		if got, want := d.sums(t, newest), "96 rows, 480 viewers, 6.000 USD"; got != want {
			t.Errorf("%s, want %s: unknown is not zero", got, want)
		}
		if want := "Medium does not show some of the stories that it lists"; !strings.Contains(d.Log(), want) {
			t.Errorf("the log does not have %q", want)
		}
		d.fake.Change(mediumtest.Changes{Hidden: func(id string) bool { return sixty.N(id)%4 == 0 }})
		if a := d.run(t, newest, newest); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Error, "does not show 15 of them") {
			t.Errorf("%d %s", a.Status, a.Error)
		}
	})
}

// One story of two may be hidden, but not all.
func TestAllStoriesHiddenIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, mediumtest.Even{Count: 2, Published: newest.Add(-20)}, nil)
		d.fake.Change(mediumtest.Changes{Hidden: func(id string) bool { return strings.HasSuffix(id, "1") }})
		d.load(t, newest, newest)
		d.fake.Change(mediumtest.Changes{Hidden: func(string) bool { return true }})
		if a := d.run(t, newest, newest); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Error, "does not show 2 of them") {
			t.Errorf("%d %s", a.Status, a.Error)
		}
	})
}

// Cookies that expire among the last stories are noticed, although their nulls are few and a past day reads no account.
func TestCookiesThatExpireAmongTheLastStoriesAreNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, sixty, nil)
		d.fake.FailAfter(1+2+58, mediumtest.CookieExpired)
		a := d.run(t, newest.Add(-30), newest)
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Error, "cookies have expired") {
			t.Errorf("%d %s", a.Status, a.Error)
		}
		d.Untouched(t)
	})
}

// Two years of a growing author, with boosts, launches and quiet stories, have no day that is refused. By default three
// days in a row are compared in every six weeks; with many checks of rapid, as in .ci/run, every day is.
func TestTwoYearsPassWithoutARefusal(t *testing.T) {
	every := 42
	if checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String()); err == nil && checks > 1000 {
		every = 3
	}
	synctest.Test(t, func(t *testing.T) {
		for first := creator.Born; first.Compare(newest.Add(-3)) < 0; first = first.Add(every) {
			d := newDiary(t, theCreator, nil)
			d.fake.Change(mediumtest.Changes{Dense: first.Start().Day()%2 == 0})
			d.load(t, first, first)
			for n := 1; n <= 3; n++ {
				d.load(t, first.Add(n), first.Add(n))
			}
		}
	})
}
