package drops

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

// envelope surrounds the rows of all three kinds of file. The part that is present tells the kind.
type envelope struct {
	Success *bool           `json:"success"`
	Error   string          `json:"error"`
	Errors  json.RawMessage `json:"errors"`
	Payload *struct {
		UserID string       `json:"userId"`
		Value  *[]statsPost `json:"value"`
		Paging struct {
			Next json.RawMessage `json:"next"`
		} `json:"paging"`
		PostAmounts *[]postAmount `json:"postAmounts"`
	} `json:"payload"`
	Data *struct {
		User *struct {
			ID    string `json:"id"`
			Posts *struct {
				Edges []struct {
					Node graphQLPost `json:"node"`
				} `json:"edges"`
				PageInfo struct {
					HasNextPage bool `json:"hasNextPage"`
				} `json:"pageInfo"`
			} `json:"postsConnection"`
		} `json:"user"`
	} `json:"data"`
}

// statsPost is a story in the file of the stats page.
type statsPost struct {
	PostID            string      `json:"postId"`
	Slug              string      `json:"slug"`
	Title             string      `json:"title"`
	CreatorID         string      `json:"creatorId"`
	CollectionID      string      `json:"collectionId"`
	CreatedAt         instant     `json:"createdAt"`
	FirstPublishedAt  instant     `json:"firstPublishedAt"`
	ReadingTime       json.Number `json:"readingTime"`
	Views             json.Number `json:"views"`
	Reads             json.Number `json:"reads"`
	Upvotes           json.Number `json:"upvotes"`
	Claps             json.Number `json:"claps"`
	InternalReferrers json.Number `json:"internalReferrerViews"`
	FriendsLinkViews  json.Number `json:"friendsLinkViews"`
	SyndicatedViews   json.Number `json:"syndicatedViews"`
}

// graphQLPost is a story in a copied answer of the GraphQL interface.
type graphQLPost struct {
	ID               string      `json:"id"`
	Title            string      `json:"title"`
	Slug             string      `json:"uniqueSlug"`
	CreatedAt        instant     `json:"createdAt"`
	FirstPublishedAt instant     `json:"firstPublishedAt"`
	ReadingTime      json.Number `json:"readingTime"`
	Claps            json.Number `json:"clapCount"`
	Voters           json.Number `json:"voterCount"`
	TotalStats       *struct {
		Views json.Number `json:"views"`
		Reads json.Number `json:"reads"`
	} `json:"totalStats"`
	Collection *struct {
		ID string `json:"id"`
	} `json:"collection"`
}

// postAmount is the amount that one story earned in one period, in the file of the earnings page.
type postAmount struct {
	PeriodStartedAt instant     `json:"periodStartedAt"`
	Amount          json.Number `json:"amount"`
	PaidToDate      json.Number `json:"totalAmountPaidToDate"`
	Post            struct {
		ID               string  `json:"id"`
		Title            string  `json:"title"`
		FirstPublishedAt instant `json:"firstPublishedAt"`
		Virtuals         struct {
			WordCount   json.Number `json:"wordCount"`
			ReadingTime json.Number `json:"readingTime"`
		} `json:"virtuals"`
	} `json:"post"`
}

func statsRows(posts []statsPost) ([]monthRow, error) {
	rows := make([]monthRow, len(posts))
	for i, p := range posts {
		var n numbers
		rows[i].row = row{p.PostID, schema.Row{
			"title": orNull(p.Title), "slug": orNull(p.Slug), "collection_id": orNull(p.CollectionID),
			"created_at": p.CreatedAt.orNull(), "first_published_at": p.FirstPublishedAt.orNull(),
			"views": n.count("views", p.Views), "reads": n.count("reads", p.Reads), "claps": n.count("claps", p.Claps),
			"fans":                    n.count("upvotes", p.Upvotes),
			"internal_referrer_views": n.count("internalReferrerViews", p.InternalReferrers),
			"friends_link_views":      n.count("friendsLinkViews", p.FriendsLinkViews),
			"syndicated_views":        n.count("syndicatedViews", p.SyndicatedViews),
			"reading_time_minutes":    n.float("readingTime", p.ReadingTime),
		}}
		if n.err != nil {
			return nil, source.Errorf(downloadAgain, "row %d, story %.40s: %w", i+1, p.PostID, n.err)
		}
	}
	return rows, nil
}

func graphQLRows(edges []struct {
	Node graphQLPost `json:"node"`
}) ([]monthRow, error) {
	rows := make([]monthRow, len(edges))
	for i, e := range edges {
		p := e.Node
		if p.TotalStats == nil {
			return nil, source.Errorf(downloadAgain,
				"row %d, story %.40s has no totalStats: it was copied while signed out", i+1, p.ID)
		}
		var n numbers
		r := schema.Row{
			"title": orNull(p.Title), "slug": orNull(p.Slug),
			"created_at": p.CreatedAt.orNull(), "first_published_at": p.FirstPublishedAt.orNull(),
			"views": n.count("views", p.TotalStats.Views), "reads": n.count("reads", p.TotalStats.Reads),
			"claps": n.count("clapCount", p.Claps), "fans": n.count("voterCount", p.Voters),
			"reading_time_minutes": n.float("readingTime", p.ReadingTime),
		}
		if p.Collection != nil {
			r["collection_id"] = orNull(p.Collection.ID)
		}
		if n.err != nil {
			return nil, source.Errorf(downloadAgain, "row %d, story %.40s: %w", i+1, p.ID, n.err)
		}
		rows[i].row = row{p.ID, r}
	}
	return rows, nil
}

// earningsRows returns the amounts of single stories. Each amount has its own month, so one file may hold
// several months. The account's amounts of whole months are ignored.
func earningsRows(amounts []postAmount) ([]monthRow, error) {
	rows := make([]monthRow, len(amounts))
	for i, a := range amounts {
		month := partition.Month(a.PeriodStartedAt.Time)
		if a.PeriodStartedAt.IsZero() || !month.Start().Equal(a.PeriodStartedAt.Time) {
			return nil, source.Errorf(downloadAgain,
				"row %d, story %.40s: periodStartedAt is not the start of a month (UTC)", i+1, a.Post.ID)
		}
		var n numbers
		rows[i] = monthRow{month: month, row: row{a.Post.ID, schema.Row{
			"title": orNull(a.Post.Title), "amount_cents": orNull(a.Amount), "paid_to_date_cents": orNull(a.PaidToDate),
			"word_count":           n.count("wordCount", a.Post.Virtuals.WordCount),
			"reading_time_minutes": n.float("readingTime", a.Post.Virtuals.ReadingTime),
			"first_published_at":   a.Post.FirstPublishedAt.orNull(),
		}}}
		if n.err != nil {
			return nil, source.Errorf(downloadAgain, "row %d, story %.40s: %w", i+1, a.Post.ID, n.err)
		}
	}
	return rows, nil
}

// numbers parses numbers and keeps the first error, which names the number's key.
type numbers struct{ err error }

func (n *numbers) count(key string, v json.Number) any {
	if v == "" {
		return nil
	}
	i, err := strconv.ParseInt(string(v), 10, 64)
	if (err != nil || i < 0) && n.err == nil {
		n.err = fmt.Errorf("%s is %.40s, which is not a count", key, v)
	}
	return i
}

func (n *numbers) float(key string, v json.Number) any {
	if v == "" {
		return nil
	}
	f, err := v.Float64()
	if err != nil && n.err == nil {
		n.err = fmt.Errorf("%s is %.40s, which is not a number", key, v)
	}
	return f
}

// orNull returns nil for an empty text. A number keeps all its digits.
func orNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

func parseInstant(text string) (time.Time, error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	if at, err := time.Parse(time.DateTime, text); err == nil {
		return at, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	return at.UTC(), err
}

// instant is a time, sent as milliseconds since 1970 or as text in UTC. 0, null and "" mean none.
type instant struct{ time.Time }

func (t *instant) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "null" || text == "" || text == "0" {
		return nil
	}
	at, err := parseInstant(text)
	if err == nil && !partition.Day(at).InRange() {
		err = partition.ErrRange
	}
	if err != nil {
		return fmt.Errorf("%.40q is not a time: %w", text, err)
	}
	t.Time = at
	return nil
}

func (t instant) orNull() any {
	if t.IsZero() {
		return nil
	}
	return t.Time
}
