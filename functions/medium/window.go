package medium

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/stage"
)

// windowDays reads and writes every story's days of the window: also of the stories that earlier loads have and the
// list no longer has, as long as Medium answers for them. What Medium does not answer, the frame carries over from the
// earlier load. It refuses the load if Medium seems to leave out days.
func (c *client) windowDays(ctx context.Context, list []story, req source.Request, out *source.Output) error {
	before, err := readPast(ctx, req, out)
	if err != nil {
		return err
	}
	a := answers{window: req.Window, past: before, sent: map[string]storyDays{}}
	end := req.Window[len(req.Window)-1]
	for _, s := range list {
		if since := s.since(); since == nil || since.Compare(end) <= 0 {
			a.listed = append(a.listed, s)
		}
	}
	for _, s := range a.listed {
		if a.sent[s.ID], err = c.daysOf(ctx, s.ID, req.Window); err != nil {
			return fmt.Errorf("days of story %s: %w", s, err)
		}
	}
	departed := before.departed(list)
	for _, id := range departed {
		days, err := c.daysOf(ctx, id, req.Window)
		if refused, ok := errors.AsType[*graphQLError](err); ok { // all listed stories were answered, so it is this story's
			cloudlog.From(ctx).Warn("Medium fails for a story that left the list; its earlier days stay as they are", "story", id,
				"error", refused.message)
			days, err = storyDays{null: true}, nil
		}
		if err != nil {
			return fmt.Errorf("days of story %s, which the list no longer has: %w", id, err)
		}
		a.sent[id] = days
	}
	if a.listed, err = c.checkNulls(ctx, a); err != nil {
		return err
	}
	omissions := a.omissions()
	if len(omissions) > 0 {
		if err := c.askAgain(ctx, a, omissions); err != nil {
			return err
		}
		omissions = a.omissions()
	}
	for _, o := range omissions {
		out.Refuse(o.refusal(before.taken))
	}
	a.log(ctx, departed)
	return a.write(out, departed)
}

// since returns the day from which a story has days: of its publication or, if Medium does not tell it, of its draft.
func (s story) since() *partition.Partition {
	for _, at := range []*millis{s.PublishedAt, s.CreatedAt} {
		if at != nil {
			day := partition.Day(at.time())
			return &day
		}
	}
	return nil
}

// checkNulls makes sure that a null is an answer: that the author is still signed in, and that it is not of too many
// listed stories. It returns the listed stories that Medium shows.
func (c *client) checkNulls(ctx context.Context, a answers) (shown []story, err error) {
	for _, days := range a.sent {
		if days.null {
			if err := c.checkViewer(ctx); err != nil {
				return nil, err
			}
			break
		}
	}
	var hidden []string
	for _, s := range a.listed {
		if a.sent[s.ID].shown {
			shown = append(shown, s)
		} else {
			hidden = append(hidden, s.String())
		}
	}
	few := len(hidden) < fewestStories || len(hidden)*partMissed <= len(a.listed)
	switch {
	case len(hidden) > 0 && (len(shown) == 0 || !few):
		return nil, source.Errorf("check that the stories are still on Medium, and "+newCookie,
			"Medium lists %d stories, and does not show %d of them to these cookies: %s", len(a.listed), len(hidden),
			stage.NameKeys(hidden, 0))
	case len(hidden) > 0:
		cloudlog.From(ctx).Warn("Medium does not show some of the stories that it lists; their earlier days stay as they are",
			"stories", stage.NameKeys(hidden, 0))
	}
	return shown, nil
}

const (
	slower        = 3   // times the usual interval lie between two requests when a story is asked for again
	mostUnchanged = 10  // requests in a row that bring nothing new end it
	mostAgain     = 200 // requests, which take ten minutes
)

// askAgain asks for the stories once more that seem to be left out, with longer pauses. It keeps the fuller answers.
func (c *client) askAgain(ctx context.Context, a answers, omissions []omission) error {
	again := map[string]bool{}
	for _, o := range omissions {
		for _, id := range o.stories {
			again[id] = true
		}
	}
	cloudlog.From(ctx).Warn("Medium seems to leave out days of stories; asking for them again, slowly", "stories", len(again))
	asked, unchanged := 0, 0
	for _, s := range a.listed {
		if !again[s.ID] {
			continue
		}
		if asked == mostAgain || unchanged == mostUnchanged {
			return nil
		}
		asked++
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(slower * c.cfg.Interval):
		}
		days, err := c.daysOf(ctx, s.ID, a.window)
		if err != nil {
			return fmt.Errorf("days of story %s, asked for again: %w", s, err)
		}
		unchanged++
		if days.size() > a.sent[s.ID].size() {
			a.sent[s.ID], unchanged = days, 0
		}
	}
	return nil
}

func (a answers) log(ctx context.Context, departed []string) {
	quiet, answered := 0, 0
	for _, s := range a.listed {
		if a.sent[s.ID].viewers() == 0 {
			quiet++
		}
	}
	for _, id := range departed {
		if a.sent[id].shown {
			answered++
		}
	}
	cloudlog.From(ctx).Info("read the days of Medium's stories", "stories", len(a.listed), "without_views", quiet,
		"departed", len(departed), "departed_answered", answered)
}

// write writes the rows of all stories.
func (a answers) write(out *source.Output, departed []string) error {
	write := func(id string, since *partition.Partition) error {
		for _, day := range a.window {
			for _, row := range a.sent[id].rows(id, day, since) {
				if err := out.Write(daysTable, day, row); err != nil {
					return fmt.Errorf("days of story %s: %w", id, err)
				}
			}
		}
		return nil
	}
	for _, s := range a.listed {
		since := s.since()
		if since == nil {
			since = &a.window[0]
		}
		if err := write(s.ID, since); err != nil {
			return err
		}
	}
	for _, id := range departed {
		if err := write(id, nil); err != nil {
			return err
		}
	}
	return nil
}
