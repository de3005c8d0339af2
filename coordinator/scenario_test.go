package coordinator

import (
	"cmp"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// TestScenarios plays each folder of testdata/scenarios: given.yaml holds the models and the steps, want.txt
// the result of each step. To add a case, add a folder and run with -update. After each scenario the models'
// tables must equal a rebuild from scratch.
func TestScenarios(t *testing.T) {
	golden.Scenarios(t, func(t *testing.T, s scenario) (got string) {
		synctest.Test(t, func(t *testing.T) { got = s.play(t) })
		return got
	})
}

// scenario is given.yaml.
type scenario struct {
	About  string            `yaml:"about"`
	Start  string            `yaml:"start"` // the pipeline's first day
	Only   []string          `yaml:"only"`  // the sources; default all
	Zone   string            `yaml:"zone"`  // its time zone; default UTC
	Now    time.Time         `yaml:"now"`   // default 2026-11-22 08:00 UTC
	Added  map[string]string `yaml:"added"` // the start of sources that were added later
	Models []scenarioModel   `yaml:"models"`
	Steps  []step            `yaml:"steps"`
}

// scenarioModel is a model; its inputs are written "raw.medium_stories daily last_n_days 3".
type scenarioModel struct {
	Name         string                   `yaml:"name"`
	Grain        partition.Grain          `yaml:"grain"`
	Materialized manifest.Materialization `yaml:"materialized"`
	Inputs       []string                 `yaml:"inputs"`
	SQL          string                   `yaml:"sql"` // its version; one that begins with rough returns the same for similar inputs
}

// step is one thing that happens; exactly one of the fields below At is set.
type step struct {
	At string `yaml:"at"` // the instance that does it; default "a"

	Load *struct { // a source loads tables, and its event is delivered this many times (default 1)
		Source    string            `yaml:"source"`
		Partition string            `yaml:"partition"`
		Tables    map[string]string `yaml:"tables"` // contents by table name, without dataset
		Delivered *int              `yaml:"delivered"`
	} `yaml:"load"`
	Days    *days                      `yaml:"days"`    // a source loads one table for several days, in the order given
	Deliver int                        `yaml:"deliver"` // the event of this load, counted from 1, is delivered again
	Push    string                     `yaml:"push"`    // a message with this data is pushed
	Post    string                     `yaml:"post"`    // a request with this body is made
	Reset   string                     `yaml:"reset"`   // a person resets a partition or one model ("2026-11-21 stats"), and it is swept
	Hold    *hold                      `yaml:"hold"`    // a person holds a partition
	Release string                     `yaml:"release"` // a person releases it, and it is swept
	Sweep   string                     `yaml:"sweep"`   // a person sweeps a day
	Clock   []string                   `yaml:"clock"`   // these instances sweep as scheduled: the second sweeps from start to end when …
	When    string                     `yaml:"when"`    // … the first is at this call, and so on
	Until   time.Time                  `yaml:"until"`   // an instance sweeps every 15 minutes until then
	Stage   *staging                   `yaml:"stage"`   // a source stages a table and crashes before it loads it
	Deploy  *deployment                `yaml:"deploy"`  // the coordinator is deployed again
	Drop    string                     `yaml:"drop"`    // a person drops a table
	Restore string                     `yaml:"restore"` // a person restores the table that was dropped last
	Rebuild *struct{ From, To string } `yaml:"rebuild"` // a person sweeps days under a hold, as backfill and replay do
	Request string                     `yaml:"request"` // a person requests the report of a day
	Wait    time.Duration              `yaml:"wait"`
	SQL     map[string]string          `yaml:"sql"` // models get other SQL, and the coordinator is deployed again
	Fault   *struct {                  // from now on calls with this prefix fail, this many times (default 1)
		At    string `yaml:"at"`
		Times int    `yaml:"times"`
		Crash bool   `yaml:"crash"` // the instance crashes there
	} `yaml:"fault"`
}

type staging struct {
	Source    string            `yaml:"source"`
	Partition string            `yaml:"partition"`
	Tables    map[string]string `yaml:"tables"`
}

// deployment changes the pipeline and the models.
type deployment struct {
	Only   []string          `yaml:"only"`
	Added  map[string]string `yaml:"added"`
	Models []scenarioModel   `yaml:"models"`
}

type hold struct {
	Partition string        `yaml:"partition"`
	For       time.Duration `yaml:"for"`
}

type days struct {
	Source  string   `yaml:"source"`
	Table   string   `yaml:"table"`
	Content string   `yaml:"content"`
	Days    []string `yaml:"days"`
}

func (s scenario) models(sql map[string]string) []*manifest.Model {
	var models []*manifest.Model
	for _, sm := range s.Models {
		m := manifest.Model{Name: sm.Name, Grain: cmp.Or(sm.Grain, partition.Daily), Materialized: sm.Materialized}
		for _, text := range sm.Inputs {
			var in manifest.Input
			if n, err := fmt.Sscan(text, &in.Table, &in.Grain, &in.Mapping, &in.N); n < 3 {
				panic(fmt.Sprintf("%s: %v", text, err))
			}
			m.Inputs = append(m.Inputs, in)
		}
		models = append(models, coordtest.Model(m, cmp.Or(sql[sm.Name], sm.SQL)))
	}
	return models
}
