package creator

import (
	"fmt"
	"iter"
	"sort"
	"time"
)

// State is where a subscriber stands, in Kit's words.
type State string

// Kit's states. Inactive are those who never confirmed.
const (
	Active     State = "active"
	Inactive   State = "inactive"
	Bounced    State = "bounced"
	Complained State = "complained"
	Cancelled  State = "cancelled"
)

// Tag is a label on subscribers.
type Tag struct {
	ID   int64
	Name string
}

// Attribution is how a subscriber came. Empty texts are unknown.
type Attribution struct {
	Referrer, UTMSource, UTMMedium, UTMCampaign, UTMTerm, UTMContent string
	SourceType, SourceName, Mechanism, MechanismID                   string
}

// Location is where a subscriber seems to be.
type Location struct {
	City, Region, Country string
	Latitude, Longitude   float64
	Timezone              string
}

// Subscriber is one subscriber of the newsletter as of an instant. Slices, maps and pointers are shared: read them only.
type Subscriber struct {
	ID          int64
	Email       string
	FirstName   string // empty: not given
	State       State
	CreatedAt   time.Time
	Tags        []Tag
	Attribution Attribution
	Location    *Location         // nil: unknown
	Fields      map[string]string // custom fields, by key
}

const (
	firstID = 2_400_000_000
	idStep  = 7 // ids rise with gaps, as those of a service with other accounts do
)

// signedUp is how many had subscribed when the d-th day ended; none before the first.
func (c *Creator) signedUp(d int) int64 {
	if d < 0 {
		return 0
	}
	c.signupsMu.RLock()
	if d < len(c.signups) {
		defer c.signupsMu.RUnlock()
		return c.signups[d]
	}
	c.signupsMu.RUnlock()
	c.signupsMu.Lock()
	defer c.signupsMu.Unlock()
	for next := len(c.signups); next <= d; next++ {
		total := int64(0)
		if next > 0 {
			total = c.signups[next-1]
		}
		c.signups = append(c.signups, total+c.newSignups(next))
	}
	return c.signups[d]
}

// newSignups grows with the audience. A tenth of the two years' number came on the first day, from an older list.
func (c *Creator) newSignups(d int) int64 {
	dice := c.throw(ofSignups, 0, d)
	if d == 0 {
		return max(c.subscribers/10, 1)
	}
	const twoYears = 730*1000 + 1000*729*730/2/365 // audience of the days 0 … 729, summed up
	milli := c.subscribers * 900 * audience(d) / twoYears
	milli = milli * weekdayReaders[start(d).Weekday()] / 1000 * dice.between(700, 1300) / 1000
	return dice.round(milli)
}

// createdAt is when the k-th of a day's n signups came; later ones have greater k.
func (c *Creator) createdAt(d int, k, n int64) time.Time {
	slot := int64(86400) * k / n
	width := int64(86400)*(k+1)/n - slot
	if width > 1 {
		dice := c.throw(ofSubscriber, int(k), -1-d)
		slot += dice.below(width)
	}
	return start(d).Add(time.Duration(slot) * time.Second)
}

// SubscriberCount is the number of subscribers in all states who were there at asOf.
func (c *Creator) SubscriberCount(asOf time.Time) int64 {
	d := dayOf(asOf)
	before, all := c.signedUp(d-1), c.signedUp(d)
	n := all - before
	return before + int64(sort.Search(int(n), func(k int) bool { return c.createdAt(d, int64(k), n).After(asOf) }))
}

// Subscribers are those who were there at asOf, greatest id first, from the first id below the given one; 0 begins with the
// newest. They are made one by one, so that a long list costs no memory.
func (c *Creator) Subscribers(asOf time.Time, below int64) iter.Seq[Subscriber] {
	return func(yield func(Subscriber) bool) {
		index := c.SubscriberCount(asOf) - 1
		if below > 0 {
			index = min(index, (below-firstID+idStep-1)/idStep-1) // the last whose id is less
		}
		if index < 0 {
			return
		}
		d := sort.Search(dayOf(asOf), func(d int) bool { return c.signedUp(d) > index }) // the day that index came
		for ; d >= 0; d-- {
			before := c.signedUp(d - 1)
			n := c.signedUp(d) - before
			for ; index >= before; index-- {
				if !yield(c.subscriber(index, c.createdAt(d, index-before, n), d, asOf)) {
					return
				}
			}
		}
	}
}

func (c *Creator) subscriber(index int64, created time.Time, d int, asOf time.Time) Subscriber {
	dice := c.throw(ofSubscriber, int(index), 0)
	s := Subscriber{
		ID: firstID + index*idStep, Email: fmt.Sprintf("reader%d@example.com", index+1), CreatedAt: created,
		FirstName: pick(&dice, firstNames),
		Tags:      pick(&dice, tagSets),
		Fields:    pick(&dice, fieldSets),
	}
	s.Attribution = imported
	if d > 0 {
		s.Attribution = pick(&dice, attributions)
	}
	if !dice.chance(120) {
		s.Location = &places[dice.below(int64(len(places)))]
	}
	s.State = state(&dice, created, asOf)
	return s
}

// state is where a subscriber stands, whose whole way the dice decide when it begins.
func state(dice *dice, created, asOf time.Time) State {
	since := asOf.Sub(created)
	hours := func(low, high int64) time.Duration { return time.Duration(dice.between(low, high)) * time.Hour }
	switch fate := dice.below(1000); {
	case fate < 60: // never confirms
		return Inactive
	case fate < 85:
		if since >= hours(1, 400) {
			return Bounced
		}
	case fate < 90:
		if since >= hours(24, 2000) {
			return Complained
		}
	case fate < 390:
		leaves := hours(24, 400*24)
		back := leaves + hours(24, 200*24)
		if since >= leaves && (!dice.chance(90) || since < back) {
			return Cancelled
		}
	}
	return Active
}
