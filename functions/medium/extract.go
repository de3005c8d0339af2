// Package medium loads one author's own statistics from Medium, once a day.
//
//   - medium_stories, a snapshot: every published story with its lifetime figures.
//   - medium_story_days, a window: every story's days by membership of the reader. Medium corrects past days,
//     so each run reads the last ones again: enough for the two days in which earnings settle, and for
//     corrections after them.
//   - medium_account_days, a snapshot: followers, and the day's totals of the account.
//
// Medium has no supported API for this. The source sends the queries that the author's own browser sends, with
// the author's cookies, one after the other. It loads everything or nothing.
//
// A day of a story without views may be missing from Medium's answer, so that a missing day means zero. It becomes a row
// of zeros: medium_story_days has a row for each story, each day since its publication, and each membership. Whether
// Medium has left out more is judged by earlier loads; see answers.omissions. A story that left the list keeps its past
// days, whether Medium still answers for it or not.
package medium

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream"
)

const (
	storiesTable = "medium_stories"
	daysTable    = "medium_story_days"
	accountTable = "medium_account_days"
)

//go:embed schema/*.json
var schemas embed.FS

//go:embed queries/*.graphql
var queries embed.FS

// readQuery returns the text of a query. It panics if there is none of that name, which any test of the package
// reveals.
func readQuery(name string) string {
	text, err := queries.ReadFile("queries/" + name + ".graphql")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// New returns the source with these settings. The error names everything that is wrong with them.
func New(cfg Config) (*source.Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("medium: %w", err)
	}
	c := &client{cfg: cfg, upstream: upstream.New(upstream.Options{
		Name: "Medium", Interval: cfg.Interval, FirstWait: cmp.Or(cfg.RetryWait, 3*time.Second), Transport: cfg.transport,
		Secrets: []string{cfg.SID},
	})}
	return &source.Source{
		Name:    "medium",
		Schemas: schema.MustReadAll(schemas),
		Extract: c.extract,
		Secrets: []string{cfg.SID},
	}, nil
}

// extract reads who is signed in, the stories, the days of each story, and finally the account.
func (c *client) extract(ctx context.Context, req source.Request, out *source.Output) error {
	if err := c.checkViewer(ctx); err != nil {
		return err
	}
	author, err := c.stories(ctx)
	if err != nil {
		return err
	}
	out.Account(map[string]string{"user_id": author.id})
	if err := c.windowDays(ctx, author.stories, req, out); err != nil {
		return err
	}
	if !req.Snapshot {
		return nil
	}
	for _, s := range author.stories {
		row, err := s.row()
		if err != nil {
			return err
		}
		if err := out.WriteSnapshot(storiesTable, row); err != nil {
			return fmt.Errorf("story %s: %w", s, err)
		}
	}
	row, err := c.accountDay(ctx, req.Partition)
	if err != nil {
		return err
	}
	row["user_id"], row["username"], row["followers"] = author.id, c.cfg.Username, author.followers
	return out.WriteSnapshot(accountTable, row)
}

// checkViewer checks that the cookies are the author's. Another user would see the stories without their figures.
func (c *client) checkViewer(ctx context.Context) error {
	var data struct {
		Viewer *struct {
			Username string `json:"username"`
		} `json:"viewer"`
	}
	err := c.query(ctx, operation{"ViewerQuery", struct{}{}, readQuery("viewer")}, &data)
	switch {
	case err != nil:
		return err
	case data.Viewer == nil:
		return source.Errorf(newCookie, "Medium's cookies have expired: no user is signed in")
	case !strings.EqualFold(data.Viewer.Username, c.cfg.Username):
		return source.Errorf(
			"store the cookies of @"+c.cfg.Username+" in MEDIUM_SID and MEDIUM_UID, or set MEDIUM_USERNAME to the other name",
			"Medium's cookies belong to @%.100s, not to @%s", data.Viewer.Username, c.cfg.Username)
	}
	return nil
}
