package explain

import (
	"fmt"
	"time"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Partition shows one partition in full.
type Partition struct {
	Deployment string              `json:"deployment"`
	At         time.Time           `json:"at"`
	Partition  partition.Partition `json:"partition"`
	Timezone   string              `json:"timezone"` // of due times; all instants here are in UTC
	Complete   bool                `json:"complete"`
	Sources    []Source            `json:"sources"` // by name
	Models     []Model             `json:"models"`  // in dependency order
}

// Source shows what one source has loaded of the partition.
type Source struct {
	Name     string     `json:"source"`
	State    State      `json:"state"`
	Due      time.Time  `json:"due"`
	Arrived  *time.Time `json:"arrived,omitempty"` // when the last of its tables first arrived
	Reason   string     `json:"reason,omitempty"`  // why something is missing
	Hint     string     `json:"hint,omitempty"`
	Blocks   []string   `json:"blocks,omitempty"`   // models that wait because of it
	Requests int        `json:"requests,omitempty"` // how often the sweep has requested it again
	Failure  *Failure   `json:"failure,omitempty"`  // of its newest load
	// Accepted says who accepted the newest of its loads that had been refused.
	Accepted *Acceptance `json:"accepted,omitempty"`
	Tables   []Table     `json:"tables"`
}

// Table shows one raw table's partition.
type Table struct {
	Table    string   `json:"table"`
	State    State    `json:"state"`
	Newest   *Version `json:"newest,omitempty"`
	Versions int      `json:"versions"` // loads whose rows differed from the load before
	Loads    int      `json:"loads"`
}

// Version describes the newest load of a table's partition.
type Version struct {
	LoadedAt   time.Time  `json:"loaded_at"`   // when the load job ended
	ReceivedAt time.Time  `json:"received_at"` // when the coordinator received the event
	Rows       int64      `json:"rows"`
	Digest     digest.Sum `json:"digest"`
	LoadID     string     `json:"load_id"`
}

// Model shows how one model's partition stands, and why.
type Model struct {
	Name     string   `json:"model"`
	State    State    `json:"state"`
	Reason   string   `json:"reason,omitempty"` // why it is not up to date
	Hint     string   `json:"hint,omitempty"`
	Blocks   []string `json:"blocks,omitempty"`       // models that wait because of it
	WaitsFor []Wait   `json:"waits_for,omitempty"`    // root causes only
	Runs     []Run    `json:"runs"`                   // oldest first
	Since    []Reload `json:"loaded_since,omitempty"` // inputs loaded again after the newest run, with the same rows
}

// Wait is a root cause of a model's waiting: a raw table, or a model that has all inputs and has not published.
type Wait struct {
	plan.TablePartition
	Source string     `json:"source,omitempty"` // that loads the table
	State  State      `json:"state"`
	Due    *time.Time `json:"due,omitempty"`
	Reason string     `json:"reason,omitempty"` // why its newest load failed, or its rows are gone
}

// Reload is an input that was loaded again.
type Reload struct {
	plan.TablePartition
	LoadedAt time.Time `json:"loaded_at"`
}

// Partition returns one partition in full.
func (f *Facts) Partition(p partition.Partition) Partition {
	detail := Partition{
		Deployment: f.Deployment, At: f.Now.UTC(), Partition: p, Timezone: f.Pipeline.Timezone, Complete: true,
		Sources: []Source{}, Models: []Model{},
	}
	for _, s := range f.Pipeline.SortedSources() {
		if s.Cadence == p.Grain() {
			source := f.source(s, p)
			detail.Sources = append(detail.Sources, source)
			detail.Complete = detail.Complete && source.State.Good()
		}
	}
	for _, m := range f.Manifest.Models {
		if d, ok := f.decision(plan.TablePartition{Table: m.TableName(), Partition: p}); ok && m.Grain == p.Grain() {
			model := f.model(d)
			detail.Models = append(detail.Models, model)
			detail.Complete = detail.Complete && model.State.Good()
		}
	}
	return detail
}

func (f *Facts) source(s *pipeline.Source, p partition.Partition) Source {
	source := Source{Name: s.Name, State: f.sourceState(s, p), Due: s.DueAt(p, f.Pipeline.Location()).UTC()}
	source.Failure, source.Accepted = f.failure(s, p), f.acceptance(s, p)
	if list := f.sourceProblems(s, []partition.Partition{p}); len(list) > 0 {
		problem := list[0]
		source.Reason, source.Hint, source.Blocks, source.Requests = problem.Reason, problem.Hint, problem.Blocks,
			problem.Requests
	} else if source.State == Waiting {
		source.Reason = fmt.Sprintf("due on %s", f.clock(source.Due))
	}
	isThere := source.State == Arrived || source.State == Accepted || source.State == NotRefreshed
	for _, table := range s.SortedTables() {
		source.Tables = append(source.Tables, f.table(s, table, p))
		if all := f.View.Arrivals(table, p); isThere && len(all) > 0 {
			if first := all[0].LoadedAt; source.Arrived == nil || first.After(*source.Arrived) {
				source.Arrived = &first
			}
		}
	}
	return source
}

func (f *Facts) table(s *pipeline.Source, name string, p partition.Partition) Table {
	table := Table{Table: name, State: f.tableState(s, name, p)}
	var last digest.Sum
	for n, a := range f.View.Arrivals(name, p) {
		table.Loads++
		if n == 0 || a.Digest != last {
			table.Versions++
		}
		last = a.Digest
		table.Newest = &Version{LoadedAt: a.LoadedAt, Digest: a.Digest, LoadID: a.LoadID}
	}
	if record, ok := f.Arrivals[plan.TablePartition{Table: name, Partition: p}]; ok && table.Newest != nil {
		table.Newest.ReceivedAt = record.ReceivedAt
		for _, t := range record.Event.Tables {
			if t.Table == name {
				table.Newest.Rows = t.Rows
			}
		}
	}
	return table
}

func (f *Facts) model(d plan.Decision) Model {
	model := Model{Name: d.Model.Name, State: f.modelState(d), Runs: f.runs(d.Model, made(d))}
	if problem, ok := f.modelProblem(d); ok {
		model.Reason, model.Hint, model.Blocks = problem.Reason, problem.Hint, problem.Blocks
	} else if d.Status != plan.UpToDate {
		model.Reason = f.reason(d)
	}
	if model.State == Waiting {
		for _, root := range f.roots(d) {
			model.WaitsFor = append(model.WaitsFor, f.wait(root))
		}
	}
	if n := len(model.Runs); n > 0 && d.Status == plan.UpToDate {
		model.Since = f.since(model.Runs[n-1])
	}
	return model
}

func (f *Facts) wait(root plan.TablePartition) Wait {
	wait := Wait{TablePartition: root, State: Waiting}
	if s := f.Pipeline.Owner(root.Table); s != nil {
		due := s.DueAt(root.Partition, f.Pipeline.Location()).UTC()
		wait.Source, wait.Due = s.Name, &due
		if state := f.tableState(s, root.Table, root.Partition); f.isGone(root.Table, root.Partition) {
			wait.State = Gone
		} else if state != NotExpected {
			wait.State = state
		} else if !f.Now.Before(due) {
			wait.State = Overdue
		}
		switch wait.State {
		case Refused, Failed:
			wait.Reason = f.failureText(s, root.Partition)
		case Gone:
			wait.Reason = f.goneTables(root.Table)
		}
		return wait
	}
	if d, ok := f.decision(root); ok {
		wait.State = f.modelState(d)
	}
	return wait
}

// since returns the inputs of a run that were loaded again after the version it read, with the same rows.
func (f *Facts) since(run Run) (list []Reload) {
	for _, in := range run.Inputs {
		a, ok := f.View.Newest(in.Table, in.Partition)
		if ok && a.Digest == in.Digest && a.LoadedAt.After(in.LoadedAt) {
			list = append(list, Reload{*of(a), a.LoadedAt})
		}
	}
	return list
}
