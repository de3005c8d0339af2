package replay

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// plannedRuns is a plan, for JSON.
type plannedRuns struct {
	Runs      []plannedRun `json:"runs"`
	Queries   int          `json:"queries"`
	Bytes     int64        `json:"bytes"`
	Estimated estimated    `json:"estimated"`
	MayRun    []string     `json:"may_run"` // only if what they read changes: "revenue 2026-10"
	Waiting   []item       `json:"waiting"`
	Events    int          `json:"events"`
	Sources   []string     `json:"sources"`
}

type plannedRun struct {
	Model     string                `json:"model"`
	Partition partition.Partition   `json:"partition"`
	Inputs    []plan.TablePartition `json:"inputs"`
	Queries   int                   `json:"queries"`
	Bytes     int64                 `json:"bytes"`
	Estimated estimated             `json:"estimated"`
}

func planned(s survey) *plannedRuns {
	p := &plannedRuns{Runs: []plannedRun{}, MayRun: []string{}, Waiting: []item{}, Sources: []string{}, Events: countEvents(s)}
	for _, run := range s.Run {
		one := plannedRun{Model: run.Model.Name, Partition: run.Partition, Queries: run.Queries, Bytes: run.Bytes, Estimated: run.Estimated, Inputs: wants(run.Inputs)}
		p.Runs = append(p.Runs, one)
	}
	p.Queries, p.Bytes, p.Estimated = s.total()
	for _, t := range s.May {
		p.MayRun = append(p.MayRun, t.String())
	}
	for _, d := range s.Left {
		p.Waiting = append(p.Waiting, item{Model: d.Model.Name, Table: d.Model.TableName(), Partition: d.Partition, Reason: d.Reason()})
	}
	for _, src := range s.Sources {
		p.Sources = append(p.Sources, src.Name)
	}
	return p
}

// total is what all that runs comes to; of the ways in which bytes were estimated, the worst.
func (s survey) total() (queries int, bytes int64, worst estimated) {
	order := []estimated{nothing, dryRun, lastRun, unknown}
	worst = nothing
	for _, run := range s.Run {
		queries, bytes = queries+run.Queries, bytes+run.Bytes
		if slices.Index(order, run.Estimated) > slices.Index(order, worst) {
			worst = run.Estimated
		}
	}
	return queries, bytes, worst
}

func wants(arrivals []ledger.Arrival) (list []plan.TablePartition) {
	for _, a := range arrivals {
		list = append(list, plan.TablePartition{Table: a.Table, Partition: a.Partition})
	}
	return list
}

// report writes what was done: as JSON, or for a person.
func (r *replay) report(o outcome) error {
	if r.flags.JSON {
		return term.WriteJSON(r.sys.out, o)
	}
	out := r.sys.out
	if len(o.Partitions) > 0 {
		fmt.Fprintln(out)
		term.WriteGrid(out, o.Partitions, term.RunMarks, term.Paint(r.sys.colour), r.sys.width)
	}
	for _, line := range loadLines(o.Loads) {
		fmt.Fprintln(out, line)
	}
	r.summary(out, o)
	return nil
}

func (r *replay) summary(out io.Writer, o outcome) {
	if !o.begun {
		return
	}
	if r.Way == letters {
		fmt.Fprintf(out, "%s sent back, %s left; in %s\n", plural(len(o.SentBack), "was", "were"), plural(len(o.Missing), "is", "are"),
			term.Seconds(time.Duration(o.Milliseconds)*time.Millisecond))
		return
	}
	var done []string
	loaded := 0
	for _, it := range o.Loads {
		if it.State == loadedAnew || it.State == loadedSame {
			loaded++
		}
	}
	if loaded > 0 {
		done = append(done, term.Count(loaded, "table")+" loaded again")
	}
	if o.Events > 0 {
		done = append(done, plural(o.Events, "event", "events")+" came again")
	}
	did := "no query ran: what is complete was left alone"
	if len(o.Runs) > 0 {
		did = fmt.Sprintf("%s, %s", term.Count(len(o.Runs), "model run"), plural(o.Queries, "query", "queries"))
		if o.BytesBilled > 0 {
			did += ", " + term.Bytes(o.BytesBilled) + " billed"
		}
	}
	fmt.Fprintf(out, "\n%s; in %s\n", strings.Join(append(done, did), "; "), term.Seconds(time.Duration(o.Milliseconds)*time.Millisecond))
}

// loadLines say what sources have brought, the tables that are alike together. Of what is as it was, how much is enough.
func loadLines(loads []item) (lines []string) {
	same := 0
	for _, it := range loads {
		if it.State == loadedSame {
			same++
		}
	}
	if same > 0 {
		lines = append(lines, "Unchanged at the sources: "+term.Count(same, "table"))
	}
	for _, state := range []struct{ is, says string }{
		{loadedAnew, "Restated"}, {notLoaded, "Not told of any more by the source, and left as it stood"}, {notThere, "Not told of any more by the source, and never loaded"},
	} {
		var names []plan.TablePartition
		for _, it := range loads {
			if it.State == state.is {
				names = append(names, plan.TablePartition{Table: it.Table, Partition: it.Partition})
			}
		}
		if names != nil {
			lines = append(lines, fmt.Sprintf("%s: %s", state.says, term.List(compressWants(names))))
		}
	}
	return lines
}
