package mediumtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// object is a JSON object.
type object = map[string]any

// view is what one request sees.
type view struct {
	Author
	server   *Server
	now      time.Time
	failure  Failure
	changes  Changes
	signedIn bool // as the author, who sees private figures
}

func (s *Server) view(failure Failure, signedIn bool) view {
	v := view{s.author, s, s.Now(), failure, *s.changes.Load(), signedIn && failure != CookieExpired}
	v.fail()
	return v
}

func (v view) answer(q operation) (object, error) {
	switch q.Name {
	case "ViewerQuery":
		return v.viewer(), nil
	case "UserLifetimeStoryStatsPostsQuery":
		return v.stories(q.Variables)
	case "useStatsPostNewChartDataQuery":
		return v.days(q.Variables)
	}
	return v.series(q.Variables)
}

func (v view) viewer() object {
	switch {
	case !v.signedIn:
		return object{"viewer": nil}
	case v.failure == OtherUser:
		return object{"viewer": object{"id": "0123456789ab", "username": "somebody-else"}}
	}
	return object{"viewer": object{"id": v.changes.userID(), "username": creator.Username}}
}

// maxDays bounds the days of one request.
const maxDays = 400

// through returns the days that begin in [from, to] and have begun by now.
func (v view) through(from, to time.Time) ([]partition.Partition, error) {
	if to.Sub(from) > maxDays*24*time.Hour {
		return nil, fmt.Errorf("more than %d days", maxDays)
	}
	var days []partition.Partition
	for p := partition.Day(from.Add(24*time.Hour - 1)); !p.Start().After(to) && !p.Start().After(v.now); p = p.Add(1) {
		days = append(days, p)
	}
	return days, nil
}

// series returns the account's time series, newest first, without the days on which it is silent.
func (v view) series(variables json.RawMessage) (object, error) {
	var in struct {
		Username string `json:"username"`
		Input    struct {
			Start int64 `json:"startTime"`
			End   int64 `json:"endTime"`
		} `json:"input"`
	}
	if err := json.Unmarshal(variables, &in); err != nil {
		return nil, err
	}
	days, err := v.through(time.UnixMilli(in.Input.Start), time.UnixMilli(in.Input.End))
	switch {
	case err != nil:
		return nil, err
	case in.Username != creator.Username:
		return object{"user": nil}, nil
	case !v.signedIn || v.failure == NullSeries:
		return object{"user": object{"id": v.changes.userID(), "postsAggregateTimeseriesStats": nil}}, nil
	case v.failure == NoSeries:
		return object{"user": object{"id": v.changes.userID(),
			"postsAggregateTimeseriesStats": object{"__typename": "NotFound"}}}, nil
	}
	var sum creator.AccountDay
	points := []object{}
	for _, p := range slices.Backward(days) {
		d, ok := v.AccountDay(p)
		if !ok {
			continue
		}
		sum.Presentations += d.Presentations
		sum.Viewers += d.Viewers
		sum.Readers += d.Readers
		sum.NetFollowers += d.NetFollowers
		sum.NetSubscribers += d.NetSubscribers
		points = append(points, object{"timestamp": p.Start().UnixMilli(),
			"stats": object{"total": object{"viewers": d.Viewers, "readers": d.Readers}}})
	}
	return object{"user": object{"id": v.changes.userID(), "postsAggregateTimeseriesStats": object{
		"__typename": "AggregatePostTimeseriesStats",
		"totalStats": object{
			"presentations": sum.Presentations, "viewers": sum.Viewers, "readers": sum.Readers,
			"netFollowersGained": sum.NetFollowers, "netSubscribersGained": sum.NetSubscribers,
		},
		"points": points,
	}}}, nil
}
