package mediumtest

import (
	"cmp"
	"slices"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// Author provides the stories that a fake serves. *creator.Creator is one.
type Author interface {
	Stories(asOf time.Time) []creator.Story // published by then, newest first
	StoryDay(id string, p partition.Partition) (creator.StoryDay, bool)
	Lifetime(id string, asOf time.Time) creator.Lifetime
	AccountDay(p partition.Partition) (creator.AccountDay, bool)
	Followers(asOf time.Time) int64
}

// Changes makes a fake answer otherwise than its author's history is. Each zero field changes nothing.
type Changes struct {
	// Dense answers have a bucket for each day and membership since the publication, and an amount for each day, with
	// zeros. It is not known whether the answers of Medium are.
	Dense bool
	// ListEnds is the number of stories after which the list ends, as if no page followed; 0: it is whole.
	ListEnds int
	// Deleted stories are not listed, and null when asked for by id.
	Deleted func(id string) bool
	// Delisted stories are not listed, and still answered by id.
	Delisted func(id string) bool
	// Failing stories are not listed, and an error when asked for by id.
	Failing func(id string) bool
	// Hidden stories are listed, and null when asked for by id.
	Hidden func(id string) bool
	// Omitted buckets are left out, whatever views they have.
	Omitted func(id string, p partition.Partition, membership string) bool
	// Unpaid stories have no earnings.
	Unpaid func(id string) bool
	// Views returns the lifetime views to answer with in place of the true ones.
	Views func(id string, views int64) int64
	// UserID is the id of another account of the same name; empty: the author's.
	UserID string
}

func is(what func(id string) bool, id string) bool { return what != nil && what(id) }

// Change replaces the changes of all later answers.
func (s *Server) Change(c Changes) { s.changes.Store(&c) }

func (c Changes) userID() string { return cmp.Or(c.UserID, creator.UserID) }

// fail makes the changes of a failure that one answer alone does not show.
func (v *view) fail() {
	yesterday := partition.Day(v.now).Add(-1)
	switch v.failure {
	case ListEndsEarly:
		v.changes.ListEnds = 1
	case HalfOfYesterday:
		v.changes.Omitted = func(id string, p partition.Partition, _ string) bool { return p == yesterday && v.nth(id)%2 == 0 }
	case NoMembers:
		v.changes.Omitted = func(_ string, _ partition.Partition, membership string) bool { return membership == "MEMBER" }
	case NoEarnings:
		v.changes.Unpaid = func(string) bool { return true }
	case StoryMissing:
		v.changes.Omitted = func(id string, _ partition.Partition, _ string) bool { return v.nth(id)%5 == 0 }
	case StoriesDeleted:
		v.changes.Deleted = func(id string) bool { return v.nth(id)%20 == 0 }
	case Dense:
		v.changes.Dense = true
	case OtherAccount:
		v.changes.UserID = "fedcba987654"
	case ViewsFall:
		v.changes.Views = func(_ string, views int64) int64 { return views * 4 / 5 }
	}
}

// nth returns a story's place among all that were published, the oldest first. It never changes.
func (v view) nth(id string) int {
	stories := v.Stories(v.now)
	return len(stories) - 1 - slices.IndexFunc(stories, func(s creator.Story) bool { return s.ID == id })
}

// story returns a story that Medium knows by its id.
func (v view) story(id string) (creator.Story, bool) {
	stories := v.Stories(v.now)
	n := slices.IndexFunc(stories, func(s creator.Story) bool { return s.ID == id })
	if n < 0 || is(v.changes.Deleted, id) || is(v.changes.Hidden, id) {
		return creator.Story{}, false
	}
	return stories[n], true
}

// listed returns the stories that the list has.
func (v view) listed() []creator.Story {
	stories := slices.DeleteFunc(v.Stories(v.now), func(s creator.Story) bool {
		return is(v.changes.Deleted, s.ID) || is(v.changes.Delisted, s.ID) || is(v.changes.Failing, s.ID)
	})
	if n := v.changes.ListEnds; n > 0 {
		stories = stories[:min(n, len(stories))]
	}
	return stories
}
