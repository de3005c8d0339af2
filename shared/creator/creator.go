// Package creator invents one creator: the stories, readers, subscribers, payments and notes that the fake services of
// the sources all tell of.
//
// Everything follows from the seed. What happened on a day is a function of (seed, entity, day) and of nothing else, so
// asking at another time, in another order or in another process gives the same answer, and history only ever grows.
// The one exception is explicit: Restate changes a past day of a story, as the services do.
//
// The creator begins on Born and goes on for Lifespan; outside of it nothing happens. All days are UTC. The package knows
// what happened; the shapes in which a service tells it are the fakes' business.
package creator

import (
	"sync"
	"time"

	"example.com/rollcall/shared/partition"
)

// Born is the creator's first day.
var Born = partition.MustParse("2024-11-01")

// Lifespan bounds what a creator computes and keeps in memory.
const Lifespan = 20 * 366 * 24 * time.Hour

// Options scale a creator. The zero value of each field stands for the default given with it.
type Options struct {
	// Subscribers is about how many people have subscribed to the newsletter two years after Born, those who left again
	// among them; default 2,000.
	Subscribers int
}

// Creator is one creator's history. It is safe for concurrent use.
type Creator struct {
	seed        uint64
	subscribers int64

	mu       sync.RWMutex
	stories  []*storyline // in order of publication
	byID     map[string]*storyline
	accounts []account // by day since Born
	restated map[restatedDay]int64

	signupsMu sync.RWMutex
	signups   []int64 // by day since Born: subscriptions up to the day's end

	chargesMu sync.Mutex
	chargesOn map[int][]charge // by day since Born
}

// New is the creator that follows from seed.
func New(seed uint64) *Creator { return NewWith(seed, Options{}) }

// NewWith is New at another scale.
func NewWith(seed uint64, o Options) *Creator {
	if o.Subscribers <= 0 {
		o.Subscribers = 2000
	}
	return &Creator{
		seed: seed, subscribers: int64(o.Subscribers),
		byID: map[string]*storyline{}, restated: map[restatedDay]int64{}, chargesOn: map[int][]charge{},
	}
}

const day = 24 * time.Hour

// dayOf is the number of days from Born to t, negative before it, and at most the lifespan's last.
func dayOf(t time.Time) int {
	since := min(t.Sub(Born.Start()), Lifespan-1)
	if since < 0 {
		return -1
	}
	return int(since / day)
}

// start is the first instant of the d-th day.
func start(d int) time.Time { return Born.Start().Add(time.Duration(d) * day) }

// weekday permille: readers rest at the weekend. Sunday first.
var weekdayReaders = [7]int64{860, 1080, 1120, 1100, 1060, 960, 820}

// audience is how much larger the audience is on a day than on the first, in thousandths: it doubles in a year.
func audience(d int) int64 { return 1000 + 1000*int64(d)/365 }

// grow computes the stories and the account up to the d-th day. Call it with mu unlocked.
func (c *Creator) grow(d int) {
	c.mu.RLock()
	have := len(c.accounts)
	c.mu.RUnlock()
	if d < have {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for next := len(c.accounts); next <= d; next++ {
		if s, ok := c.publish(next, len(c.stories)); ok {
			line := &storyline{Story: s, index: len(c.stories), first: next}
			line.traits = c.traits(line)
			c.stories = append(c.stories, line)
			c.byID[s.ID] = line
		}
		for _, line := range c.stories {
			line.append(c.storyDay(line, next))
		}
		c.accounts = append(c.accounts, c.account(next))
	}
}
