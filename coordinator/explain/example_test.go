package explain_test

import (
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// sample returns a pipeline with one source and two models, of which the second reads the first.
func sample() (*manifest.Manifest, *pipeline.Pipeline) {
	p, err := pipeline.Parse([]byte(`
name: sample
timezone: UTC
start: 2026-11-01
sources:
  kit:
    description: The newsletter.
    cadence: daily
    schedule: "0 7 * * *"
    due: "1d 10:00"
    tables:
      kit_subscribers: {description: A snapshot., reads: snapshot}
`))
	if err != nil {
		panic(err)
	}
	input := func(table string, mapping manifest.Mapping, n int) []manifest.Input {
		return []manifest.Input{{Table: table, Grain: partition.Daily, Mapping: mapping, N: n}}
	}
	return &manifest.Manifest{Models: []*manifest.Model{
		{Name: "growth", Grain: partition.Daily, Inputs: input("raw.kit_subscribers", manifest.LastNDays, 2)},
		{Name: "overview", Grain: partition.Daily, Inputs: input("mart.growth", manifest.Same, 0)},
	}}, p
}

// The source has not loaded the day, so growth waits, and overview waits for growth.
func ExampleFacts_Explain() {
	m, p := sample()
	day := partition.MustParse("2026-11-21")
	waits := func(model int, table string) plan.Decision {
		return plan.Decision{Target: plan.Target{Model: m.Models[model], Partition: day}, Status: plan.Waiting,
			Missing: []plan.TablePartition{{Table: table, Partition: day}}}
	}
	facts := explain.Facts{
		Pipeline: p, Manifest: m, Now: time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC), View: &ledger.View{},
		Decisions: []plan.Decision{waits(0, "raw.kit_subscribers"), waits(1, "mart.growth")},
		Hint:      func(f hint.Fault) string { return f.Line(hint.Deployment{Local: true}) },
	}
	explanation, _ := facts.Explain(m.Model("overview"), day)
	fmt.Println(explanation.State)
	fmt.Println(strings.Join(explanation.Paragraphs, "\n"))
	// Output:
	// waiting
	// overview of 2026-11-21 waits.
	// Source kit has not loaded raw.kit_subscribers 2026-11-21; due on 22 Nov 10:00, 3 hours ago.
	// To fix it: go run ./scripts/rollcall load --source kit --date 2026-11-21
}

func ExampleLineage_Tree() {
	m, p := sample()
	lineage := explain.TableLineage(m, p).Through("growth")
	fmt.Println(lineage.Tree(func(n explain.Node) string { return n.Name }))
	// Output:
	// kit
	// └─ raw.kit_subscribers
	//    └─ growth, last 2 days
	//       └─ overview
}
