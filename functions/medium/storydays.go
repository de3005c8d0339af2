package medium

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

const member, nonMember = "MEMBER", "NONMEMBER"

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

type storyDays struct {
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

// maxNamed bounds the number of stories that an error names.
const maxNamed = 10

// storyDays writes every story's days of a window. A story published after the window has none. Every other
// story has at least one, even if it was not read, so that no days at all mean that Medium omitted the story.
func (c *client) storyDays(ctx context.Context, stories []story, window []partition.Partition,
	out *source.Output) error {
	end := window[len(window)-1].End()
	var missing []string
	asked := 0
	for _, s := range stories {
		if s.PublishedAt != nil && !s.PublishedAt.time().Before(end) {
			continue
		}
		asked++
		rows, err := c.daysOf(ctx, s, window)
		if err != nil {
			return fmt.Errorf("days of story %s: %w", s, err)
		}
		if len(rows) == 0 && s.PublishedAt != nil {
			missing = append(missing, s.String())
		}
		for _, r := range rows {
			if err := out.Write(daysTable, r.day, r.row); err != nil {
				return fmt.Errorf("days of story %s: %w", s, err)
			}
		}
	}
	if len(missing) > 0 {
		return errMissing(missing, asked)
	}
	for _, p := range window {
		existed := func(s story) bool { return s.PublishedAt == nil || s.PublishedAt.time().Before(p.End()) }
		if !slices.ContainsFunc(stories, existed) {
			out.Empty(daysTable, p) // no story was published yet
		}
	}
	return nil
}

// errMissing names the stories that Medium omitted. It may pass.
func errMissing(missing []string, asked int) error {
	n := len(missing)
	names := strings.Join(missing[:min(n, maxNamed)], ", ")
	if n > maxNamed {
		names += fmt.Sprintf(" and %d more", n-maxNamed)
	}
	hint := "this happens now and then; run again in an hour"
	if n == asked {
		hint += "; if it persists, " + newCookie
	}
	return fmt.Errorf("Medium omits the days of %d of %d stories: %s; %s", n, asked, names, hint)
}

// daysOf reads one story's whole window in one query.
func (c *client) daysOf(ctx context.Context, s story, window []partition.Partition) ([]dayRow, error) {
	first, last := window[0], window[len(window)-1]
	var data storyDays
	err := c.query(ctx, operation{"useStatsPostNewChartDataQuery", map[string]any{
		"postId": s.ID, "startAt": toMillis(first.Start()), "endAt": toMillis(last.End()), // exclusive
		"postStatsDailyBundleInput": map[string]any{
			"postId": s.ID, "fromDayStartsAt": toMillis(first.Start()), "toDayStartsAt": toMillis(last.Start()), // inclusive
		},
	}, readQuery("story_days")}, &data)
	if err != nil {
		return nil, err
	}
	return data.rows(s.ID, first, last)
}

type dayRow struct {
	day partition.Partition
	row schema.Row
}

// rows returns the rows of the days from first to last, by day and membership. It returns no rows and no error
// if Medium omitted the story.
func (d storyDays) rows(id string, first, last partition.Partition) ([]dayRow, error) {
	if d.Post == nil {
		return nil, source.Errorf("check that the story is still on Medium, and "+newCookie,
			"Medium has no such story, or does not show it to these cookies")
	}
	if d.Bundle == nil {
		return nil, nil
	}
	var rows []dayRow
	within := func(p partition.Partition) bool { return p.Compare(first) >= 0 && p.Compare(last) <= 0 }
	index := map[string]int{} // of rows, by day and membership
	for _, b := range d.Bundle.Buckets {
		p, err := dayOf(b.Day)
		if err != nil {
			return nil, err
		}
		row, err := b.row(id)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		key := p.String() + b.Membership
		if _, twice := index[key]; twice {
			return nil, source.Errorf(newQuery, "Medium sends the %s readers of %s twice", b.Membership, p)
		}
		if within(p) {
			index[key] = len(rows)
			rows = append(rows, dayRow{p, row})
		}
	}
	if len(rows) == 0 || d.Post.Earnings == nil {
		return rows, nil
	}
	paid := map[partition.Partition]bool{}
	for _, e := range d.Post.Earnings.Daily {
		p, err := dayOf(e.Day)
		if err != nil {
			return nil, err
		}
		amount, err := cents(e.Amount)
		if err != nil {
			return nil, source.Errorf(newQuery, "earnings of %s: %w", p, err)
		}
		if paid[p] {
			return nil, source.Errorf(newQuery, "Medium sends the earnings of %s twice", p)
		}
		paid[p] = true
		if !within(p) {
			continue
		}
		i, ok := index[p.String()+member]
		if !ok {
			// Members also pay for reading that Medium counted on another day. Without a row of no readers the money
			// would be lost.
			i = len(rows)
			rows = append(rows, dayRow{p, noReaders(id, member)})
		}
		rows[i].row["earnings_cents"] = amount
	}
	return rows, nil
}

// row returns the bucket's row of medium_story_days, without its earnings.
func (b bucket) row(id string) (schema.Row, error) {
	if b.Membership != member && b.Membership != nonMember {
		return nil, source.Errorf("find out what it means, and add it to functions/medium/storydays.go and the models",
			"membership %.40q is neither %s nor %s", b.Membership, member, nonMember)
	}
	row := noReaders(id, b.Membership)
	for _, count := range []struct {
		column string
		n      *int64
	}{
		{"viewers", b.Viewers}, {"readers", b.Readers}, {"clappers", b.Clappers},
		{"responders", b.Responders}, {"highlighters", b.Highlighters}, {"followers_gained", b.Followers},
	} {
		if count.n == nil {
			return nil, source.Errorf(newCookie,
				"Medium sends null for the number of %s: the cookies are signed out or not the author's", count.column)
		}
		row[count.column] = *count.n
	}
	return row, nil
}

func noReaders(id, membership string) schema.Row {
	return schema.Row{
		"post_id": id, "membership": membership, "viewers": int64(0), "readers": int64(0), "clappers": int64(0),
		"responders": int64(0), "highlighters": int64(0), "followers_gained": int64(0),
	}
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
