package operate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// player plays a backfillScenario and writes down what comes of it.
type player struct {
	*backfillWorld
	out       strings.Builder
	processes int
	ended     map[string]bool             // of those that ran the command
	before    map[plan.TablePartition]int // runs before the first backfill
	faults    []string
}

func (s backfillScenario) play(t *testing.T) (text string, faults []string) {
	return s.playWith(t, scenarioModels(s.Models, nil))
}

// playWith plays the backfillScenario with other models.
func (s backfillScenario) playWith(t *testing.T, m *manifest.Manifest) (text string, faults []string) {
	p := &player{backfillWorld: newBackfillWorld(t, m, s.Now), ended: map[string]bool{}}
	for i, st := range s.Steps {
		if i > 0 {
			time.Sleep(time.Second)
			fmt.Fprintln(&p.out)
		}
		p.do(st)
	}
	p.writeRuns(s.RunsAgain)
	if diff := gocmp.Diff(p.rebuilt(), marts(p.warehouse.Contents()), gocmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" {
		p.faults = append(p.faults, "the tables are not those of a rebuild from scratch (-rebuilt +are):\n"+diff)
	}
	return p.out.String(), p.faults
}

func (p *player) say(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

func (p *player) do(st backfillStep) {
	switch {
	case st.Live != nil:
		p.say("%s loads %s in its time", st.Live.Source, st.Live)
		for q := range st.Live.partitions() {
			if err := p.load(st.Live.Source, q, true); err != nil {
				p.t.Fatal(err)
			}
			p.deliver()
		}
	case st.Restate != nil:
		p.say("%s tells otherwise of %s", st.Restate.Source, st.Restate)
		for q := range st.Restate.partitions() {
			for _, table := range p.pipeline.Sources[st.Restate.Source].SortedTables() {
				p.versions[plan.TablePartition{Table: table, Partition: q}]++
				p.told[plan.TablePartition{Table: table, Partition: q}] = st.Restate.As
			}
		}
	case st.Drop != "":
		p.say("a person drops the file of %s", st.Drop)
		p.dropped[day(st.Drop)] = true
	case st.Sweep != nil:
		p.say("the sweep of every quarter of an hour moves on %s", st.Sweep)
		if err := p.coordinator.Sweep(p.t.Context(), day(st.Sweep.From), day(st.Sweep.To)); err != nil {
			p.t.Fatal(err)
		}
		p.deliver()
	case st.Backfill != nil:
		p.backfill(*st.Backfill)
	case st.Wait > 0:
		p.say("%s pass", st.Wait)
		time.Sleep(st.Wait)
	default:
		p.t.Fatalf("an empty step after\n%s", p.out.String())
	}
}

// String is "2026-01-05" or "2026-01-05 to 2026-01-07".
func (l live) String() string {
	if l.To == "" {
		return l.From
	}
	return l.From + " to " + l.To
}

func (l live) partitions() func(yield func(partition.Partition) bool) {
	return partition.Range(day(l.From), day(cmp.Or(l.To, l.From)))
}

// backfill runs the command. Of one that is killed, nothing is seen any more.
func (p *player) backfill(c backfillCommand) {
	if p.before == nil {
		p.before = p.runs()
	}
	o := BackfillOptions{Confirmation: Confirmation{Yes: true}, Range: Range{From: c.From, To: c.To}, Source: c.Source, Restart: c.Restart, Parallel: 1}
	p.processes++
	by := fmt.Sprintf("%s, process %d", cmp.Or(c.As, "ann@laptop"), p.processes)
	line := (*backfill)(nil).words(o)
	if c.Restart {
		line = append(line, "--restart")
	}
	p.say("%s: %s", by, strings.Join(line, " "))
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	pr := &process{backfillWorld: p.backfillWorld, by: by, cancel: cancel, meanwhile: slices.Clone(c.Meanwhile), killAt: c.killAt, do: p.do,
		say: func(format string, args ...any) { p.say("  "+format, args...) }}
	shown := &indented{out: &p.out, silent: func() bool { return p.killed[by] }}
	code := status(shown)(Backfill(ctx, o, System{
		In: strings.NewReader(""), Out: term.NewOutput(shown), Err: term.NewOutput(shown), now: p.now, by: by, dead: func(by string) bool { return p.ended[by] },
		open: p.open(pr),
	}))
	p.ended[by] = true
	if !p.killed[by] {
		p.say("    status %d", code)
	}
}

// indented writes whole lines a little to the right.
type indented struct {
	out    *strings.Builder
	silent func() bool
	half   string
}

func (w *indented) Write(data []byte) (int, error) {
	if w.silent() {
		return len(data), nil
	}
	text := w.half + string(data)
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") {
			w.half = line
			return len(data), nil
		}
		fmt.Fprintln(w.out, strings.TrimRight("    "+line, " \n"))
	}
	w.half = ""
	return len(data), nil
}

// writeRuns writes down how often the models' partitions have run since the first backfill began.
func (p *player) writeRuns(again bool) {
	var order []plan.TablePartition
	runs := p.runs()
	for target, n := range runs {
		if n -= p.before[target]; n > 0 {
			order = append(order, target)
		}
		if n > 1 && !again {
			p.faults = append(p.faults, fmt.Sprintf("%s ran %d times", target, n))
		}
	}
	slices.SortFunc(order, func(a, b plan.TablePartition) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), a.Partition.Compare(b.Partition))
	})
	fmt.Fprintln(&p.out, "\nruns since the first backfill began")
	at := func(w plan.TablePartition) partition.Partition { return w.Partition }
	times := func(w plan.TablePartition) int { return runs[w] - p.before[w] }
	alike := func(a, b plan.TablePartition) bool { return a.Table == b.Table && times(a) == times(b) }
	for _, group := range partition.Join(order, at, alike) {
		p.say("  %s %s: %d", group[0].Table, partition.Text(group[0].Partition, group[len(group)-1].Partition), times(group[0]))
	}
}
