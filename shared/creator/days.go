package creator

import (
	"fmt"
	"time"

	"example.com/rollcall/shared/partition"
)

// Money is an amount of US dollars in hundredths of a cent, because Medium pays fractions of a cent.
type Money int64

// Cents is the amount in cents, as a decimal: "21" or "21.37".
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

// UnitsNanos is the amount in whole dollars and the billionths of a dollar that remain.
func (m Money) UnitsNanos() (units, nanos int64) {
	return int64(m) / 10_000, int64(m) % 10_000 * 100_000
}

// Counts are people, each counted once a day.
type Counts struct {
	Viewers, Readers, Clappers, Responders, Highlighters, Followers int64
}

func (a Counts) plus(b Counts) Counts {
	return Counts{
		a.Viewers + b.Viewers, a.Readers + b.Readers, a.Clappers + b.Clappers,
		a.Responders + b.Responders, a.Highlighters + b.Highlighters, a.Followers + b.Followers,
	}
}

// StoryDay is one story's day. No count is greater than Viewers.
type StoryDay struct {
	Member, NonMember Counts
	// Earnings come from members; now and then from a member who was counted on another day, so that a day without
	// member viewers may earn.
	Earnings Money
}

// Lifetime is what a story has come to.
type Lifetime struct {
	// Presentations, Views and Reads count times, not people, so they are more than the days' counts add up to.
	Presentations, Views, Reads int64
	Claps                       int64
	Voters                      int64 // people who clapped
	Responses                   int64
	Earnings                    Money

	people Counts // the days' sum
}

// storyDay is what a story's day was, before any restatement.
func (c *Creator) storyDay(s *storyline, d int) StoryDay {
	dice := c.throw(ofStoryDay, s.index, d)
	age := int64(d - s.first)
	views := s.reach * audience(d) * 4 / (age + 4) // thousandths; the launch, and a long tail
	if age == 0 {                                  // what is left of the day
		views = views * int64(start(d+1).Sub(s.PublishedAt)/time.Minute) / (24 * 60)
	}
	if boost := int64(d - dayOf(s.BoostedAt)); s.boostReach > 0 && boost >= 0 {
		views += s.boostReach * audience(d) * 8 / (8 + boost) // what is recommended once is found for long
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

// append adds the next day and what the story has come to with it.
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

// StoryDay is one day of a story, with its restatement if there is one. It reports false when there is no such story, or
// none yet on that day.
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

// Lifetime is what a story had come to when the last UTC day before asOf ended: the same all day long. Restatements do not
// show in it, as Medium's daily figures and its lifetime figures do not add up to each other.
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
