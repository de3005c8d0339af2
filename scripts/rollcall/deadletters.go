package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
)

// deadlettersCmd lists what nobody could use.
type deadlettersCmd struct {
	place
	output
	Limit int `default:"200" placeholder:"N" help:"List so many of each at most."`
}

// unused is what deadletters --json gives.
type unused struct {
	Site    string    `json:"site"`
	At      time.Time `json:"at"`
	Letters []letter  `json:"dead_letters"` // oldest first
	Files   []file    `json:"quarantine"`   // by name
}

// letter is one message that nobody could use.
type letter struct {
	ID           string            `json:"id"`
	At           time.Time         `json:"at"`
	Subscription string            `json:"subscription,omitempty"`
	About        string            `json:"about"` // what it told of, as far as it can be told
	Reason       string            `json:"reason"`
	Hint         string            `json:"hint"`
	Attributes   map[string]string `json:"attributes,omitempty"`
	Data         string            `json:"data"`
}

// file is one dropped file that could not be read.
type file struct {
	Object string    `json:"object"`
	When   time.Time `json:"when"`
	Reason string    `json:"reason"`
	Hint   string    `json:"hint"`
}

func (c *deadlettersCmd) run(ctx context.Context, sys system) (int, error) {
	if c.Limit < 1 {
		return broken, fmt.Errorf("--limit %d is not 1 or more", c.Limit)
	}
	s, err := sys.open(ctx, c.place)
	if err != nil {
		return broken, err
	}
	return closing(s, func() (int, error) {
		u, err := c.list(ctx, s, sys.now())
		if err != nil {
			return broken, err
		}
		if c.JSON {
			err = term.WriteJSON(sys.out, u)
		} else {
			text{sys, s.Pipeline.Location(), u.At}.unused(u, s.Command("replay", "--deadletters"))
		}
		return exit(len(u.Letters)+len(u.Files) == 0), err
	})
}

func (c *deadlettersCmd) list(ctx context.Context, s *deployment.Deployment, now time.Time) (unused, error) {
	u := unused{Site: s.Name, At: now.UTC(), Letters: []letter{}, Files: []file{}}
	letters, err := s.DeadLetters.ListDeadLetters(ctx, c.Limit)
	if err != nil {
		return u, fmt.Errorf("%s: read the dead letters: %w", s.Name, err)
	}
	for _, l := range letters {
		u.Letters = append(u.Letters, describe(l, s))
	}
	refused, err := s.Refused(ctx, c.Limit)
	for _, r := range refused {
		u.Files = append(u.Files, file{r.Object, r.When, r.Reason, r.Hint})
	}
	return u, err
}

// describe says what a letter is about, and what to do about it.
func describe(l event.DeadLetter, s *deployment.Deployment) letter {
	told := letter{ID: l.ID, At: l.At, Subscription: l.Subscription(), Attributes: l.Attributes, Data: string(l.Data)}
	var about []string
	for _, name := range []string{"type", "source", "partition", "objectId"} {
		if v := l.Attributes[name]; v != "" {
			about = append(about, v)
		}
	}
	told.About = strings.Join(about, " ")
	if told.About == "" {
		told.About = "a message"
	}
	told.Reason = l.Attributes["reason"]
	back := s.Command("replay", "--deadletters", "--only", l.ID)
	_, err := event.Decode(l.Data)
	switch {
	case told.Subscription == "coordinator" && err != nil:
		told.Hint = "it can never be read; find out who published it, and let that source load the partition again"
	case told.Reason == "" || l.Attributes["attempts"] != "":
		if told.Reason == "" {
			told.Reason = "it was delivered too often without being taken"
		}
		told.Hint = "see in the log why it was not taken, mend that, and send it back: " + back
	default:
		told.Hint = "mend what the reason says, deploy, and send it back: " + back
	}
	return told
}

// unused lists what nobody could use; back is the command that sends back what is mended.
func (t text) unused(u unused, back string) {
	if len(u.Letters)+len(u.Files) == 0 {
		t.say("At %s there are no dead letters, and no file is in quarantine.", u.Site)
		return
	}
	for _, l := range u.Letters {
		t.say("%s  %s  %s", t.paint.In(ink.FgRed, "✗"), t.paint.In(ink.Bold, l.About), t.faint(fmt.Sprintf("dead letter %s, %s", l.ID, t.clock(l.At))))
		t.because(l.Reason, l.Hint, nil)
		t.say("")
	}
	for _, f := range u.Files {
		t.say("%s  %s  %s", t.paint.In(ink.FgRed, "✗"), t.paint.In(ink.Bold, f.Object), t.faint("in quarantine, "+t.clock(f.When)))
		t.because(f.Reason, f.Hint, nil)
		t.say("")
	}
	if len(u.Files) > 0 {
		t.say("A file leaves the quarantine when it is deleted there, or sent back because it can now be read: %s\n", back)
	}
	t.say("%s, %s in quarantine", term.Count(len(u.Letters), "dead letter"), term.Count(len(u.Files), "file"))
}
