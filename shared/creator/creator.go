// Package creator generates the history of one invented creator: stories, readers, subscribers, payments and
// notes. The fakes of all services report this history, each in its own format.
//
// Everything is derived from the seed. What happened on a day depends on (seed, entity, day) alone. So a
// question has the same answer at any time, in any order and in any process, and history only ever grows. The
// one exception is Restate, which changes a past day of a story, as the services do.
//
// The history begins on Born and lasts for Lifespan. All days are UTC.
package creator

import (
	"sync"
	"time"

	"example.com/rollcall/shared/partition"
)

// Born is the creator's first day.
var Born = partition.MustParse("2024-11-01")

// Lifespan bounds the history that is computed and kept in memory.
const Lifespan = 20 * 366 * 24 * time.Hour

// Options sets the size of a history, and what a new creator does not have yet. Each zero field means its default.
type Options struct {
	// Subscribers is the approximate number of people who have subscribed to the newsletter by two years after
	// Born, including those who have left; default 2,000.
	Subscribers int

	// The days of a new creator's first story, boost, subscriber and payment. There is exactly one on that day and none
	// before it. Before the first story the account has no followers either. By default all begin on Born, with an
	// audience that was there already.
	FirstStory, FirstBoost, FirstSubscriber, FirstPayment partition.Partition
}

// Creator holds one creator's history. It is safe for concurrent use.
type Creator struct {
	seed        uint64
	subscribers int64
	first       firsts

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

// New returns the creator of a seed.
func New(seed uint64) *Creator { return NewWith(seed, Options{}) }

// NewWith returns the creator of a seed with a history of another size.
func NewWith(seed uint64, o Options) *Creator {
	if o.Subscribers <= 0 {
		o.Subscribers = 2000
	}
	return &Creator{
		seed: seed, subscribers: int64(o.Subscribers), first: firstsOf(o),
		byID: map[string]*storyline{}, restated: map[restatedDay]int64{}, chargesOn: map[int][]charge{},
	}
}

// firsts holds the days of a new creator's first story, boost, subscriber and payment, counted from Born; 0 for what the
// creator has from Born on.
type firsts struct{ story, boost, subscriber, payment int }

func firstsOf(o Options) firsts {
	since := func(p partition.Partition) int {
		if p.IsZero() {
			return 0
		}
		return max(dayOf(p.Start()), 0)
	}
	return firsts{since(o.FirstStory), since(o.FirstBoost), since(o.FirstSubscriber), since(o.FirstPayment)}
}

const day = 24 * time.Hour

// dayOf returns the number of days from Born to t. It is negative before Born, and at most the last day of the
// lifespan.
func dayOf(t time.Time) int {
	since := min(t.Sub(Born.Start()), Lifespan-1)
	if since < 0 {
		return -1
	}
	return int(since / day)
}

// start returns the first instant of the d-th day.
func start(d int) time.Time { return Born.Start().Add(time.Duration(d) * day) }

// weekdayReaders holds the readers of each weekday in thousandths of the average, Sunday first.
var weekdayReaders = [7]int64{860, 1080, 1120, 1100, 1060, 960, 820}

// audience returns the size of the audience in thousandths of the first day's. It doubles in a year.
func audience(d int) int64 { return 1000 + 1000*int64(d)/365 }

// grow computes the stories and the account up to the d-th day. The caller must not hold mu.
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

// kind separates the dice of different questions.
type kind uint64

const (
	ofPublishing kind = iota + 1
	ofStory
	ofStoryDay
	ofAccount
	ofSignups
	ofSubscriber
	ofCharges
	ofCharge
	ofSheet
	ofDownload
)

// dice is a stream of pseudorandom numbers. All are integers, so that every machine produces the same history:
// the result of a floating-point formula may differ in its last digit between machines.
type dice struct{ state uint64 }

// throw returns the stream for a question about an entity on a day.
func (c *Creator) throw(k kind, entity, day int) dice {
	d := dice{c.seed}
	for _, part := range [...]uint64{uint64(k), uint64(entity), uint64(day)} {
		d.state = d.next() ^ part*0xd6e8feb86659fd93
	}
	return d
}

// next returns the next number of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
// Generators", 2014).
func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns one of 0 … n-1.
func (d *dice) below(n int64) int64 { return int64(d.next()>>1) % n }

// between returns one of low … high, both included.
func (d *dice) between(low, high int64) int64 { return low + d.below(high-low+1) }

// chance returns true permille times in a thousand.
func (d *dice) chance(permille int64) bool { return d.below(1000) < permille }

// round returns milli/1000, rounded up or down by chance, so that small expectations sometimes give 1.
func (d *dice) round(milli int64) int64 { return (milli + d.below(1000)) / 1000 }

// share returns about permille thousandths of n, and never more than n.
func (d *dice) share(n, permille int64) int64 { return d.round(n * permille) }

func pick[T any](d *dice, list []T) T { return list[d.below(int64(len(list)))] }
