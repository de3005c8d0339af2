package replay

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// TestScenarios plays each folder of testdata/scenarios: given.yaml says what happens, to a real coordinator over a ledger and a
// warehouse in memory, and which replays are then asked for; want.txt is what a person sees, and which models ran. After each
// replay no model's partition has run twice, save those that given.yaml names, and the tables hold what a rebuild of them
// from scratch comes to. Adding a case is adding a folder, and running with -update.
func TestScenarios(t *testing.T) {
	golden.Scenarios(t, func(t *testing.T, s scenario) string {
		w := newWorld(t, s)
		for _, st := range s.Steps {
			w.do(st)
		}
		return w.out.String()
	})
}

// scenario is given.yaml.
type scenario struct {
	About  string          `yaml:"about"`
	Start  string          `yaml:"start"` // the pipeline's first day
	Kept   bool            `yaml:"kept"`  // messages are kept, as in a project, so that a subscription can be sought back
	Models []scenarioModel `yaml:"models"`
	Steps  []step          `yaml:"steps"`
}

// scenarioModel is a model; its inputs are written "raw.medium_stories daily last_n_days 3".
type scenarioModel struct {
	Name         string                   `yaml:"name"`
	Grain        partition.Grain          `yaml:"grain"`
	Materialized manifest.Materialization `yaml:"materialized"`
	Inputs       []string                 `yaml:"inputs"`
	SQL          string                   `yaml:"sql"`
}

func (s scenario) models(sql map[string]string) *manifest.Manifest {
	m := &manifest.Manifest{}
	for _, sm := range s.Models {
		model := manifest.Model{Name: sm.Name, Grain: cmp.Or(sm.Grain, partition.Daily), Materialized: sm.Materialized}
		for _, text := range sm.Inputs {
			var in manifest.Input
			if n, err := fmt.Sscan(text, &in.Table, &in.Grain, &in.Mapping, &in.N); n < 3 {
				panic(fmt.Sprintf("%s: %v", text, err))
			}
			model.Inputs = append(model.Inputs, in)
		}
		m.Models = append(m.Models, coordtest.Model(model, cmp.Or(sql[sm.Name], sm.SQL)))
	}
	return m
}

// load is what a source loads for some partitions: contents by table, without dataset.
type load struct {
	Source string            `yaml:"source"`
	For    []string          `yaml:"for"` // "2026-10-01 to 2026-10-31" is a range
	Tables map[string]string `yaml:"tables"`
}

// step is one thing that happens; exactly one of the fields is set.
type step struct {
	Now     time.Time         `yaml:"now"`     // the clock is put forward to
	Load    *load             `yaml:"load"`    // and the events are delivered
	Lost    *load             `yaml:"lost"`    // and a broken coordinator takes the events and does no more than record them
	Dropped *load             `yaml:"dropped"` // and a broken coordinator takes the events and forgets them
	Bring   *load             `yaml:"bring"`   // what a source will load when it is asked; otherwise the same as stands
	Refuse  map[string]string `yaml:"refuse"`  // by source, why it will not load
	Gone    []string          `yaml:"gone"`    // tables that sources can tell nothing of any more
	During  *struct {         // while a replay is at work: at the next job of this step and model, "stage overview"
		At   string `yaml:"at"`
		Load load   `yaml:"load"`
	} `yaml:"during"`
	SQL  map[string]string `yaml:"sql"` // models get other SQL, and the coordinator is deployed anew
	Hold *struct {         // somebody holds partitions
		ID  string        `yaml:"id"`
		Why string        `yaml:"why"`
		Day string        `yaml:"day"`
		For time.Duration `yaml:"for"`
	} `yaml:"hold"`
	Publish map[string]string `yaml:"publish"` // a message with this data and attributes ("subscription" among them) is a dead letter
	File    *struct {         // a file in quarantine
		Object, Reason string
		Data           string
		Month          string // of its metadata
	} `yaml:"file"`
	Sources []string `yaml:"sources"` // from now on the pipeline has these only
	Replay  string   `yaml:"replay"`  // the command is given, and --yes unless it says --plan
	Twice   []string `yaml:"twice"`   // with replay: targets that may run twice in it, because their inputs change meanwhile
}
