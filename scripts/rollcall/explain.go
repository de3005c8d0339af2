package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/status/standing"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// explainCmd tells in sentences why a model's partition stands as it does.
type explainCmd struct {
	place
	output
	Model     string `arg:"" help:"Name of a model, like story_days."`
	Partition string `arg:"" help:"Day or month, like 2026-11-21 or 2026-10."`
}

// explanation is what explain --json gives.
type explanation struct {
	Site      string              `json:"site"`
	At        time.Time           `json:"at"`
	Model     string              `json:"model"`
	Partition partition.Partition `json:"partition"`
	State     term.State          `json:"state"`
	Sentences []string            `json:"paragraphs"`
}

func (c *explainCmd) run(ctx context.Context, sys system) (int, error) {
	s, err := sys.open(ctx, c.place)
	if err != nil {
		return broken, err
	}
	return closing(s, func() (int, error) { return c.explain(ctx, sys, s) })
}

func (c *explainCmd) explain(ctx context.Context, sys system, s *deployment.Deployment) (int, error) {
	m := s.Manifest.Model(trimMart(c.Model))
	if m == nil {
		return broken, fmt.Errorf("no model is named %q%s", c.Model, term.DidYouMean(c.Model, modelNames(s.Manifest)))
	}
	p, err := partition.Parse(c.Partition)
	if err != nil {
		return broken, fmt.Errorf("%q is neither a day like 2026-11-21 nor a month like 2026-10", c.Partition)
	}
	if p.Grain() != m.Grain {
		return broken, fmt.Errorf("model %s is %s, and %s is not", m.Name, m.Grain, p)
	}
	if err := within(s, p, sys); err != nil {
		return broken, err
	}
	r, err := newReader(s, sys.now())
	if err != nil {
		return broken, err
	}
	reading, err := r.read(ctx, []partition.Partition{p})
	if err == nil {
		err = r.deepen(ctx, reading, p, m)
	}
	if err != nil {
		return broken, err
	}
	for _, d := range reading.Decisions {
		if d.Model != m || d.Partition != p {
			continue
		}
		told := explanation{s.Name, reading.Now.UTC(), m.Name, p, reading.State(d), reading.Explain(d)}
		good := standing.Good(told.State)
		if c.JSON {
			return exit(good), term.WriteJSON(sys.out, told)
		}
		t := text{sys, s.Pipeline.Location(), reading.Now}
		for _, paragraph := range told.Sentences {
			if strings.HasPrefix(paragraph, "To mend it:") {
				t.say("%s", paragraph) // in one line, to be copied
			} else {
				t.paragraph("", paragraph)
			}
			t.say("")
		}
		return exit(good), nil
	}
	return broken, fmt.Errorf("the coordinator says nothing of %s %s", m.Name, p)
}

func modelNames(m *manifest.Manifest) (names []string) {
	for _, model := range m.Models {
		names = append(names, model.Name)
	}
	return names
}

// trimMart removes the dataset from a model's name.
func trimMart(name string) string { return strings.TrimPrefix(name, "mart.") }
