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

// TestScenarios plays each folder of testdata/scenarios: given.yaml says which models there are and what
// happens, and want.txt what comes of each step. Adding a case is adding a folder, and running with
// -update. After each, the models' tables equal a rebuild from scratch.
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
	Only   []string          `yaml:"only"`  // sources that there are; all when left out
	Zone   string            `yaml:"zone"`  // its time zone; UTC when left out
	Now    time.Time         `yaml:"now"`   // 2026-11-22 08:00 UTC when left out
	Added  map[string]string `yaml:"added"` // by source, the first day of one that was added later
	Models []scenarioModel   `yaml:"models"`
	Steps  []step            `yaml:"steps"`
}

// scenarioModel is a model; its inputs are written "raw.medium_stories daily last_n_days 3".
type scenarioModel struct {
	Name         string                   `yaml:"name"`
	Grain        partition.Grain          `yaml:"grain"`
	Materialized manifest.Materialization `yaml:"materialized"`
	Inputs       []string                 `yaml:"inputs"`
	SQL          string                   `yaml:"sql"` // stands for its text; what begins with rough gives the same for similar inputs
}

// step is one thing that happens; exactly one of the fields below At is set.
type step struct {
	At string `yaml:"at"` // the instance that it happens at, "a" when empty

	Load *struct { // a source loads tables, and its event is delivered so many times (1 when left out)
		Source    string            `yaml:"source"`
		Partition string            `yaml:"partition"`
		Tables    map[string]string `yaml:"tables"` // contents by name without dataset
		Delivered *int              `yaml:"delivered"`
	} `yaml:"load"`
	Days    *days             `yaml:"days"`    // a source loads one table for several days, in the order given
	Deliver int               `yaml:"deliver"` // the event of this load, counted from 1, is delivered again
	Push    string            `yaml:"push"`    // a message with this data is pushed
	Post    string            `yaml:"post"`    // a request with this body is made
	Reset   string            `yaml:"reset"`   // a person resets a partition, or one model's ("2026-11-21 stats"), and the coordinator sweeps it
	Hold    *hold             `yaml:"hold"`    // a person holds a partition
	Release string            `yaml:"release"` // a person releases it, and the coordinator sweeps it
	Sweep   string            `yaml:"sweep"`   // a person has a day swept
	Clock   []string          `yaml:"clock"`   // the clock has these instances sweep: the second from beginning to end when …
	When    string            `yaml:"when"`    // … the first gets to this call, and so on
	Until   time.Time         `yaml:"until"`   // the clock has an instance sweep every quarter of an hour until then
	Stage   *staging          `yaml:"stage"`   // a source stages a table and dies before it has loaded it
	Deploy  *deployment       `yaml:"deploy"`  // the coordinator is deployed anew
	Ask     string            `yaml:"ask"`     // a person asks how a day stands
	Wait    time.Duration     `yaml:"wait"`
	SQL     map[string]string `yaml:"sql"` // models get other SQL, and the coordinator is deployed anew
	Fault   *struct {         // from now on calls whose name begins with At go wrong, so many times (1 when left out)
		At    string `yaml:"at"`
		Times int    `yaml:"times"`
		Kills bool   `yaml:"kills"` // the instance dies there, and is not heard of again
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
