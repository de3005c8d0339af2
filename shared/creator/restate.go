package creator

import (
	"fmt"

	"example.com/rollcall/shared/partition"
)

type restatedDay struct {
	story string
	day   int
}

// Restate says that a past day of a story is now reported with so many more viewers (fewer when negative), who are no
// members and did not read. The last word about a day counts; 0 takes it back. It changes that day of that story and the
// account's viewers of that day, and nothing else. It is an error when there is no such story on that day, or fewer
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
		return fmt.Errorf("restate story %s on %s: it was published later, at %s", storyID, p, s.PublishedAt.Format("2006-01-02"))
	}
	counts := s.days[d-s.first].NonMember
	if counts.Viewers+moreViewers < counts.Readers {
		return fmt.Errorf("restate story %s on %s: %d of %d viewers taken away would leave fewer than the %d readers",
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
