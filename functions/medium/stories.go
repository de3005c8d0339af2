package medium

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

const (
	perPage  = 50
	maxPages = 1000
)

// visibilities holds every visibility that Medium is known to send.
var visibilities = []string{"PUBLIC", "LOCKED", "UNLISTED"}

// author holds what the list of stories says about their author.
type author struct {
	id        string
	followers int64
	stories   []story
}

// story is a published story as Medium sends it. A pointer is nil if Medium sends null, which is normal for
// some fields.
type story struct {
	ID             string   `json:"id"`
	Title          *string  `json:"title"`
	Slug           *string  `json:"uniqueSlug"`
	URL            *string  `json:"mediumUrl"`
	CreatedAt      *millis  `json:"createdAt"`
	UpdatedAt      *millis  `json:"updatedAt"`
	PublishedAt    *millis  `json:"firstPublishedAt"`
	BoostedAt      *millis  `json:"firstBoostedAt"`
	ReadingMinutes *float64 `json:"readingTime"`
	Words          *int64   `json:"wordCount"`
	Claps          *int64   `json:"clapCount"`
	Voters         *int64   `json:"voterCount"`
	Responses      *int64   `json:"responsesCount"`
	Locked         *bool    `json:"isLocked"`
	Visibility     *string  `json:"visibility"`
	Stats          *struct {
		Presentations *int64 `json:"presentations"`
		Views         *int64 `json:"views"`
		Reads         *int64 `json:"reads"`
	} `json:"totalStats"`
	Earnings *struct {
		Total *money `json:"total"`
	} `json:"earnings"`
	Collection *struct {
		ID   *string `json:"id"`
		Name *string `json:"name"`
		Slug *string `json:"slug"`
	} `json:"collection"`
}

// String returns the id and the title.
func (s story) String() string {
	if s.Title == nil {
		return s.ID
	}
	return fmt.Sprintf("%s %.60q", s.ID, *s.Title)
}

// storiesPage is the data of one page of the list.
type storiesPage struct {
	User *struct {
		ID     string `json:"id"`
		Social *struct {
			Followers *int64 `json:"followerCount"`
		} `json:"socialStats"`
		Posts *struct {
			Edges []struct {
				Node *story `json:"node"`
			} `json:"edges"`
			Info *struct {
				End  string `json:"endCursor"`
				More bool   `json:"hasNextPage"`
			} `json:"pageInfo"`
		} `json:"postsConnection"`
	} `json:"user"`
}

// stories reads the whole list, newest first. A list without stories is a new author's: Medium answers with no author
// at all for an unknown name.
func (c *client) stories(ctx context.Context) (author, error) {
	var a author
	seen := map[string]bool{}
	cursor := ""
	for n := 1; n <= maxPages; n++ {
		var page storiesPage
		err := c.query(ctx, operation{"UserLifetimeStoryStatsPostsQuery", map[string]any{
			"username": c.cfg.Username, "first": perPage, "after": cursor,
			"orderBy": map[string]string{"publishedAt": "DESC"}, "filter": map[string]bool{"published": true},
		}, readQuery("stories")}, &page)
		if err == nil {
			err = a.take(page, seen, c.cfg.Username)
		}
		if err != nil {
			return author{}, fmt.Errorf("page %d of the stories: %w", n, err)
		}
		info := page.User.Posts.Info
		switch {
		case !info.More:
			return a, nil
		case info.End == "" || info.End == cursor:
			return author{}, fmt.Errorf(
				"page %d of the stories: Medium says that another page follows, but its cursor does not lead there", n)
		}
		cursor = info.End
	}
	return author{}, source.Errorf(newQuery, "the list of stories does not end after %d pages", maxPages)
}

// take adds a page. A story appears twice if another one is published during the walk and shifts the list.
func (a *author) take(page storiesPage, seen map[string]bool, username string) error {
	user := page.User
	switch {
	case user == nil:
		return source.Errorf("check MEDIUM_USERNAME", "Medium has no author @%s", username)
	case user.ID == "" || user.Posts == nil || user.Posts.Info == nil || user.Social == nil ||
		user.Social.Followers == nil:
		return source.Errorf(newCookie,
			"Medium omits the author's id, followers or stories: the cookies are signed out or not the author's")
	}
	a.id, a.followers = user.ID, *user.Social.Followers
	fresh := 0
	for _, edge := range user.Posts.Edges {
		if edge.Node == nil || edge.Node.ID == "" {
			return source.Errorf(newQuery, "a story without an id")
		}
		if !seen[edge.Node.ID] {
			fresh++
			seen[edge.Node.ID] = true
			a.stories = append(a.stories, *edge.Node)
		}
	}
	if fresh == 0 && user.Posts.Info.More {
		return errors.New("every story was on an earlier page, but Medium says that another page follows")
	}
	return nil
}

// row returns the story's row of medium_stories. A null in place of a required figure is an error, never a zero.
func (s story) row() (schema.Row, error) {
	switch {
	case s.Stats == nil || s.Stats.Views == nil || s.Stats.Reads == nil:
		return nil, source.Errorf(newCookie, "story %s has no totalStats: the cookies are signed out or not its author's", s)
	case s.Title == nil:
		return nil, source.Errorf("give the story a title on Medium", "story %s has no title", s)
	case s.Visibility == nil || !slices.Contains(visibilities, *s.Visibility):
		return nil, source.Errorf("find out what it means, and add it to visibilities in functions/medium/stories.go",
			"story %s has visibility %s, not one of %s", s, show(s.Visibility), strings.Join(visibilities, ", "))
	}
	var missing []string
	for name, null := range map[string]bool{
		"clapCount": s.Claps == nil, "voterCount": s.Voters == nil, "responsesCount": s.Responses == nil,
		"isLocked": s.Locked == nil,
	} {
		if null {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, source.Errorf(newQuery, "story %s has no %s", s, strings.Join(missing, ", "))
	}
	row := schema.Row{
		"post_id": s.ID, "title": s.Title, "slug": s.Slug, "url": s.URL,
		"created_at": instant(s.CreatedAt), "updated_at": instant(s.UpdatedAt),
		"first_published_at": instant(s.PublishedAt), "first_boosted_at": instant(s.BoostedAt),
		"reading_time_minutes": s.ReadingMinutes, "word_count": s.Words,
		"claps": s.Claps, "voters": s.Voters, "responses": s.Responses,
		"is_locked": s.Locked, "visibility": s.Visibility,
		"presentations": s.Stats.Presentations, "views": s.Stats.Views, "reads": s.Stats.Reads,
	}
	if s.Collection != nil {
		row["collection_id"], row["collection_name"], row["collection_slug"] = s.Collection.ID, s.Collection.Name,
			s.Collection.Slug
	}
	return row, s.addEarnings(row)
}

func (s story) addEarnings(row schema.Row) error {
	if s.Earnings == nil || s.Earnings.Total == nil {
		return nil
	}
	total := s.Earnings.Total
	amount, err := total.decimal()
	if err == nil && len(total.Currency) != 3 {
		err = fmt.Errorf("%.20q is not a currency code", total.Currency)
	}
	if err != nil {
		return source.Errorf(newQuery, "story %s, earnings: %w", s, err)
	}
	row["earnings"], row["earnings_currency"] = amount, strings.ToUpper(total.Currency)
	return nil
}

func show(text *string) string {
	if text == nil {
		return "null"
	}
	return fmt.Sprintf("%.40q", *text)
}
