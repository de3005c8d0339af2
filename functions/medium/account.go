package medium

import (
	"context"
	"fmt"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

// accountStats is the data of the account's time series.
type accountStats struct {
	User *struct {
		Stats *struct {
			Type  string `json:"__typename"`
			Total *struct {
				Presentations *int64 `json:"presentations"`
				Viewers       *int64 `json:"viewers"`
				Readers       *int64 `json:"readers"`
				Followers     *int64 `json:"netFollowersGained"`
				Subscribers   *int64 `json:"netSubscribersGained"`
			} `json:"totalStats"`
			Points []struct {
				At    millis `json:"timestamp"`
				Stats *struct {
					Total *struct {
						Viewers *int64 `json:"viewers"`
						Readers *int64 `json:"readers"`
					} `json:"total"`
				} `json:"stats"`
			} `json:"points"`
		} `json:"postsAggregateTimeseriesStats"`
	} `json:"user"`
}

// accountDay reads the account's time series of a single day, so that the totals are those of the day.
func (c *client) accountDay(ctx context.Context, day partition.Partition) (schema.Row, error) {
	var data accountStats
	err := c.query(ctx, operation{"UserMonthlyStoryStatsTimeseriesQuery", map[string]any{
		"username": c.cfg.Username,
		// The day's last millisecond is right whether or not Medium includes the end.
		"input": map[string]millis{"startTime": toMillis(day.Start()), "endTime": toMillis(day.End()) - 1},
	}, readQuery("account")}, &data)
	if err != nil {
		return nil, err
	}
	row, err := data.row(day)
	if err != nil {
		return nil, fmt.Errorf("account on %s: %w", day, err)
	}
	return row, nil
}

// row returns the day's figures. Points come in any order, and days may be missing. If the day has no point,
// all figures are null, because Medium's totals are then zeros made from no data. If other days have points
// too, the totals are not the day's, and only the figures of its own point are used.
func (a accountStats) row(day partition.Partition) (schema.Row, error) {
	if a.User == nil || a.User.Stats == nil {
		return nil, source.Errorf(newCookie,
			"Medium omits the account's time series: the cookies are signed out or not the author's")
	}
	stats := a.User.Stats
	if want := "AggregatePostTimeseriesStats"; stats.Type != want || stats.Total == nil {
		return nil, source.Errorf(newQuery, "Medium answers with %.60q instead of the totals of %s", stats.Type, want)
	}
	row, ours := schema.Row{}, 0
	for _, p := range stats.Points {
		if partition.Day(p.At.time()) != day {
			continue
		}
		ours++
		if p.Stats != nil && p.Stats.Total != nil {
			row["viewers"], row["readers"] = p.Stats.Total.Viewers, p.Stats.Total.Readers
		}
	}
	switch t := stats.Total; {
	case ours > 0 && ours == len(stats.Points):
		row["presentations"], row["viewers"], row["readers"] = t.Presentations, t.Viewers, t.Readers
		row["net_followers_gained"], row["net_subscribers_gained"] = t.Followers, t.Subscribers
	case ours > 1:
		return nil, source.Errorf(newQuery, "the time series has %d points of the day, and points of other days", ours)
	}
	return row, nil
}
