package medium

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// dayDigests returns the digests of the story days alone.
func (d *diary) dayDigests() map[string]string {
	all := digests(d.Rig)
	maps.DeleteFunc(all, func(slot, _ string) bool { return !strings.HasPrefix(slot, "raw."+daysTable) })
	return all
}

// What is wrong with the list is refused by the frame. The answer names what differs, and nothing is loaded.
func TestAListThatDiffersIsNotLoaded(t *testing.T) {
	for _, test := range []struct {
		failure mediumtest.Failure
		want    string
	}{
		{mediumtest.ListEndsEarly, "raw.medium_stories 2026-11-21 fell from 60 rows on 2026-11-20 to 1"},
		{mediumtest.FirstPageAlone, "raw.medium_stories 2026-11-21 fell from 60 rows on 2026-11-20 to 20"},
		{mediumtest.OtherAccount, "medium sends data of another account: user_id is fedcba987654 and was " + creator.UserID},
		{mediumtest.ViewsFall, "raw.medium_stories 2026-11-21 has lower views than on 2026-11-20 for 60 of 60 keys, 19680 instead of 24000"},
	} {
		t.Run(string(test.failure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary(t, sixty, nil)
				d.fake.MaxPerPage = 20
				d.load(t, newest.Add(-1), newest.Add(-1))
				before, loads := digests(d.Rig), d.Loads()
				d.fake.Fail(test.failure)
				for range 2 {
					a := d.run(t, newest, newest)
					if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Error, test.want) ||
						!strings.Contains(a.Hint, "load --source medium --date 2026-11-21 --accept") {
						t.Errorf("%d %s\nwant %s", a.Status, a.Error, test.want)
					}
				}
				if diff := cmp.Diff(before, digests(d.Rig)); diff != "" || d.Loads() != loads {
					t.Errorf("something was loaded:\n%s", diff)
				}
				d.fake.Fail("")
				d.load(t, newest, newest)
				if got := d.sums(t, newest); got != wholeDay {
					t.Errorf("%s, want %s", got, wholeDay)
				}
			})
		})
	}
}

// A past day whose list ends early is whole all the same, because the stories that earlier loads have are asked for.
func TestAShortListTakesNothingFromThePast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, sixty, nil)
		d.load(t, newest.Add(-8), newest)
		before := d.dayDigests()
		d.fake.Fail(mediumtest.ListEndsEarly)
		d.load(t, newest.Add(-8), newest)
		if diff := cmp.Diff(before, d.dayDigests()); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}

// Views that fall a little are corrections.
func TestAFewViewsMayFall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		author := mediumtest.Even{Count: 171, Published: newest.Add(-9)}
		d := newDiary(t, author, nil)
		d.load(t, newest.Add(-1), newest.Add(-1))
		d.fake.Change(mediumtest.Changes{Views: func(id string, views int64) int64 {
			if author.N(id) < 2 {
				return views - 15
			}
			return views
		}})
		d.load(t, newest, newest)
		if want := `"values fell that never fall"`; !strings.Contains(d.Log(), want) {
			t.Errorf("the log does not have %s", want)
		}
	})
}

// A story that is deleted keeps its days, whether Medium answers with null or with an error. Digests stay the same, so that
// no model runs again.
func TestDeletedStoriesKeepTheirPast(t *testing.T) {
	deleted := func(id string) bool { return sixty.N(id) < 3 }
	t.Run("null", func(t *testing.T) { deletedStoriesKeepTheirPast(t, mediumtest.Changes{Deleted: deleted}) })
	t.Run("an error", func(t *testing.T) { deletedStoriesKeepTheirPast(t, mediumtest.Changes{Failing: deleted}) })
}

func deletedStoriesKeepTheirPast(t *testing.T, changes mediumtest.Changes) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, sixty, nil)
		d.load(t, newest.Add(-1), newest.Add(-1))
		before := d.dayDigests()
		d.fake.Change(changes)
		for range 2 {
			d.load(t, newest, newest)
			for day := newest.Add(-6); day != newest; day = day.Add(1) {
				if got := d.sums(t, day); got != wholeDay {
					t.Errorf("%s has %s, want %s", day, got, wholeDay)
				}
			}
			if got, want := d.sums(t, newest), "114 rows, 570 viewers, 7.125 USD"; got != want {
				t.Errorf("%s has %s, want %s", newest, got, want)
			}
		}
		after := d.dayDigests()
		delete(after, "raw.medium_story_days "+newest.String())
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if n := len(d.Rows(storiesTable, newest.String())); n != 57 {
			t.Errorf("the snapshot has %d stories, want 57: it shows what is there now", n)
		}
	})
}

// Two months are loaded again after a story was deleted, and are as they were.
func TestABackfillAfterADeletionChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		author := mediumtest.Even{Count: 10, Published: partition.MustParse("2026-09-20")}
		d := newDiary(t, author, nil)
		backfill := func() {
			for day := partition.MustParse("2026-09-07"); day.String() < "2026-11-07"; day = day.Add(7) { // each reads a week
				d.load(t, day, newest)
			}
		}
		backfill()
		before := d.dayDigests()
		if len(before) < 61 {
			t.Fatalf("only %d days were loaded", len(before))
		}
		d.fake.Change(mediumtest.Changes{Deleted: func(id string) bool { return author.N(id) == 4 }})
		for range 2 {
			backfill()
			if diff := cmp.Diff(before, d.dayDigests()); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		}
		if got, want := d.sums(t, partition.MustParse("2026-10-15")), "20 rows, 100 viewers, 1.250 USD"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// A story that left the list, but is still answered by its id, is loaded as it is now.
func TestADelistedStoryIsStillRead(t *testing.T) {
	extra := int64(0)
	author := mediumtest.Even{Count: 10, Published: newest.Add(-30), Day: func(n int, p partition.Partition) creator.StoryDay {
		day := mediumtest.TenViews(n, p)
		if n == 4 && p == newest.Add(-2) {
			day.NonMember.Viewers += extra
		}
		return day
	}}
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(t, author, nil)
		d.load(t, newest.Add(-1), newest.Add(-1))
		extra = 7
		d.fake.Change(mediumtest.Changes{Delisted: func(id string) bool { return author.N(id) == 4 }})
		d.load(t, newest, newest)
		for day, want := range map[partition.Partition]string{
			newest.Add(-3): "20 rows, 100 viewers, 1.250 USD",
			newest.Add(-2): "20 rows, 107 viewers, 1.250 USD",
			newest:         "20 rows, 100 viewers, 1.250 USD",
		} {
			if got := d.sums(t, day); got != want {
				t.Errorf("%s has %s, want %s", day, got, want)
			}
		}
	})
}
