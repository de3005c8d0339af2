package standing

import (
	"fmt"
	"time"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Partition is one partition told in full.
type Partition struct {
	Site      string              `json:"site"`
	At        time.Time           `json:"at"`
	Partition partition.Partition `json:"partition"`
	Timezone  string              `json:"timezone"` // of due times; all instants here are UTC
	Complete  bool                `json:"complete"`
	Sources   []Source            `json:"sources"` // by name
	Models    []Model             `json:"models"`  // in dependency order
}

// Source is what one source has brought of the partition.
type Source struct {
	Name    string     `json:"source"`
	State   term.State `json:"state"`
	Due     time.Time  `json:"due"`
	Arrived *time.Time `json:"arrived,omitempty"` // when the last of its tables came, whatever has been loaded again since
	Reason  string     `json:"reason,omitempty"`  // of what is not there
	Hint    string     `json:"hint,omitempty"`
	Blocks  []string   `json:"blocks,omitempty"` // models that wait because of it
	Asked   int        `json:"asked,omitempty"`  // how often the sweep has asked the source again
	Tables  []Table    `json:"tables"`
}

// Table is one table's partition.
type Table struct {
	Table    string     `json:"table"`
	State    term.State `json:"state"`
	Newest   *Version   `json:"newest,omitempty"`
	Versions int        `json:"versions"` // loads whose rows differed from those before
	Loads    int        `json:"loads"`
}

// Version is a table's partition as it was loaded last.
type Version struct {
	LoadedAt   time.Time  `json:"loaded_at"`   // when the load job ended
	ReceivedAt time.Time  `json:"received_at"` // when the coordinator heard of it
	Rows       int64      `json:"rows"`
	Digest     digest.Sum `json:"digest"`
	LoadID     string     `json:"load_id"`
}

// Model is how one model's partition stands, and why.
type Model struct {
	Name   string     `json:"model"`
	State  term.State `json:"state"`
	Reason string     `json:"reason,omitempty"` // why it does not stand
	Hint   string     `json:"hint,omitempty"`
	Blocks []string   `json:"blocks,omitempty"` // models that wait because of it
	// WaitsFor is what it waits for at the bottom of everything: tables of sources, and models that have failed.
	WaitsFor []Wait `json:"waits_for,omitempty"`
	Runs     []Run  `json:"runs"` // oldest first
	// Since are the inputs that were loaded again after the newest run, with the same rows.
	Since []Reload `json:"loaded_since,omitempty"`
}

// Wait is something that a model waits for.
type Wait struct {
	plan.TablePartition
	Source string     `json:"source,omitempty"` // that owes it
	State  term.State `json:"state"`
	Due    *time.Time `json:"due,omitempty"`
}

// Reload is an input that was loaded again.
type Reload struct {
	plan.TablePartition
	LoadedAt time.Time `json:"loaded_at"`
}

// Partition tells one partition in full.
func (r *Reading) Partition(site string, p partition.Partition) Partition {
	told := Partition{
		Site: site, At: r.Now.UTC(), Partition: p, Timezone: r.Pipeline.Timezone, Complete: true, Sources: []Source{}, Models: []Model{},
	}
	for _, s := range r.Pipeline.SortedSources() {
		if s.Cadence == p.Grain() {
			told.Sources = append(told.Sources, r.source(s, p))
		}
	}
	for _, m := range r.Manifest.Models {
		if d, ok := r.decision(plan.TablePartition{Table: m.TableName(), Partition: p}); ok && m.Grain == p.Grain() {
			told.Models = append(told.Models, r.Model(d))
		}
	}
	for _, s := range told.Sources {
		told.Complete = told.Complete && Good(s.State)
	}
	for _, m := range told.Models {
		told.Complete = told.Complete && Good(m.State)
	}
	return told
}

func (r *Reading) source(s *pipeline.Source, p partition.Partition) Source {
	told := Source{Name: s.Name, State: r.sourceState(s, p), Due: s.DueAt(p, r.Pipeline.Location()).UTC()}
	switch told.State {
	case Overdue:
		problem := r.overdue(s, []partition.Partition{p})[0]
		told.Reason, told.Hint, told.Blocks, told.Asked = problem.Reason, problem.Hint, problem.Blocks, problem.Asked
	case Waiting:
		told.Reason = fmt.Sprintf("due on %s", r.clock(told.Due))
	}
	for _, table := range s.SortedTables() {
		told.Tables = append(told.Tables, r.table(s, table, p))
		if all := r.View.Arrivals(table, p); told.State == Arrived && len(all) > 0 {
			if first := all[0].LoadedAt; told.Arrived == nil || first.After(*told.Arrived) {
				told.Arrived = &first
			}
		}
	}
	return told
}

func (r *Reading) table(s *pipeline.Source, table string, p partition.Partition) Table {
	told := Table{Table: table, State: r.tableState(s, table, p)}
	var last digest.Sum
	for n, a := range r.View.Arrivals(table, p) {
		told.Loads++
		if n == 0 || a.Digest != last {
			told.Versions++
		}
		last = a.Digest
		told.Newest = &Version{LoadedAt: a.LoadedAt, Digest: a.Digest, LoadID: a.LoadID}
	}
	if received, ok := r.Received[plan.TablePartition{Table: table, Partition: p}]; ok && told.Newest != nil {
		told.Newest.ReceivedAt = received.ReceivedAt
		for _, t := range received.Event.Tables {
			if t.Table == table {
				told.Newest.Rows = t.Rows
			}
		}
	}
	return told
}

// Model tells how one model's partition stands.
func (r *Reading) Model(d plan.Decision) Model {
	want := makes(d)
	told := Model{Name: d.Model.Name, State: r.State(d), Runs: r.runs(d.Model, want)}
	if problem, ok := r.modelProblem(d); ok {
		told.Reason, told.Hint, told.Blocks = problem.Reason, problem.Hint, problem.Blocks
	} else if d.Status != plan.UpToDate {
		told.Reason = r.reason(d)
	}
	if told.State == Waiting {
		for _, w := range r.roots(d) {
			told.WaitsFor = append(told.WaitsFor, r.wait(w))
		}
	}
	if n := len(told.Runs); n > 0 && d.Status == plan.UpToDate {
		told.Since = r.since(told.Runs[n-1])
	}
	return told
}

// wait says of what is waited for whose it is.
func (r *Reading) wait(w plan.TablePartition) Wait {
	told := Wait{TablePartition: w, State: Waiting}
	if s := r.Pipeline.Owner(w.Table); s != nil {
		due := s.DueAt(w.Partition, r.Pipeline.Location()).UTC()
		told.Source, told.Due = s.Name, &due
		if !r.Now.Before(due) {
			told.State = Overdue
		}
		return told
	}
	if d, ok := r.decision(w); ok {
		told.State = r.State(d)
	}
	return told
}

// since are the inputs of a run that were loaded again later than the version it read, with the same rows.
func (r *Reading) since(run Run) (list []Reload) {
	for _, in := range run.Inputs {
		a, ok := r.View.Newest(in.Table, in.Partition)
		if ok && a.Digest == in.Digest && a.LoadedAt.After(in.LoadedAt) {
			list = append(list, Reload{plan.TablePartition{Table: in.Table, Partition: in.Partition}, a.LoadedAt})
		}
	}
	return list
}
