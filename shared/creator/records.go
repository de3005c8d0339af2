package creator

import (
	"time"

	"example.com/rollcall/shared/partition"
)

// SheetRow is a row of the sheet in which the creator notes boosts.
type SheetRow struct {
	StoryID   string
	Boosted   bool
	BoostedOn partition.Partition // zero: not noted
	Note      string
}

// Sheet returns the sheet as of an instant, in the order in which its rows were added. It has a row for each
// boosted story, added some days after the boost, and for a few stories that were nominated without success.
func (c *Creator) Sheet(asOf time.Time) []SheetRow {
	c.grow(dayOf(asOf))
	c.mu.RLock()
	defer c.mu.RUnlock()
	var rows []SheetRow
	for _, s := range c.stories {
		dice := c.throw(ofSheet, s.index, 0)
		noted := s.PublishedAt.Add(time.Duration(dice.between(5, 9)) * day)
		boosted := !s.BoostedAt.IsZero()
		if boosted && c.first.boost > 0 {
			noted = s.BoostedAt // a new creator notes it at once
		}
		if noted.After(asOf) || !boosted && !dice.chance(40) {
			continue
		}
		row := SheetRow{StoryID: s.ID, Boosted: boosted}
		switch {
		case !boosted:
			row.Note = "nominated, not taken"
		case dice.chance(850):
			row.BoostedOn = partition.Day(s.BoostedAt)
		default:
			row.Note = "boosted, day forgotten"
		}
		rows = append(rows, row)
	}
	return rows
}

// StoryMonth is a story as in the files that the creator downloads for a month.
type StoryMonth struct {
	Story
	Lifetime                             // at the month's end
	InternalViews, FriendLinkViews int64 // included in the lifetime's views
	Earned                         Money // in the month
}

// Download returns what the creator downloads after the end of a month: the stories published by then, newest first.
func (c *Creator) Download(month partition.Partition) []StoryMonth {
	end := month.End()
	var list []StoryMonth
	for _, s := range c.Stories(end.Add(-time.Nanosecond)) {
		m := StoryMonth{Story: s, Lifetime: c.Lifetime(s.ID, end)}
		m.Earned = m.Earnings - c.Lifetime(s.ID, month.Start()).Earnings
		dice := c.throw(ofDownload, int(s.Words), dayOf(end))
		m.InternalViews = dice.share(m.Views, 450)
		m.FriendLinkViews = dice.share(m.Views-m.InternalViews, 80)
		list = append(list, m)
	}
	return list
}
