package medium

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// asOf is early in a day, so the newest complete partition is 2026-11-21.
var (
	asOf   = time.Date(2026, 11, 22, 7, 30, 0, 0, time.UTC)
	newest = partition.MustParse("2026-11-21")
)

// theCreator is shared by all tests, which only read it.
var theCreator = creator.New(7)

// setUp returns that creator, a fake that serves it in pages of 20 stories, and a source that reads the fake.
func setUp(t testing.TB) (*creator.Creator, *mediumtest.Server, *source.Source) {
	t.Helper()
	return setUpWith(t, theCreator)
}

func setUpWith(t testing.TB, c *creator.Creator) (*creator.Creator, *mediumtest.Server, *source.Source) {
	t.Helper()
	fake := mediumtest.New(c)
	fake.SetNow(asOf)
	fake.MaxPerPage = 20
	src, err := New(Config{
		URL: "http://127.0.0.1", Username: creator.Username, SID: mediumtest.SID, UID: mediumtest.UID,
		transport: upstreamtest.Transport(fake),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, fake, src
}

// window returns the days that a run for p reads of each story.
func window(t testing.TB, p partition.Partition) []partition.Partition {
	t.Helper()
	return slices.Collect(sourcetest.Section(t, "medium").Loads(daysTable, p))
}

// decoded returns a table's rows.
func decoded[T any](t *testing.T, rig *sourcetest.Rig, table string, p partition.Partition) []T {
	t.Helper()
	var rows []T
	for _, line := range rig.Rows(table, p.String()) {
		var row T
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestARunLoadsEveryTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, fake, src := setUp(t)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")

		stories := len(c.Stories(asOf))
		if n := len(rig.Rows(storiesTable, newest.String())); n != stories {
			t.Errorf("%d rows of stories, want %d", n, stories)
		}
		if n := len(rig.Rows(accountTable, newest.String())); n != 1 {
			t.Errorf("%d rows of the account, want 1", n)
		}
		pages, published := (stories+19)/20, len(c.Stories(newest.End().Add(-1)))
		if want := 1 + pages + published + 1; fake.Requests() != want {
			t.Errorf("%d requests, want %d: the viewer, %d pages, a story's days at once, the account", fake.Requests(), want, pages)
		}
		var got []string
		for _, e := range rig.Events() {
			got = append(got, fmt.Sprintf("%s %d tables", e.Partition, len(e.Tables)))
		}
		var want []string
		for _, p := range window(t, newest) {
			want = append(want, fmt.Sprintf("%s %d tables", p, map[bool]int{true: 3, false: 1}[p == newest]))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A new author has no story, which is no error: every table's partitions are loaded, and the account's has its row.
func TestAnAuthorWithoutStoriesIsLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, fake, src := setUpWith(t, creator.NewWith(7, creator.Options{FirstStory: newest.Add(1)}))
		fake.SetNow(newest.End().Add(time.Minute))
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		for _, e := range rig.Events() {
			for _, table := range e.Tables {
				want := int64(0)
				if table.Table == "raw."+accountTable {
					want = 1
				}
				if table.Rows != want {
					t.Errorf("%s of %s has %d rows, want %d", table.Table, e.Partition, table.Rows, want)
				}
			}
		}
		if n, want := len(rig.Events()), len(window(t, newest)); n != want {
			t.Errorf("%d events, want one for each of the window's %d days", n, want)
		}
	})
}

// The golden file shows the first rows of each table.
func TestRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, src := setUp(t)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		var b strings.Builder
		for _, table := range []string{storiesTable, daysTable, accountTable} {
			rows := rig.Rows(table, newest.String())
			fmt.Fprintf(&b, "%s\n", table)
			for _, row := range rows[:min(len(rows), 6)] {
				fmt.Fprintf(&b, "%s\n", row)
			}
		}
		golden.Compare(t, "testdata/rows.txt", b.String())
	})
}

func TestStoriesMatchTheCreator(t *testing.T) {
	type row struct {
		PostID    string  `json:"post_id"`
		Views     int64   `json:"views"`
		Reads     int64   `json:"reads"`
		Claps     int64   `json:"claps"`
		Voters    int64   `json:"voters"`
		Responses int64   `json:"responses"`
		Earnings  string  `json:"earnings"`
		Published string  `json:"first_published_at"`
		Boosted   *string `json:"first_boosted_at"`
	}
	const micros = "2006-01-02T15:04:05.000000Z"
	synctest.Test(t, func(t *testing.T) {
		c, _, src := setUp(t)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		want, got := map[string]row{}, map[string]row{}
		for _, s := range c.Stories(asOf) {
			life := c.Lifetime(s.ID, asOf)
			r := row{s.ID, life.Views, life.Reads, life.Claps, life.Voters, life.Responses, "", s.PublishedAt.Format(micros), nil}
			if !s.BoostedAt.IsZero() {
				at := s.BoostedAt.Format(micros)
				r.Boosted = &at
			}
			if s.Locked { // the creator's money is in hundredths of a cent
				r.Earnings = trimZeros(fmt.Sprintf("%d.%04d", life.Earnings/10000, life.Earnings%10000))
			}
			want[s.ID] = r
		}
		for _, r := range decoded[row](t, rig, storiesTable, newest) {
			got[r.PostID] = r
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stories (-creator +loaded):\n%s", diff)
		}
	})
}

func trimZeros(decimal string) string {
	return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".")
}

// dayCounts holds one row of medium_story_days.
type dayCounts struct {
	PostID       string  `json:"post_id"`
	Membership   string  `json:"membership"`
	Viewers      int64   `json:"viewers"`
	Readers      int64   `json:"readers"`
	Clappers     int64   `json:"clappers"`
	Responders   int64   `json:"responders"`
	Highlighters int64   `json:"highlighters"`
	Followers    int64   `json:"followers_gained"`
	Cents        *string `json:"earnings_cents"`
}

// creatorDays returns the expected rows of medium_story_days for the creator's day, by story and membership.
func creatorDays(c *creator.Creator, p partition.Partition) map[string]dayCounts {
	rows := map[string]dayCounts{}
	for _, s := range c.Stories(p.End().Add(-1)) {
		d, _ := c.StoryDay(s.ID, p)
		add := func(membership string, n creator.Counts, cents *string) {
			rows[s.ID+membership] = dayCounts{
				s.ID, membership, n.Viewers, n.Readers, n.Clappers, n.Responders, n.Highlighters, n.Followers, cents,
			}
		}
		add(nonMember, d.NonMember, nil)
		var cents *string
		if d.Earnings != 0 {
			text := d.Earnings.Cents()
			if strings.Contains(text, ".") {
				text = trimZeros(text)
			}
			cents = &text
		}
		add(member, d.Member, cents)
	}
	return rows
}

func TestStoryDaysMatchTheCreator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, src := setUp(t)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		for _, p := range window(t, newest) {
			got := map[string]dayCounts{}
			for _, r := range decoded[dayCounts](t, rig, daysTable, p) {
				got[r.PostID+r.Membership] = r
			}
			if diff := cmp.Diff(creatorDays(c, p), got); diff != "" {
				t.Errorf("%s (-creator +loaded):\n%s", p, diff)
			}
		}
	})
}

func TestEarningsWithoutMembersAreLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, src := setUp(t)
		day, row := earningsWithoutMembers(t, c)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, fmt.Sprintf(`{"partition":%q}`, day))
		for _, r := range decoded[dayCounts](t, rig, daysTable, day) {
			if r.PostID == row.PostID && r.Membership == member {
				if diff := cmp.Diff(row, r); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return
			}
		}
		t.Errorf("%s cents of story %s on %s are missing", *row.Cents, row.PostID, day)
	})
}

// earningsWithoutMembers returns a day on which a story earned money although no member viewed it.
func earningsWithoutMembers(t *testing.T, c *creator.Creator) (partition.Partition, dayCounts) {
	t.Helper()
	for p := newest; p.Compare(creator.Born) > 0; p = p.Add(-1) {
		for _, r := range creatorDays(c, p) {
			if r.Cents != nil && r.Viewers == 0 {
				return p, r
			}
		}
	}
	t.Fatal("the creator has no such day")
	return partition.Partition{}, dayCounts{}
}

// If the account's series lacks a day, its columns are null for that day, but the followers are loaded.
func TestAMissingDayOfASeriesIsNullNotZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, fake, src := setUp(t)
		for silent := range 2 {
			p := newest
			for _, known := c.AccountDay(p); known != (silent == 0); _, known = c.AccountDay(p) {
				p = p.Add(-1)
			}
			at := p.End().Add(7 * time.Hour)
			fake.SetNow(at)
			rig := sourcetest.Run(t, src, at)
			rig.Load(t, "")
			row := decoded[map[string]any](t, rig, accountTable, p)[0]
			want := map[string]any{
				"day": p.String(), "user_id": creator.UserID, "username": creator.Username, "followers": float64(c.Followers(at)),
			}
			if d, known := c.AccountDay(p); known {
				want["presentations"], want["viewers"], want["readers"] = float64(d.Presentations), float64(d.Viewers), float64(d.Readers)
				want["net_followers_gained"], want["net_subscribers_gained"] = float64(d.NetFollowers), float64(d.NetSubscribers)
			}
			if diff := cmp.Diff(want, row); diff != "" {
				t.Errorf("%s (-want +got):\n%s", p, diff)
			}
		}
	})
}

func TestDaysBeforeTheFirstStoryAreEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, fake, src := setUp(t)
		second := creator.Born.Add(1)
		at := second.End().Add(7 * time.Hour)
		fake.SetNow(at)
		rig := sourcetest.Run(t, src, at)
		rig.Load(t, "")
		if n := len(rig.Events()); n != len(window(t, second)) {
			t.Fatalf("%d events, want %d", n, len(window(t, second)))
		}
		for _, p := range window(t, second) {
			if n, want := len(rig.Rows(daysTable, p.String())), len(creatorDays(c, p)); n != want {
				t.Errorf("%s: %d rows, want %d", p, n, want)
			}
		}
	})
}

// A run for a past partition reads the story days again, although the snapshots can no longer be read.
func TestAPastPartitionLoadsOnlyStoryDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, src := setUp(t)
		past := partition.MustParse("2026-03-15")
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, `{"partition":"2026-03-15"}`)
		if n := len(rig.Rows(storiesTable, past.String())); n != 0 {
			t.Errorf("%d rows of a snapshot that was never read", n)
		}
		if n, want := len(rig.Rows(daysTable, past.String())), len(creatorDays(c, past)); n != want {
			t.Errorf("%d rows of days, want %d: stories that came out later have none", n, want)
		}
	})
}

// digests returns the digest of the last load of each table's partition.
func digests(rig *sourcetest.Rig) map[string]string {
	m := map[string]string{}
	for _, e := range rig.Events() {
		for _, table := range e.Tables {
			m[table.Table+" "+e.Partition.String()] = table.Digest.String()
		}
	}
	return m
}

func TestARestatedDayChangesOnlyItsOwnDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, src := setUp(t)
		rig := sourcetest.Run(t, src, asOf)
		rig.Load(t, "")
		first := digests(rig)
		rig.Load(t, "")
		if diff := cmp.Diff(first, digests(rig)); diff != "" {
			t.Errorf("the same answers gave other digests:\n%s", diff)
		}
		story, restated := c.Stories(asOf)[5].ID, newest.Add(-3)
		restate := func(more int64) {
			if err := c.Restate(story, restated, more); err != nil {
				t.Fatal(err)
			}
		}
		restate(11)
		defer restate(0)
		rig.Load(t, "")
		var changed []string
		for slot, digest := range digests(rig) {
			if first[slot] != digest {
				changed = append(changed, slot)
			}
		}
		if diff := cmp.Diff([]string{"raw.medium_story_days " + restated.String()}, changed); diff != "" {
			t.Errorf("restated %s (-want +got):\n%s", restated, diff)
		}
	})
}

// Requests to Medium are at least the interval apart.
func TestRequestsKeepTheirInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, fake, _ := setUp(t)
		var times []time.Time
		src, err := New(Config{
			URL: "http://127.0.0.1/", Username: creator.Username, SID: mediumtest.SID, UID: mediumtest.UID, Interval: time.Second,
			transport: upstreamtest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				times = append(times, time.Now())
				fake.ServeHTTP(w, r)
			})),
		})
		if err != nil {
			t.Fatal(err)
		}
		sourcetest.Run(t, src, asOf).Load(t, "")
		for i := 1; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap < time.Second-time.Microsecond {
				t.Fatalf("request %d came %s after the one before", i+1, gap)
			}
		}
		if len(times) < 50 {
			t.Errorf("only %d requests", len(times))
		}
	})
}

func BenchmarkExtractWindow(b *testing.B) {
	_, fake, src := setUp(b)
	for b.Loop() {
		rig := sourcetest.Run(b, src, asOf)
		if status, answer := rig.Post(""); status != http.StatusOK {
			b.Fatal(answer)
		}
	}
	b.ReportMetric(float64(fake.Requests())/float64(b.N), "requests/op")
}
