package creator_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	twoYears = time.Date(2026, 11, 1, 7, 0, 0, 0, time.UTC)
	born     = creator.Born.Start()
)

// instants draws a second from two years.
var instants = rapid.Custom(func(t *rapid.T) time.Time {
	return born.Add(time.Duration(rapid.Int64Range(0, 730*86400).Draw(t, "seconds after birth")) * time.Second)
})

func TestTheHistoryIsTheOneInTheGoldenFile(t *testing.T) {
	c := creator.New(1)
	var b strings.Builder
	stories := c.Stories(twoYears)
	fmt.Fprintf(&b, "stories %d, followers %d\n", len(stories), c.Followers(twoYears))
	for _, s := range stories[len(stories)-3:] {
		fmt.Fprintf(&b, "%+v\n  %+v\n", s, c.Lifetime(s.ID, twoYears))
		for d := range 4 {
			day, _ := c.StoryDay(s.ID, partition.Day(s.PublishedAt).Add(d))
			fmt.Fprintf(&b, "  %s %+v\n", partition.Day(s.PublishedAt).Add(d), day)
		}
	}
	var total creator.Lifetime
	boosted, locked, published := 0, 0, 0
	for _, s := range stories {
		l := c.Lifetime(s.ID, twoYears)
		total.Views, total.Reads, total.Claps, total.Earnings = total.Views+l.Views, total.Reads+l.Reads, total.Claps+l.Claps, total.Earnings+l.Earnings
		for n, is := range map[*int]bool{&boosted: !s.BoostedAt.IsZero(), &locked: s.Locked, &published: s.Publication != nil} {
			if is {
				*n++
			}
		}
	}
	fmt.Fprintf(&b, "boosted %d, locked %d, in publications %d, views %d, reads %d, claps %d, cents %s\n",
		boosted, locked, published, total.Views, total.Reads, total.Claps, total.Earnings.Cents())
	states := map[creator.State]int{}
	for s := range c.Subscribers(twoYears, 0) {
		states[s.State]++
	}
	fmt.Fprintf(&b, "subscribers %v\n", states)
	for s := range c.Subscribers(twoYears, 2_400_000_000+7*3) {
		fmt.Fprintf(&b, "  %d %s %s %s %v\n", s.ID, s.Email, s.State, s.CreatedAt.Format(time.RFC3339), s.Tags)
	}
	sums := map[string]int64{}
	for _, tx := range c.Transactions(born, twoYears) {
		sums[tx.Currency+" "+tx.Category] += tx.Net()
	}
	fmt.Fprintf(&b, "transactions, net: %v\n", sums)
	for _, tx := range c.Transactions(born, born.AddDate(0, 0, 4)) {
		fmt.Fprintf(&b, "  %+v\n", tx)
	}
	for _, row := range c.Sheet(twoYears) {
		fmt.Fprintf(&b, "sheet %+v\n", row)
	}
	const golden = "testdata/seed1.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("the creator tells another story than before; if that is meant, run with -update (-want +got):\n%s", diff)
	}
}

// The past is the same for every order of requests.
func TestThePastDoesNotDependOnWhenItIsRead(t *testing.T) {
	old := creator.New(7)
	old.Stories(twoYears.AddDate(1, 0, 0))
	rapid.Check(t, func(t *rapid.T) {
		asOf := born.Add(time.Duration(rapid.IntRange(0, 150*86400).Draw(t, "seconds after birth")) * time.Second)
		fresh := creator.New(7)
		if diff := cmp.Diff(old.Stories(asOf), fresh.Stories(asOf)); diff != "" {
			t.Fatalf("stories as of %s differ (-asked later +asked then):\n%s", asOf, diff)
		}
		today := partition.Day(asOf)
		for _, s := range old.Stories(asOf) {
			for _, p := range []partition.Partition{today, today.Add(-3), partition.Day(s.PublishedAt)} {
				a, aok := old.StoryDay(s.ID, p)
				b, bok := fresh.StoryDay(s.ID, p)
				if a != b || aok != bok {
					t.Fatalf("story %s on %s: %+v asked later, %+v asked then", s.ID, p, a, b)
				}
			}
			if diff := cmp.Diff(old.Lifetime(s.ID, asOf), fresh.Lifetime(s.ID, asOf), cmp.AllowUnexported(creator.Lifetime{})); diff != "" {
				t.Fatalf("lifetime as of %s:\n%s", asOf, diff)
			}
		}
		if old.Followers(asOf) != fresh.Followers(asOf) {
			t.Fatalf("followers as of %s: %d and %d", asOf, old.Followers(asOf), fresh.Followers(asOf))
		}
	})
}

func TestLifetimesOnlyGrow(t *testing.T) {
	c := creator.New(3)
	rapid.Check(t, func(t *rapid.T) {
		a := instants.Draw(t, "first")
		b := a.Add(time.Duration(rapid.IntRange(0, 100*86400).Draw(t, "seconds later")) * time.Second)
		later := c.Stories(b)
		for i, s := range slices.Backward(c.Stories(a)) {
			if later[len(later)-len(c.Stories(a))+i].ID != s.ID {
				t.Fatalf("story %s as of %s is not in its place as of %s", s.ID, a, b)
			}
			x, y := c.Lifetime(s.ID, a), c.Lifetime(s.ID, b)
			if y.Views < x.Views || y.Reads < x.Reads || y.Claps < x.Claps || y.Responses < x.Responses ||
				y.Earnings < x.Earnings || y.Presentations < x.Presentations {
				t.Fatalf("story %s shrank from %+v to %+v", s.ID, x, y)
			}
		}
	})
}

func TestReadsNeverExceedViews(t *testing.T) {
	for seed := range uint64(5) {
		c := creator.New(seed)
		for _, s := range c.Stories(twoYears) {
			if l := c.Lifetime(s.ID, twoYears); l.Reads > l.Views || l.Voters > l.Claps {
				t.Fatalf("seed %d, story %s: lifetime %+v", seed, s.ID, l)
			}
			for p := range partition.Range(partition.Day(s.PublishedAt), partition.Day(twoYears)) {
				d, ok := c.StoryDay(s.ID, p)
				if !ok {
					t.Fatalf("seed %d, story %s has no %s", seed, s.ID, p)
				}
				for _, n := range []creator.Counts{d.Member, d.NonMember} {
					if n.Readers < 0 || n.Readers > n.Viewers || max(n.Clappers, n.Responders, n.Highlighters, n.Followers) > n.Readers {
						t.Fatalf("seed %d, story %s on %s: %+v", seed, s.ID, p, n)
					}
				}
				if d.Earnings != 0 && !s.Locked || d.Earnings < 0 {
					t.Fatalf("seed %d, story %s on %s earns %d; locked %t", seed, s.ID, p, d.Earnings, s.Locked)
				}
			}
		}
	}
}

func TestEveryCreatorIsPlausible(t *testing.T) {
	for seed := range uint64(20) {
		c := creator.New(seed)
		stories := c.Stories(twoYears)
		if len(stories) < 60 || len(stories) > 130 {
			t.Errorf("seed %d has %d stories after two years", seed, len(stories))
		}
		ids := map[string]bool{}
		for _, s := range stories {
			ids[s.ID] = true
		}
		if len(ids) != len(stories) {
			t.Errorf("seed %d: %d ids for %d stories", seed, len(ids), len(stories))
		}
		if n := c.SubscriberCount(twoYears); n < 1500 || n > 2500 {
			t.Errorf("seed %d has %d subscribers after two years", seed, n)
		}
	}
}

func TestARestatementChangesOneDayOfOneStory(t *testing.T) {
	plain, c := creator.New(5), creator.New(5)
	stories := c.Stories(twoYears)
	story := stories[len(stories)/2].ID
	day := partition.Day(twoYears).Add(-20)
	if err := c.Restate(story, day, 17); err != nil {
		t.Fatal(err)
	}
	changed := func() (list []string) {
		for _, s := range stories {
			for p := range partition.Range(creator.Born, partition.Day(twoYears)) {
				a, _ := plain.StoryDay(s.ID, p)
				b, _ := c.StoryDay(s.ID, p)
				if a != b {
					list = append(list, fmt.Sprintf("%s %s +%d", s.ID, p, b.NonMember.Viewers-a.NonMember.Viewers))
				}
			}
			if plain.Lifetime(s.ID, twoYears) != c.Lifetime(s.ID, twoYears) {
				list = append(list, s.ID+" lifetime")
			}
		}
		for p := range partition.Range(creator.Born, partition.Day(twoYears)) {
			a, _ := plain.AccountDay(p)
			b, _ := c.AccountDay(p)
			if a != b {
				list = append(list, fmt.Sprintf("account %s +%d", p, b.Viewers-a.Viewers))
			}
		}
		return list
	}
	if diff := cmp.Diff([]string{fmt.Sprintf("%s %s +17", story, day), fmt.Sprintf("account %s +17", day)}, changed()); diff != "" {
		t.Errorf("a restatement changed (-want +got):\n%s", diff)
	}
	if err := c.Restate(story, day, 0); err != nil {
		t.Fatal(err)
	}
	if got := changed(); got != nil {
		t.Errorf("restating by nothing left %v changed", got)
	}
}

func TestAnImpossibleRestatementIsRefused(t *testing.T) {
	c := creator.New(5)
	first := c.Stories(twoYears)[0]
	day := partition.Day(first.PublishedAt)
	for name, err := range map[string]error{
		"no such story":         c.Restate("nobody", day, 1),
		"before it came out":    c.Restate(first.ID, day.Add(-1), 1),
		"fewer than nobody":     c.Restate(first.ID, day, -1_000_000),
		"a month is not a day":  c.Restate(first.ID, day.Month(), 1),
		"before there was time": c.Restate(first.ID, creator.Born.Add(-1), 1),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSubscribersPageByPageAreTheWholeList(t *testing.T) {
	c := creator.NewWith(2, creator.Options{Subscribers: 300})
	rapid.Check(t, func(t *rapid.T) {
		asOf := instants.Draw(t, "as of")
		all := slices.Collect(c.Subscribers(asOf, 0))
		if int64(len(all)) != c.SubscriberCount(asOf) {
			t.Fatalf("%d subscribers, but the count is %d", len(all), c.SubscriberCount(asOf))
		}
		size := rapid.IntRange(1, 400).Draw(t, "page size")
		var pages []creator.Subscriber
		for below := int64(0); ; below = pages[len(pages)-1].ID {
			n := len(pages)
			for s := range c.Subscribers(asOf, below) {
				if pages = append(pages, s); len(pages) == n+size {
					break
				}
			}
			if len(pages) == n {
				break
			}
		}
		if diff := cmp.Diff(all, pages); diff != "" {
			t.Fatalf("pages of %d:\n%s", size, diff)
		}
		for i, s := range all {
			if s.CreatedAt.After(asOf) || i > 0 && (all[i-1].ID <= s.ID || all[i-1].CreatedAt.Before(s.CreatedAt)) {
				t.Fatalf("subscriber %d of %d, created %s, is out of place as of %s", s.ID, len(all), s.CreatedAt, asOf)
			}
		}
	})
}

func TestSubscribersLeaveAndSomeReturn(t *testing.T) {
	c := creator.New(1)
	seen := map[int64][]creator.State{}
	for asOf := born; asOf.Before(twoYears); asOf = asOf.AddDate(0, 0, 5) {
		for s := range c.Subscribers(asOf, 0) {
			if way := seen[s.ID]; len(way) == 0 || way[len(way)-1] != s.State {
				seen[s.ID] = append(way, s.State)
			}
		}
	}
	ways := map[string]int{}
	for _, way := range seen {
		ways[fmt.Sprint(way)]++
	}
	for _, want := range []string{"[active]", "[inactive]", "[active cancelled]", "[active cancelled active]", "[active bounced]", "[active complained]"} {
		if ways[want] == 0 {
			t.Errorf("no subscriber has the states %s; the states: %v", want, ways)
		}
		delete(ways, want)
	}
	for way := range ways {
		if !strings.HasPrefix(way, "[bounced") && !strings.HasPrefix(way, "[cancelled") && !strings.HasPrefix(way, "[complained") {
			t.Errorf("impossible states of a subscriber: %s", way)
		}
	}
}

func TestTransactionsAreTheSameInEveryWindow(t *testing.T) {
	c := creator.New(1)
	all := c.Transactions(born, twoYears)
	rapid.Check(t, func(t *rapid.T) {
		from, to := instants.Draw(t, "from"), instants.Draw(t, "to")
		var want []creator.Transaction
		for _, tx := range all {
			if !tx.Created.Before(from) && tx.Created.Before(to) {
				want = append(want, tx)
			}
		}
		if diff := cmp.Diff(want, c.Transactions(from, to)); diff != "" {
			t.Fatalf("from %s to %s:\n%s", from, to, diff)
		}
	})
	kinds, ids := map[string]int{}, map[string]bool{}
	for _, tx := range all {
		kinds[tx.Currency+" "+tx.Category]++
		ids[tx.ID] = true
		var fees int64
		for _, f := range tx.FeeDetails {
			fees += f.Amount
		}
		if fees != tx.Fee {
			t.Errorf("%s: fee %d, but its parts add up to %d", tx.ID, tx.Fee, fees)
		}
	}
	if len(ids) != len(all) {
		t.Errorf("%d ids for %d transactions", len(ids), len(all))
	}
	for _, want := range []string{"usd charge", "usd refund", "usd dispute", "usd fee", "usd payout", "jpy charge", "jpy refund", "jpy payout"} {
		if kinds[want] == 0 {
			t.Errorf("no %s in two years: %v", want, kinds)
		}
	}
}

// Every cent received was paid out, is still pending, or was received since the last Monday.
func TestPayoutsAreWhatBecameAvailable(t *testing.T) {
	c := creator.New(4)
	monday := time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC)
	var available, paid int64
	for _, tx := range c.Transactions(born, monday.AddDate(0, 0, 1)) {
		switch {
		case tx.Currency != "jpy":
		case tx.Category == "payout":
			paid -= tx.Amount
		case tx.AvailableOn.Before(monday):
			available += tx.Net()
		}
	}
	if paid != available || paid == 0 {
		t.Errorf("¥%d were available by %s, ¥%d paid out", available, monday, paid)
	}
}

// A new creator has nothing, and then one of each on a day of its own.
func TestANewCreatorBeginsWithNothing(t *testing.T) {
	first := creator.Options{
		FirstSubscriber: partition.MustParse("2026-02-01"), FirstStory: partition.MustParse("2026-02-02"),
		FirstPayment: partition.MustParse("2026-02-03"), FirstBoost: partition.MustParse("2026-02-10"),
	}
	for seed := range uint64(20) {
		c := creator.NewWith(seed, first)
		state := func(p partition.Partition) string {
			end := p.End().Add(-1)
			boosted := 0
			for _, row := range c.Sheet(end) {
				if row.Boosted {
					boosted++
				}
			}
			charges := 0
			for _, tx := range c.Transactions(born, p.End()) {
				if tx.Category == "charge" {
					charges++
				} else if charges == 0 && tx.Created.Before(first.FirstPayment.Start()) {
					t.Errorf("seed %d, %s: transaction %+v before the first payment", seed, p, tx)
				}
			}
			return fmt.Sprintf("%d subscribers, %d stories, %d charges, %d boosted", c.SubscriberCount(end), len(c.Stories(end)),
				charges, boosted)
		}
		for p, want := range map[partition.Partition]string{
			first.FirstSubscriber.Add(-1): "0 subscribers, 0 stories, 0 charges, 0 boosted",
			first.FirstSubscriber:         "1 subscribers, 0 stories, 0 charges, 0 boosted",
		} {
			if got := state(p); got != want {
				t.Errorf("seed %d, %s: %s, want %s", seed, p, got, want)
			}
			if n := c.Followers(p.End()); n != 0 {
				t.Errorf("seed %d, %s: %d followers before the first story", seed, p, n)
			}
		}
		for what, on := range map[string]partition.Partition{
			" 1 stories": first.FirstStory, " 1 charges": first.FirstPayment, " 1 boosted": first.FirstBoost,
		} {
			none := strings.Replace(what, "1", "0", 1)
			if got := state(on.Add(-1)); !strings.Contains(got, none) {
				t.Errorf("seed %d, the day before %s: %s, want%s", seed, on, got, none)
			}
			if got := state(on); !strings.Contains(got, what) {
				t.Errorf("seed %d, %s: %s, want%s", seed, on, got, what)
			}
		}
	}
}

func TestDownloadsAgreeWithTheDays(t *testing.T) {
	c := creator.New(1)
	month := partition.MustParse("2026-09")
	for _, m := range c.Download(month) {
		var earned creator.Money
		for p := range month.Days() {
			d, _ := c.StoryDay(m.ID, p)
			earned += d.Earnings
		}
		if earned != m.Earned {
			t.Errorf("story %s earned %s cents in its days, %s in its month", m.ID, earned.Cents(), m.Earned.Cents())
		}
	}
}

func TestMoneyIsExact(t *testing.T) {
	for m, want := range map[creator.Money]string{0: "0", 100: "1", 2137: "21.37", 5: "0.05", -250: "-2.50"} {
		if got := m.Cents(); got != want {
			t.Errorf("Money(%d).Cents() = %s, want %s", m, got, want)
		}
	}
	if units, nanos := creator.Money(143_500).UnitsNanos(); units != 14 || nanos != 350_000_000 {
		t.Errorf("$14.35 is %d units and %d nanos", units, nanos)
	}
}

func BenchmarkTwoYearsOfStories(b *testing.B) {
	for b.Loop() {
		creator.New(1).Stories(twoYears)
	}
}

func BenchmarkWindowOfAllStories(b *testing.B) {
	c := creator.New(1)
	stories := c.Stories(twoYears)
	for b.Loop() {
		for _, s := range stories {
			for back := range 7 {
				c.StoryDay(s.ID, partition.Day(twoYears).Add(-back))
			}
		}
	}
}

func BenchmarkMillionSubscribers(b *testing.B) {
	c := creator.NewWith(1, creator.Options{Subscribers: 1_000_000})
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range c.Subscribers(twoYears, 0) {
			n++
		}
		b.ReportMetric(float64(n), "subscribers")
	}
}

func BenchmarkMonthOfTransactions(b *testing.B) {
	c := creator.New(1)
	for b.Loop() {
		c.Transactions(twoYears.AddDate(0, -1, 0), twoYears)
	}
}
