package operate

import (
	"context"
	"strings"
	"time"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// introduce says what the run covers, and which data are invented.
func (r *runner) introduce() {
	var invented, read, settings []string
	for _, name := range r.scope.Sources {
		if r.Feeds[name].Origin == datadir.Live {
			read = append(read, name)
			continue
		}
		invented = append(invented, name)
		settings = append(settings, local.Credentials(name)...)
	}
	days := partition.Text(r.scope.From, r.scope.To)
	if months := r.scope.Months; len(months) > 0 {
		days += ", and " + partition.Text(months[0], months[len(months)-1])
	}
	r.Err.Say("Rollcall on this machine: %s", days)
	for _, line := range []struct {
		says  string
		names []string
	}{{"Read from the real service: ", read}, {"Invented: ", invented}, {"To read the real service, set ", settings}} {
		if line.names != nil {
			r.Err.Say("%s%s", line.says, strings.Join(line.names, ", "))
		}
	}
}

// report writes what a run has done: as JSON, or for a person.
func (r *runner) report(ctx context.Context, o *Outcome) error {
	if r.options.JSON {
		return r.Out.JSON(o)
	}
	out := r.Out
	out.Say("")
	term.WriteGrid(out, o.Partitions, term.RunMarks(o.Partitions), term.Paint(r.Colour), 0)
	out.Say("")
	if err := writeNumbers(ctx, out, o.Partitions, r.Warehouse.Query); err != nil {
		return err
	}
	for _, text := range r.dropped {
		out.Say("%s", text)
	}
	out.Say("\nThis run: %s, %s, in %s", term.Count(len(o.Loads), "load"), term.Count(len(o.Runs), "model run"),
		term.Seconds(time.Duration(o.Timings["total"])*time.Millisecond))
	r.writeNotes(out)
	out.Say(`
Written: %-28s the tables, in the schemas raw and mart
         %-28s what was staged, and the coordinator's ledger
         %-28s what the functions and the coordinator logged`, r.Dir.Warehouse(), r.Dir.Objects(), r.Dir.Log())
	again := "everything is up to date, so no model runs"
	if !o.complete() {
		again = "what is missing is requested again, and the rest is kept"
	}
	out.Say(`
Try:     the same command again: %s
         remove a # in %s: a restated day runs again what is made from it, and nothing else
         duckdb %s "FROM mart.creator_overview ORDER BY day DESC LIMIT 7"`, again, r.Dir.Steering(), r.Dir.Warehouse())
	return nil
}

// writeNotes says what was not requested, and why.
func (r *runner) writeNotes(out *term.Output) {
	if r.skipped > 0 {
		advice := " (--from and --to request them)"
		if r.explicit { // only snapshots are left, which a request would load with the same rows
			advice = ""
		}
		out.Say("Not requested again: %s, complete and outside of what each run reads again%s",
			term.Count(r.skipped, "older partition"), advice)
	}
	for _, name := range r.scope.Sources {
		if f := r.Feeds[name]; f.Origin == datadir.Live && r.Pipeline.Sources[name].Has(pipeline.Snapshot) {
			out.Say("%s has only the current state of some tables: of those, %s is the first partition, and older ones are not expected", name, f.Newest)
		}
	}
}

// stopwatch takes the time of each stage, in milliseconds.
type stopwatch struct {
	now   func() time.Time
	at    time.Time
	laps  map[string]int64
	whole int64
}

func (w *stopwatch) lap(name string) {
	now := w.now()
	took := now.Sub(w.at).Milliseconds()
	w.laps[name], w.at, w.whole = took, now, w.whole+took
}

func (w *stopwatch) total() map[string]int64 {
	w.laps["total"] = w.whole
	return w.laps
}

// outcome returns what was done, and how everything stands.
func (r *runner) outcome(ctx context.Context) (*Outcome, error) {
	after, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	if !after.unfinished() {
		if err := r.Warehouse.Clear(ctx, "staging"); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	o := newOutcome()
	o.Runs = r.runs
	for _, l := range r.Loads() {
		it := Item{Source: l.Source, Table: l.Table, Partition: l.Partition, Reason: l.Failure,
			Milliseconds: l.Took.Milliseconds()}
		if l.Failure == "" {
			it.Rows = &l.Rows
		}
		o.Loads = append(o.Loads, it)
	}
	state, err := readSources(ctx, r.deployment, r.Coordinator, r.scope.all())
	if err != nil {
		return nil, err
	}
	for key, t := range r.troubles {
		if t.failed && r.before != nil {
			state.note(r.Pipeline.Sources[key.source], key.partition, loadIDs(r.before))
		}
	}
	o.Partitions = grid(gridInput{
		pipeline: r.Pipeline, partitions: r.scope.all(), sources: state, decisions: after.decisions, runs: r.runs,
	})
	r.addSources(after, state, o)
	r.addMissing(after, o)
	for _, problem := range state.gone {
		o.Missing = append(o.Missing, Item{Source: problem.Source, Model: problem.Model, Partition: problem.Through,
			Reason: problem.Reason, Hint: problem.Hint})
	}
	return o, nil
}

// addSources adds what the sources lack: tables that have not arrived or are gone, and partitions that were not refreshed.
func (r *runner) addSources(s *state, standing *sources, o *Outcome) {
	for _, name := range r.scope.Sources {
		src := r.Pipeline.Sources[name]
		for _, p := range r.scope.partitions(src.Cadence) {
			key := request{name, p}
			if standing.states[key] == explain.NotRefreshed {
				o.addNotRefreshed(key, standing.trouble(key, r.troubles, trouble{}))
				continue
			}
			if standing.states[key] == explain.Gone {
				problem := standing.problems[key]
				o.Missing = append(o.Missing, Item{Source: name, Partition: p, Reason: problem.Reason, Hint: problem.Hint})
				continue
			}
			for _, w := range plan.TablePartitions(src, []partition.Partition{p}) {
				if _, arrived := s.view.Newest(w.Table, p); !arrived && !s.lost[w] {
					t := standing.trouble(key, r.troubles, r.unloaded(name, w.Table))
					o.Missing = append(o.Missing, Item{Source: name, Table: w.Table, Partition: p, Reason: t.reason, Hint: t.hint,
						Refusals: t.refusals})
				}
			}
		}
	}
}

// addMissing adds what else was asked for and is not there: models that read nothing else, dropped files that were
// refused, and messages that could not be processed.
func (r *runner) addMissing(s *state, o *Outcome) {
	asked := r.askedFor()
	for _, d := range s.decisions {
		if it, missing := unfinished(d, r.deployment); missing && (d.Status != plan.Waiting || asked[d.Model.TableName()]) {
			o.Missing = append(o.Missing, it)
		}
	}
	o.Missing = append(o.Missing, r.refused...)
	for _, letter := range r.Cloud.DeadLetters() {
		it := letterItem(letter, "a message could not be processed: "+letter.Attributes["reason"])
		it.Hint = "run the same command again; " + r.Dir.Log() + " says more"
		o.Missing = append(o.Missing, it)
	}
}

// askedFor returns the tables that are made from the sources asked, directly or through models, and from nothing else.
func (r *runner) askedFor() map[string]bool {
	asked := map[string]bool{}
	for _, name := range r.scope.Sources {
		for _, table := range r.Pipeline.Sources[name].SortedTables() {
			asked[table] = true
		}
	}
	for _, model := range r.Manifest.Models {
		all := true
		for _, in := range model.Inputs {
			all = all && asked[in.Table]
		}
		asked[model.TableName()] = all
	}
	return asked
}
