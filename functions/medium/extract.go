// Package medium loads what Medium tells one author about the author's own stories, once a day.
//
//   - medium_stories, a snapshot: every published story with its lifetime figures.
//   - medium_story_days, a window: every story's days by membership of the reader, the last seven read again on each run,
//     because Medium corrects them.
//   - medium_account_days, a snapshot: followers, and the day's totals of the account.
//
// Medium has no supported interface for this. The source asks what the author's own browser asks, with the author's
// cookies, one request after the other. A run is everything or nothing: a story whose days Medium leaves out fails it.
package medium

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
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

// query is the text of a question. It panics when there is none of that name, which a package's first test would meet.
func query(name string) string {
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
	c := newClient(cfg)
	return &source.Source{
		Name:    "medium",
		Schemas: schema.MustReadAll(schemas),
		Extract: c.extract,
		Secrets: []string{cfg.SID},
	}, nil
}

// extract asks who is signed in, then for the stories, then for each story's days and at last for the account.
func (c *client) extract(ctx context.Context, req source.Request, out *source.Output) error {
	if err := c.checkViewer(ctx); err != nil {
		return err
	}
	author, err := c.stories(ctx)
	if err != nil {
		return err
	}
	if err := c.storyDays(ctx, author.stories, req.Window, out); err != nil {
		return err
	}
	cloudlog.From(ctx).Info("read Medium", "stories", len(author.stories))
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

// checkViewer makes sure that the cookies are the author's. Somebody else is shown stories without their figures.
func (c *client) checkViewer(ctx context.Context) error {
	var data struct {
		Viewer *struct {
			Username string `json:"username"`
		} `json:"viewer"`
	}
	err := c.ask(ctx, operation{"ViewerQuery", struct{}{}, query("viewer")}, &data)
	switch {
	case err != nil:
		return err
	case data.Viewer == nil:
		return source.Errorf(newCookie, "Medium's cookies have expired: nobody is signed in")
	case !strings.EqualFold(data.Viewer.Username, c.cfg.Username):
		return source.Errorf("store the cookies of @"+c.cfg.Username+" in MEDIUM_SID and MEDIUM_UID, or the other name in MEDIUM_USERNAME",
			"Medium's cookies are those of @%.100s, not of @%s", data.Viewer.Username, c.cfg.Username)
	}
	return nil
}
