package mediumtest

import (
	"encoding/json"
	"errors"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

func (v view) days(variables json.RawMessage) (object, error) {
	var in struct {
		PostID  string `json:"postId"`
		StartAt int64  `json:"startAt"`
		EndAt   int64  `json:"endAt"`
		Bundle  struct {
			PostID string `json:"postId"`
			From   int64  `json:"fromDayStartsAt"`
			To     int64  `json:"toDayStartsAt"`
		} `json:"postStatsDailyBundleInput"`
	}
	if err := json.Unmarshal(variables, &in); err != nil {
		return nil, err
	}
	if is(v.changes.Failing, in.PostID) {
		return nil, errFailed
	}
	story, ok := v.story(in.PostID)
	if !ok || v.failure == StoryGone {
		return object{"post": nil, "postStatsDailyBundle": nil}, nil
	}
	if in.Bundle.PostID != in.PostID {
		return nil, errors.New("the two postIds differ")
	}
	if !v.signedIn {
		return object{"post": object{"id": in.PostID, "earnings": nil}, "postStatsDailyBundle": nil}, nil
	}
	from, to := time.UnixMilli(in.Bundle.From), time.UnixMilli(in.Bundle.To)
	buckets, err := v.buckets(in.PostID, from, to)
	if err != nil {
		return nil, err
	}
	bundle := any(object{"buckets": buckets})
	if v.failure == NullBundle && v.nth(in.PostID)%5 == 0 {
		bundle = nil
	}
	post := object{"id": in.PostID, "earnings": nil}
	if story.Locked && !is(v.changes.Unpaid, story.ID) {
		daily, err := v.earnings(in.PostID, time.UnixMilli(in.StartAt), time.UnixMilli(in.EndAt))
		if err != nil {
			return nil, err
		}
		post["earnings"] = object{"dailyEarnings": daily}
	}
	return object{"post": post, "postStatsDailyBundle": bundle}, nil
}

func (v view) buckets(id string, from, to time.Time) ([]object, error) {
	days, err := v.through(from, to)
	if err != nil {
		return nil, err
	}
	list := []object{}
	for _, p := range days {
		d, ok := v.StoryDay(id, p)
		if !ok {
			continue
		}
		for _, b := range []struct {
			membership string
			n          creator.Counts
		}{{"MEMBER", d.Member}, {"NONMEMBER", d.NonMember}} {
			omitted := v.changes.Omitted != nil && v.changes.Omitted(id, p, b.membership)
			if !omitted && (b.n != creator.Counts{} || v.changes.Dense) {
				list = append(list, v.bucket(p, b.membership, b.n))
			}
		}
	}
	if v.failure == TwiceADay && len(list) > 0 {
		list = append(list, list[0])
	}
	return list, nil
}

func (v view) bucket(p partition.Partition, membership string, n creator.Counts) object {
	start := p.Start()
	switch v.failure {
	case NotMidnight:
		start = start.Add(12 * time.Hour)
	case UnknownMembership:
		membership = "FRIEND"
	}
	b := object{
		"dayStartsAt": start.UnixMilli(), "membershipType": membership,
		"readersThatReadCount": n.Readers, "readersThatViewedCount": n.Viewers, "readersThatClappedCount": n.Clappers,
		"readersThatRepliedCount": n.Responders, "readersThatHighlightedCount": n.Highlighters,
		"readersThatInitiallyFollowedAuthorFromThisPostCount": n.Followers,
	}
	if v.failure == NullCount {
		b["readersThatReadCount"] = nil
	}
	return b
}

// earnings returns the earnings of the days that begin in [from, to). Sparse answers leave out a day that earned nothing.
func (v view) earnings(id string, from, to time.Time) ([]object, error) {
	days, err := v.through(from, to.Add(-time.Millisecond))
	if err != nil {
		return nil, err
	}
	list := []object{}
	for _, p := range days {
		d, ok := v.StoryDay(id, p)
		if !ok || d.Earnings == 0 && !v.changes.Dense {
			continue
		}
		amount := any(json.Number(d.Earnings.Cents()))
		if v.failure == OddMoney {
			amount = "twelve"
		}
		list = append(list, object{"periodStartedAt": p.Start().UnixMilli(), "amount": amount})
	}
	return list, nil
}
