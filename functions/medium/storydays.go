package medium

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

const member, nonMember = "MEMBER", "NONMEMBER"

var memberships = []string{member, nonMember}

// bucket holds one day of a story for readers of one membership.
type bucket struct {
	Day        millis `json:"dayStartsAt"`
	Membership string `json:"membershipType"`

	Readers      *int64 `json:"readersThatReadCount"`
	Viewers      *int64 `json:"readersThatViewedCount"`
	Clappers     *int64 `json:"readersThatClappedCount"`
	Responders   *int64 `json:"readersThatRepliedCount"`
	Highlighters *int64 `json:"readersThatHighlightedCount"`
	Followers    *int64 `json:"readersThatInitiallyFollowedAuthorFromThisPostCount"`
}

// daysData is the data of one story's days. Post is null if Medium has no such story, or does not show it.
type daysData struct {
	Post *struct {
		Earnings *struct {
			Daily []struct {
				Day    millis      `json:"periodStartedAt"`
				Amount json.Number `json:"amount"` // cents
			} `json:"dailyEarnings"`
		} `json:"earnings"`
	} `json:"post"`
	Bundle *struct {
		Buckets []bucket `json:"buckets"`
	} `json:"postStatsDailyBundle"`
}

// slot is one day of a story for readers of one membership.
type slot struct {
	day        partition.Partition
	membership string
}

// figures holds the numbers in a row of medium_story_days.
type figures struct {
	viewers, readers, clappers, responders, highlighters, followers int64
	cents                                                           string // empty: none
}

// storyDays holds what Medium answers about the days of one story. Medium may leave out a slot without views; the
// figures of such a slot are zeros.
type storyDays struct {
	shown bool // Medium answers with the story
	null  bool // the story or its days are null, which is also what a reader sees who is signed out
	slots map[slot]figures
	later int64 // viewers on the day after the window, whose lifetime views are counted already
}

// viewers returns the sum of the slots.
func (d storyDays) viewers() (sum int64) {
	for _, f := range d.slots {
		sum += f.viewers
	}
	return sum
}

// size returns a number by which the fuller of two answers is known.
func (d storyDays) size() int64 {
	sum := d.viewers()
	for _, f := range d.slots {
		sum += wholeCents(f.cents)
	}
	return sum
}

// daysOf reads one story's whole window, and the day after, in one query.
func (c *client) daysOf(ctx context.Context, id string, window []partition.Partition) (storyDays, error) {
	first, last := window[0], window[len(window)-1]
	var data daysData
	err := c.query(ctx, operation{"useStatsPostNewChartDataQuery", map[string]any{
		"postId": id, "startAt": toMillis(first.Start()), "endAt": toMillis(last.End()), // exclusive
		"postStatsDailyBundleInput": map[string]any{
			"postId": id, "fromDayStartsAt": toMillis(first.Start()), "toDayStartsAt": toMillis(last.End()), // inclusive
		},
	}, readQuery("story_days")}, &data)
	if err != nil {
		return storyDays{}, err
	}
	return data.within(first, last)
}

// within returns what the answer says about the days from first to last.
func (d daysData) within(first, last partition.Partition) (storyDays, error) {
	days := storyDays{shown: d.Post != nil, null: d.Post == nil || d.Bundle == nil, slots: map[slot]figures{}}
	within := func(p partition.Partition) bool { return p.Compare(first) >= 0 && p.Compare(last) <= 0 }
	if d.Bundle != nil {
		for _, b := range d.Bundle.Buckets {
			p, err := dayOf(b.Day)
			if err != nil {
				return days, err
			}
			f, err := b.figures()
			if err != nil {
				return days, fmt.Errorf("%s: %w", p, err)
			}
			key := slot{p, b.Membership}
			if _, twice := days.slots[key]; twice {
				return days, source.Errorf(newQuery, "Medium sends the %s readers of %s twice", b.Membership, p)
			}
			switch {
			case within(p):
				days.slots[key] = f
			case p == last.Add(1):
				days.later += f.viewers
			}
		}
	}
	if d.Post == nil || d.Post.Earnings == nil {
		return days, nil
	}
	paid := map[partition.Partition]bool{}
	for _, e := range d.Post.Earnings.Daily {
		p, err := dayOf(e.Day)
		if err != nil {
			return days, err
		}
		amount, err := cents(e.Amount)
		if err != nil {
			return days, source.Errorf(newQuery, "earnings of %s: %w", p, err)
		}
		if paid[p] {
			return days, source.Errorf(newQuery, "Medium sends the earnings of %s twice", p)
		}
		paid[p] = true
		if within(p) && amount != noCents {
			// Members also pay for reading that Medium counted on another day.
			key := slot{p, member}
			f := days.slots[key]
			f.cents = amount
			days.slots[key] = f
		}
	}
	return days, nil
}

// figures returns what the bucket counts. A null is an error, never a zero.
func (b bucket) figures() (f figures, err error) {
	if b.Membership != member && b.Membership != nonMember {
		return f, source.Errorf("find out what it means, and add it to functions/medium/storydays.go and the models",
			"membership %.40q is neither %s nor %s", b.Membership, member, nonMember)
	}
	for _, count := range []struct {
		column string
		n      *int64
		to     *int64
	}{
		{"viewers", b.Viewers, &f.viewers}, {"readers", b.Readers, &f.readers}, {"clappers", b.Clappers, &f.clappers},
		{"responders", b.Responders, &f.responders}, {"highlighters", b.Highlighters, &f.highlighters},
		{"followers_gained", b.Followers, &f.followers},
	} {
		if count.n == nil {
			return f, source.Errorf(newCookie,
				"Medium sends null for the number of %s: the cookies are signed out or not the author's", count.column)
		}
		*count.to = *count.n
	}
	return f, nil
}

// row returns the row of medium_story_days.
func (f figures) row(id, membership string) schema.Row {
	row := schema.Row{
		"post_id": id, "membership": membership, "viewers": f.viewers, "readers": f.readers, "clappers": f.clappers,
		"responders": f.responders, "highlighters": f.highlighters, "followers_gained": f.followers,
	}
	if f.cents != "" {
		row["earnings_cents"] = f.cents
	}
	return row
}

// rows returns a story's rows of a day. From the day since on, there is one of each membership, so that a slot that Medium
// leaves out becomes a row of zeros. Before it, and for a story that the list no longer has (since is nil), there is one
// only if it has figures.
func (d storyDays) rows(id string, day partition.Partition, since *partition.Partition) (rows []schema.Row) {
	for _, membership := range memberships {
		f := d.slots[slot{day, membership}]
		if f != (figures{}) || since != nil && day.Compare(*since) >= 0 {
			rows = append(rows, f.row(id, membership))
		}
	}
	return rows
}

// dayOf returns the day that begins at an instant, which must be a midnight in UTC.
func dayOf(at millis) (partition.Partition, error) {
	t := at.time()
	p := partition.Day(t)
	if !p.Start().Equal(t) || t.Year() < 2000 || t.Year() > 9000 {
		return partition.Partition{},
			source.Errorf(newQuery, "Medium's day begins at %s, which is not a midnight in UTC", t.Format(time.RFC3339Nano))
	}
	return p, nil
}
