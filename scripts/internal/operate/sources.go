package operate

import (
	"context"
	"slices"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// sources holds how the sources stand for some partitions, in the words of status.
type sources struct {
	newest   loadIDOf
	states   map[request]term.State
	problems map[request]explain.Problem
	gone     []explain.Problem // of sources and models, in other partitions
}

// loadIDOf returns the id of the newest load of a table's partition; empty: there is none.
type loadIDOf func(table string, p partition.Partition) (loadID string)

func loadIDs(v *ledger.View) loadIDOf {
	return func(table string, p partition.Partition) string {
		newest, _ := v.Newest(table, p)
		return newest.LoadID
	}
}

// readSources reads how the sources stand for some partitions.
func readSources(ctx context.Context, at *deployment.Deployment, reporter *coordinator.Coordinator,
	list []partition.Partition) (*sources, error) {
	facts, err := at.ReadFacts(ctx, reporter, list)
	if err != nil {
		return nil, err
	}
	s := &sources{states: map[request]term.State{}, problems: map[request]explain.Problem{},
		newest: loadIDs(facts.View)}
	o := facts.Overview(list)
	for _, row := range o.Rows {
		for name, state := range row.Sources {
			if state == explain.Overdue { // a command does not wait for the due time
				state = explain.Waiting
			}
			s.states[request{name, row.Partition}] = state
		}
	}
	for _, problem := range o.Problems {
		if problem.State == explain.Gone && !slices.Contains(list, problem.Through) {
			s.gone = append(s.gone, problem)
		}
		if problem.Source == "" {
			continue
		}
		for p := range partition.Range(problem.Partition, problem.Through) {
			s.problems[request{problem.Source, p}] = problem
		}
	}
	return s, nil
}

// note records a request that failed, unless what was read already says so. before returns what stood before the request.
func (s *sources) note(src *pipeline.Source, p partition.Partition, before loadIDOf) {
	key := request{src.Name, p}
	switch state := s.states[key]; state {
	case explain.Waiting, explain.NotExpected:
		s.states[key] = explain.Failed
	case explain.Arrived, explain.Accepted:
		for _, table := range src.SortedTables() {
			if s.newest(table, p) == before(table, p) {
				s.states[key] = explain.NotRefreshed
			}
		}
	}
}

// trouble returns why a source's partition is not as it should be: why its newest load failed, or otherwise what this
// command has noted, or otherwise unknown.
func (s *sources) trouble(key request, noted map[request]trouble, unknown trouble) trouble {
	if problem := s.problems[key]; problem.Failure != nil {
		t := trouble{reason: problem.Reason, hint: problem.Hint, failed: true}
		if problem.Failure.Acceptable {
			t.refusals = problem.Failure.Refusals
		}
		return t
	}
	if t, ok := noted[key]; ok {
		return t
	}
	return unknown
}
