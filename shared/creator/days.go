package creator

import (
	"fmt"
	"time"

	"example.com/rollcall/shared/partition"
)

// Money is an amount of US dollars in hundredths of a cent. Medium pays fractions of a cent.
type Money int64

// Cents returns the amount in cents as a decimal: "21" or "21.37".
func (m Money) Cents() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	if m%100 == 0 {
		return fmt.Sprintf("%s%d", sign, m/100)
	}
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}

// UnitsNanos returns the amount as whole dollars and billionths of a dollar.
func (m Money) UnitsNanos() (units, nanos int64) {
	return int64(m) / 10_000, int64(m) % 10_000 * 100_000
}

// Counts holds numbers of people, each counted once a day.
type Counts struct {
	Viewers, Readers, Clappers, Responders, Highlighters, Followers int64
}

func (a Counts) plus(b Counts) Counts {
	return Counts{
		a.Viewers + b.Viewers, a.Readers + b.Readers, a.Clappers + b.Clappers,
		a.Responders + b.Responders, a.Highlighters + b.Highlighters, a.Followers + b.Followers,
	}
}

// StoryDay holds one day of a story. No count is greater than Viewers.
type StoryDay struct {
	Member, NonMember Counts
	// Earnings come from members. A few come from a member who is counted on another day, so a day without members
	// may earn.
	Earnings Money
}

// Lifetime holds the totals of a story.
type Lifetime struct {
	// Presentations, Views and Reads count events, not people, so they exceed the sums of the days.
	Presentations, Views, Reads int64
	Claps                       int64
	Voters                      int64 // people who clapped
	Responses                   int64
	Earnings                    Money

	people Counts // the days' sum
}

// storyDay returns a day of a story, without restatements.
func (c *Creator) storyDay(s *storyline, d int) StoryDay {
	dice := c.throw(ofStoryDay, s.index, d)
	age := int64(d - s.first)
	views := s.reach * audience(d) * 4 / (age + 4) // thousandths; a launch and a long tail
	if age == 0 {                                  // the rest of the day
		views = views * int64(start(d+1).Sub(s.PublishedAt)/time.Minute) / (24 * 60)
	}
	if boost := int64(d - dayOf(s.BoostedAt)); s.boostReach > 0 && boost >= 0 {
		views += s.boostReach * audience(d) * 8 / (8 + boost) // a boost fades slowly
	}
	views = views * weekdayReaders[start(d).Weekday()] / 1000 * dice.between(750, 1250) / 1000
	viewers := dice.round(views)
	members := dice.share(viewers, s.memberShare)
	out := StoryDay{Member: s.counts(&dice, members), NonMember: s.counts(&dice, viewers-members)}
	if s.Locked {
		out.Earnings = Money(out.Member.Readers * int64(s.rate) * dice.between(800, 1200) / 1000)
		if members == 0 && dice.chance(30) {
			out.Earnings = Money(dice.between(25, 300))
		}
	}
	return out
}

func (s *storyline) counts(dice *dice, viewers int64) Counts {
	readers := dice.share(viewers, s.readers)
	return Counts{
		Viewers: viewers, Readers: readers, Clappers: dice.share(readers, 60), Responders: dice.share(readers, 6),
		Highlighters: dice.share(readers, 15), Followers: dice.share(readers, 8),
	}
}

func (s *storyline) append(d StoryDay) {
	var t Lifetime
	if len(s.totals) > 0 {
		t = s.totals[len(s.totals)-1]
	}
	t.people = t.people.plus(d.Member).plus(d.NonMember)
	t.Views = t.people.Viewers + t.people.Viewers/9
	t.Reads = t.people.Readers + t.people.Readers/12
	t.Presentations = t.Views*7 + int64(len(s.days))
	t.Voters, t.Claps = t.people.Clappers, t.people.Clappers*s.clapsEach
	t.Responses = t.people.Responders
	t.Earnings += d.Earnings
	s.days, s.totals = append(s.days, d), append(s.totals, t)
}

// StoryDay returns one day of a story, restated if it was. It reports false if there is no such story on that day.
func (c *Creator) StoryDay(id string, p partition.Partition) (StoryDay, bool) {
	d := dayOf(p.Start())
	c.grow(d)
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := c.byID[id]
	if s == nil || d < s.first {
		return StoryDay{}, false
	}
	out := s.days[d-s.first]
	out.NonMember.Viewers += c.restated[restatedDay{id, d}]
	return out, true
}

// Lifetime returns the totals of a story at the end of the last UTC day before asOf. They ignore restatements:
// Medium's lifetime figures are not the sums of its daily figures either.
func (c *Creator) Lifetime(id string, asOf time.Time) Lifetime {
	d := dayOf(asOf)
	c.grow(d)
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := c.byID[id]
	if s == nil || d <= s.first {
		return Lifetime{}
	}
	return s.totals[d-s.first-1]
}

type restatedDay struct {
	story string
	day   int
}

// Restate adds viewers to a past day of a story, or removes them if moreViewers is negative. They are not
// members and did not read. It replaces an earlier restatement of the day; 0 removes it. It changes that day of
// the story and the account's viewers of that day. It fails if there is no such story on that day, or if fewer
// viewers than readers would remain.
func (c *Creator) Restate(storyID string, p partition.Partition, moreViewers int64) error {
	d := dayOf(p.Start())
	c.grow(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.byID[storyID]
	switch {
	case p.Grain() != partition.Daily:
		return fmt.Errorf("restate story %s: partition %s is not a day", storyID, p)
	case s == nil:
		return fmt.Errorf("restate story %s: there is no such story by %s", storyID, p)
	case d < s.first:
		return fmt.Errorf("restate story %s on %s: it was published later, at %s", storyID, p,
			s.PublishedAt.Format("2006-01-02"))
	}
	counts := s.days[d-s.first].NonMember
	if counts.Viewers+moreViewers < counts.Readers {
		return fmt.Errorf("restate story %s on %s: %d of %d removed viewers would leave fewer than the %d readers",
			storyID, p, -moreViewers, counts.Viewers, counts.Readers)
	}
	key := restatedDay{storyID, d}
	if moreViewers == 0 {
		delete(c.restated, key)
	} else {
		c.restated[key] = moreViewers
	}
	return nil
}

// AccountDay holds one day of the whole account.
type AccountDay struct {
	Presentations, Viewers, Readers int64
	NetFollowers, NetSubscribers    int64 // on Medium: gained minus lost
}

type account struct {
	AccountDay
	silent    bool
	followers int64 // at the day's end
}

// followersAtBirth returns the number of followers on Born, who came from elsewhere; a new creator has none.
func (c *Creator) followersAtBirth() int64 {
	if c.first.story > 0 {
		return 0
	}
	return 90
}

// account returns a day of the account, from the days of its stories. The caller must hold mu.
func (c *Creator) account(d int) account {
	dice := c.throw(ofAccount, 0, d)
	followers := c.followersAtBirth()
	if d > 0 {
		followers = c.accounts[d-1].followers
	}
	if d < c.first.story {
		return account{followers: followers}
	}
	var sum Counts
	for _, s := range c.stories {
		last := s.days[len(s.days)-1]
		sum = sum.plus(last.Member).plus(last.NonMember)
	}
	lost := dice.share(followers, 1)
	a := account{silent: dice.chance(15)}
	a.Presentations = sum.Viewers*8 + dice.below(40)
	a.Viewers, a.Readers = sum.Viewers, sum.Readers
	a.NetFollowers = sum.Followers + dice.below(2) - lost
	a.NetSubscribers = dice.share(sum.Followers, 200) - dice.share(1, 60)
	a.followers = followers + a.NetFollowers
	return a
}

// AccountDay returns one day of the account, with the restatements of its stories. It reports false if Medium's
// time series omits the day, as it does now and then.
func (c *Creator) AccountDay(p partition.Partition) (AccountDay, bool) {
	d := dayOf(p.Start())
	if d < 0 {
		return AccountDay{}, false
	}
	c.grow(d)
	c.mu.RLock()
	defer c.mu.RUnlock()
	a := c.accounts[d]
	for key, views := range c.restated {
		if key.day == d {
			a.Viewers += views
		}
	}
	return a.AccountDay, !a.silent
}

// Followers returns the number of followers on Medium at the end of the last UTC day before asOf.
func (c *Creator) Followers(asOf time.Time) int64 {
	d := dayOf(asOf)
	if d < 1 {
		return c.followersAtBirth()
	}
	c.grow(d)
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.accounts[d-1].followers
}
