package mediumtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"example.com/rollcall/shared/creator"
)

func (v view) stories(variables json.RawMessage) (object, error) {
	var in struct {
		Username string                       `json:"username"`
		First    int                          `json:"first"`
		After    string                       `json:"after"`
		OrderBy  struct{ PublishedAt string } `json:"orderBy"`
		Filter   struct{ Published bool }     `json:"filter"`
	}
	if err := json.Unmarshal(variables, &in); err != nil {
		return nil, err
	}
	if in.Username != creator.Username || v.failure == UserUnknown {
		return object{"user": nil}, nil
	}
	if in.OrderBy.PublishedAt != "DESC" || !in.Filter.Published || in.First < 1 {
		return nil, errors.New("the fake only lists published stories, newest first")
	}
	list := v.listed()
	if in.After != "" {
		i := slices.IndexFunc(list, func(s creator.Story) bool { return cursor(s.ID) == in.After })
		if i < 0 {
			return nil, errors.New("invalid cursor")
		}
		list = list[i+1:]
	}
	size := min(in.First, v.server.MaxPerPage)
	if v.failure == FirstPageAlone {
		list = list[:min(len(list), size)]
	}
	more, end := len(list) > size, ""
	if more {
		list = list[:size]
		end = cursor(list[size-1].ID)
	}
	switch v.failure {
	case NoCursor:
		more, end = true, ""
	case SameCursor:
		more = true
		if in.After != "" {
			end = in.After
		}
	}
	edges := make([]object, len(list))
	for i, s := range list {
		edges[i] = object{"node": v.node(s, i)}
	}
	return object{"user": object{
		"id":          v.changes.userID(),
		"socialStats": object{"followerCount": v.Followers(v.now)},
		"postsConnection": object{
			"edges": edges, "pageInfo": object{"endCursor": end, "hasNextPage": more},
		},
	}}, nil
}

// cursor returns the opaque cursor to what follows a story.
func cursor(id string) string {
	return fmt.Sprintf(`{"column":{"S":"@"},"after":{"S":%q}}`, base64.StdEncoding.EncodeToString([]byte(id)))
}

func (v view) node(s creator.Story, i int) object {
	life := v.Lifetime(s.ID, v.now)
	if v.changes.Views != nil {
		life.Views = v.changes.Views(s.ID, life.Views)
	}
	visibility := "PUBLIC"
	if s.Locked {
		visibility = "LOCKED"
	}
	node := object{
		"id": s.ID, "title": s.Title, "uniqueSlug": s.Slug, "mediumUrl": s.URL,
		"createdAt": s.CreatedAt.UnixMilli(), "updatedAt": s.UpdatedAt.UnixMilli(),
		"firstPublishedAt": s.PublishedAt.UnixMilli(), "firstBoostedAt": nil,
		"readingTime": s.Minutes, "wordCount": s.Words,
		"clapCount": life.Claps, "voterCount": life.Voters, "responsesCount": life.Responses,
		"isLocked": s.Locked, "visibility": visibility,
		"totalStats": nil, "earnings": nil, "collection": nil,
	}
	if !s.BoostedAt.IsZero() {
		node["firstBoostedAt"] = s.BoostedAt.UnixMilli()
	}
	if s.Publication != nil {
		node["collection"] = object{"id": s.Publication.ID, "name": s.Publication.Name, "slug": s.Publication.Slug}
	}
	if v.signedIn && !(v.failure == NullTotals && i == 1) {
		stats := object{"presentations": life.Presentations, "views": life.Views, "reads": life.Reads}
		if s.PublishedAt.Before(presentationsSince) {
			stats["presentations"] = nil
		}
		node["totalStats"] = stats
	}
	if v.signedIn && s.Locked {
		units, nanos := life.Earnings.UnitsNanos()
		if v.failure == OddMoney {
			nanos = 1_500_000_000
		}
		node["earnings"] = object{"total": object{"currencyCode": "USD", "units": units, "nanos": nanos}}
	}
	switch {
	case v.failure == NullCount:
		node["clapCount"] = nil
	case v.failure == Untitled && i == 1:
		node["title"] = nil
	case v.failure == UnknownVisibility && i == 1:
		node["visibility"] = "FRIENDS"
	}
	return node
}

// presentationsSince is when the fake began to count presentations. It sends null for older stories.
var presentationsSince = creator.Born.Add(90).Start()
