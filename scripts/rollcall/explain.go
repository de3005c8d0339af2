package main

import (
	"context"
	"fmt"
	"strings"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
)

// explainCmd explains in sentences why a model's partition stands as it does.
type explainCmd struct {
	place
	output
	Model     string `arg:"" help:"Name of a model, like story_days."`
	Partition string `arg:"" help:"Day or month, like 2026-11-21 or 2026-10."`
}

func (*explainCmd) Help() string { return "Example: go run ./scripts/rollcall explain revenue 2026-10" }

func (c *explainCmd) run(ctx context.Context, sys system) (int, error) {
	return reading(ctx, sys, c.place, func(ctx context.Context, r *reader) (int, error) {
		m := r.Manifest.Model(explain.ShortName(c.Model))
		if m == nil {
			return broken, fmt.Errorf("no model is named %q%s", c.Model, term.DidYouMean(c.Model, modelNames(r.Manifest)))
		}
		p, err := term.ParseDate("<partition>", c.Partition, m.Grain)
		if err != nil {
			return broken, fmt.Errorf("model %s is %s: %w", m.Name, m.Grain, err)
		}
		if err := r.expects(p); err != nil {
			return broken, err
		}
		facts, err := r.facts(ctx, p)
		if err == nil {
			err = r.coordinator.ReadDetail(ctx, facts, p, m)
		}
		if err != nil {
			return broken, err
		}
		e, ok := facts.Explain(m, p)
		switch {
		case !ok:
			return broken, fmt.Errorf("the coordinator has no decision about %s %s", m.Name, p)
		case c.JSON:
			err = sys.out.JSON(e)
		default:
			r.text().explanation(e)
		}
		return exit(e.State.Good()), err
	})
}

func (t text) explanation(e explain.Explanation) {
	for _, paragraph := range e.Paragraphs {
		if strings.HasPrefix(paragraph, explain.FixPrefix) {
			t.say("%s\n", paragraph) // on one line, to be copied
			continue
		}
		t.paragraph("", paragraph)
		t.say("")
	}
}

func modelNames(m *manifest.Manifest) (names []string) {
	for _, model := range m.Models {
		names = append(names, model.Name)
	}
	return names
}
