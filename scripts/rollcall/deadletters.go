package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
)

// deadlettersCmd lists the messages and dropped files that could not be processed.
type deadlettersCmd struct {
	place
	output
	Limit int `group:"what" default:"200" placeholder:"N" help:"List at most this many of each. Default: 200."`
}

func (*deadlettersCmd) Help() string {
	return `Takes nothing away: rollcall replay --deadletters sends back what can be processed now.

Example: go run ./scripts/rollcall deadletters --json`
}

// deadLetters is what deadletters --json prints.
type deadLetters struct {
	Deployment string               `json:"deployment"`
	At         time.Time            `json:"at"`
	Messages   []deadLetter         `json:"dead_letters"` // oldest first
	Files      []deployment.Refused `json:"quarantine"`   // by name
}

// deadLetter is one message that could not be processed.
type deadLetter struct {
	ID           string            `json:"id"`
	At           time.Time         `json:"at"`
	Subscription string            `json:"subscription,omitempty"`
	About        string            `json:"about"` // what its attributes say it is about
	Reason       string            `json:"reason"`
	Hint         string            `json:"hint"`
	Attributes   map[string]string `json:"attributes,omitempty"`
	Data         string            `json:"data"`
}

func (c *deadlettersCmd) run(ctx context.Context, sys system) (int, error) {
	if c.Limit < 1 {
		return broken, fmt.Errorf("--limit %d is less than 1; do you mean 1?", c.Limit)
	}
	return reading(ctx, sys, c.place, func(ctx context.Context, r *reader) (int, error) {
		list, err := r.deadLetters(ctx, c.Limit)
		if err != nil {
			return broken, err
		}
		if c.JSON {
			err = sys.out.JSON(list)
		} else {
			r.text().deadLetters(list, r.Command("replay", "--deadletters"))
		}
		return exit(len(list.Messages)+len(list.Files) == 0), err
	})
}

func (r *reader) deadLetters(ctx context.Context, limit int) (deadLetters, error) {
	list := deadLetters{Deployment: r.Name, At: r.now.UTC(), Messages: []deadLetter{}, Files: []deployment.Refused{}}
	messages, err := r.DeadLetters.ListDeadLetters(ctx, limit)
	if err != nil {
		return list, fmt.Errorf("%s: read the dead letters: %w", r.Name, err)
	}
	for _, m := range messages {
		list.Messages = append(list.Messages, r.deadLetter(m))
	}
	files, err := r.Refused(ctx, limit)
	list.Files = append(list.Files, files...)
	return list, err
}

// deadLetter says what a message is about, and what to do about it.
func (r *reader) deadLetter(m event.DeadLetter) deadLetter {
	letter := deadLetter{ID: m.ID, At: m.At, Subscription: m.Subscription(), Reason: m.Attributes["reason"],
		Attributes: m.Attributes, Data: string(m.Data)}
	var about []string
	for _, name := range []string{"type", "source", "partition", "objectId"} {
		if v := m.Attributes[name]; v != "" {
			about = append(about, v)
		}
	}
	letter.About = cmp.Or(strings.Join(about, " "), "a message")
	_, err := event.Decode(m.Data)
	fault := hint.Fault{Code: hint.Unprocessed, Letter: m.ID}
	switch {
	case letter.Subscription == "coordinator" && err != nil:
		fault.Code = hint.Unreadable
	case letter.Reason == "" || m.Attributes["attempts"] != "":
		fault.Code = hint.Undelivered
	}
	letter.Reason = cmp.Or(letter.Reason, "it was delivered too often without being acknowledged")
	letter.Hint = r.Hint(fault)
	return letter
}

// deadLetters lists what could not be processed; back is the command that sends it back.
func (t text) deadLetters(list deadLetters, back string) {
	if len(list.Messages)+len(list.Files) == 0 {
		t.say("%s has no dead letters, and no file is in quarantine.", list.Deployment)
		return
	}
	show := func(name, note, reason, hint string) {
		t.say("%s  %s  %s", t.paint.In(ink.FgRed, "✗"), t.bold(name), t.faint(note))
		t.because(reason, hint, nil)
		t.say("")
	}
	for _, m := range list.Messages {
		show(m.About, fmt.Sprintf("dead letter %s, %s", m.ID, t.clock(m.At)), m.Reason, m.Hint)
	}
	for _, f := range list.Files {
		show(f.Object, "in quarantine, "+t.clock(f.When), f.Reason, f.Hint)
	}
	if len(list.Files) > 0 {
		t.say("A file leaves the quarantine when it is deleted there, or sent back because it can now be read: %s\n", back)
	}
	t.say("%s, %s in quarantine", term.Count(len(list.Messages), "dead letter"), term.Count(len(list.Files), "file"))
}
