package creator

import (
	"time"

	"example.com/rollcall/shared/partition"
)

// AccountDay is a day of the whole account.
type AccountDay struct {
	Presentations, Viewers, Readers int64
	NetFollowers, NetSubscribers    int64 // on Medium: won less lost
}

type account struct {
	AccountDay
	silent    bool
	followers int64 // at the day's end
}

const followersAtBirth = 90

// account sums up a day whose stories are known. Call it with mu locked.
func (c *Creator) account(d int) account {
	dice := c.throw(ofAccount, 0, d)
	followers := int64(followersAtBirth)
	if d > 0 {
		followers = c.accounts[d-1].followers
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

// AccountDay is a day of the account, with restatements of its stories. It reports false when Medium's series omits the
// day, as it does now and then.
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

// Followers is the number of followers on Medium when the last UTC day before asOf ended.
func (c *Creator) Followers(asOf time.Time) int64 {
	d := dayOf(asOf)
	if d < 1 {
		return followersAtBirth
	}
	c.grow(d)
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.accounts[d-1].followers
}
