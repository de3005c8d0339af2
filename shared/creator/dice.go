package creator

// kind keeps the dice of different questions apart.
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

// dice are a stream of numbers that follows from what it is thrown for, and from nothing else. All are whole numbers, so
// that every machine tells the same story: the same floating-point formula may differ in its last digit between two.
type dice struct{ state uint64 }

// throw begins the stream that belongs to a question about an entity on a day.
func (c *Creator) throw(k kind, entity, day int) dice {
	d := dice{c.seed}
	for _, part := range [...]uint64{uint64(k), uint64(entity), uint64(day)} {
		d.state = d.next() ^ part*0xd6e8feb86659fd93
	}
	return d
}

// next is SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is one of 0 … n-1.
func (d *dice) below(n int64) int64 { return int64(d.next()>>1) % n }

// between is one of low … high, both included.
func (d *dice) between(low, high int64) int64 { return low + d.below(high-low+1) }

// chance is true permille times in a thousand.
func (d *dice) chance(permille int64) bool { return d.below(1000) < permille }

// round is milli/1000, up or down by chance, so that small expectations come true now and then.
func (d *dice) round(milli int64) int64 { return (milli + d.below(1000)) / 1000 }

// share is about permille thousandths of n, and never more than n.
func (d *dice) share(n, permille int64) int64 { return d.round(n * permille) }

// pick is one of list.
func pick[T any](d *dice, list []T) T { return list[d.below(int64(len(list)))] }
