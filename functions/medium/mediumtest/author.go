package mediumtest

import (
	"fmt"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// Even is an Author whose stories were all published on one day, and whose figures follow a rule, so that a test can
// compute sums from it.
type Even struct {
	Count     int                 // of stories
	Published partition.Partition // their day
	// Day returns a story's day; n counts the stories from 0. Nil means TenViews.
	Day func(n int, p partition.Partition) creator.StoryDay
}

// TenViews returns a day of 10 viewers, 4 of them members, and 12.5 cents.
func TenViews(int, partition.Partition) creator.StoryDay {
	return creator.StoryDay{
		Member: creator.Counts{Viewers: 4, Readers: 2}, NonMember: creator.Counts{Viewers: 6, Readers: 3}, Earnings: 1250,
	}
}

// ID returns the id of the n-th story.
func (e Even) ID(n int) string { return fmt.Sprintf("%012x", n+1) }

// N returns which story has an id, or -1.
func (e Even) N(id string) int {
	for n := range e.Count {
		if e.ID(n) == id {
			return n
		}
	}
	return -1
}

// Stories returns the stories, if they were published by asOf.
func (e Even) Stories(asOf time.Time) (list []creator.Story) {
	if asOf.Before(e.Published.End()) {
		return nil
	}
	for n := range e.Count {
		published := e.Published.End().Add(-time.Duration(n+1) * time.Second)
		list = append(list, creator.Story{
			ID: e.ID(n), Title: fmt.Sprintf("Story %d", n), Slug: "story-" + e.ID(n), URL: "https://medium.com/@me/story-" + e.ID(n),
			CreatedAt: published, PublishedAt: published, UpdatedAt: published, Words: 500, Minutes: 2, Locked: true,
		})
	}
	return list
}

// StoryDay returns a day of a story.
func (e Even) StoryDay(id string, p partition.Partition) (creator.StoryDay, bool) {
	n := e.N(id)
	if n < 0 || p.Compare(e.Published) < 0 {
		return creator.StoryDay{}, false
	}
	if e.Day == nil {
		return TenViews(n, p), true
	}
	return e.Day(n, p), true
}

// Lifetime returns the sum of a story's days before asOf's.
func (e Even) Lifetime(id string, asOf time.Time) (sum creator.Lifetime) {
	for p := e.Published; p.Compare(partition.Day(asOf)) < 0; p = p.Add(1) {
		d, _ := e.StoryDay(id, p)
		sum.Views += d.Member.Viewers + d.NonMember.Viewers
		sum.Reads += d.Member.Readers + d.NonMember.Readers
		sum.Earnings += d.Earnings
	}
	return sum
}

// AccountDay returns the sum of all stories on a day.
func (e Even) AccountDay(p partition.Partition) (sum creator.AccountDay, ok bool) {
	for n := range e.Count {
		d, _ := e.StoryDay(e.ID(n), p)
		sum.Viewers += d.Member.Viewers + d.NonMember.Viewers
		sum.Readers += d.Member.Readers + d.NonMember.Readers
	}
	return sum, true
}

// Followers returns a number of followers, which never changes.
func (e Even) Followers(time.Time) int64 { return 100 }
