package operate

import (
	"testing"
	"time"

	"example.com/rollcall/shared/golden"
)

// TestReplayScenarios plays each folder of testdata/replay: given.yaml says what happens, to a real coordinator over a ledger and a
// warehouse in memory, and which replays are then asked for; want.txt is what a person sees, and which models ran. After each
// replay no model's partition has run twice, except those that given.yaml names, and the tables hold what a rebuild
// from scratch makes. Adding a case is adding a folder, and running with -update.
func TestReplayScenarios(t *testing.T) {
	golden.ScenariosIn(t, "testdata/replay", func(t *testing.T, s replayScenario) string {
		w := newReplayWorld(t, s)
		for _, st := range s.Steps {
			w.do(st)
		}
		return w.out.String()
	})
}

// replayScenario is given.yaml.
type replayScenario struct {
	About  string          `yaml:"about"`
	Start  string          `yaml:"start"` // the pipeline's first day
	Kept   bool            `yaml:"kept"`  // messages are kept, as in a project, so that a subscription can be sought back
	Models []scenarioModel `yaml:"models"`
	Steps  []replayStep    `yaml:"steps"`
}

// load is what a source loads for some partitions: contents by table, without dataset.
type replayLoad struct {
	Source string            `yaml:"source"`
	For    []string          `yaml:"for"` // "2026-10-01 to 2026-10-31" is a range
	Tables map[string]string `yaml:"tables"`
}

// replayStep is one thing that happens; exactly one of the fields is set.
type replayStep struct {
	Now     time.Time         `yaml:"now"`     // the clock is put forward to
	Load    *replayLoad       `yaml:"load"`    // and the events are delivered
	Lost    *replayLoad       `yaml:"lost"`    // and a broken coordinator takes the events and does no more than record them
	Dropped *replayLoad       `yaml:"dropped"` // and a broken coordinator takes the events and forgets them
	Bring   *replayLoad       `yaml:"bring"`   // what a source will load when it is asked; otherwise the same as stands
	Refuse  map[string]string `yaml:"refuse"`  // by source, why it will not load
	Gone    []string          `yaml:"gone"`    // tables that sources can tell nothing of any more
	During  *struct {         // while a replay is at work: at the next job of this replayStep and model, "stage overview"
		At   string     `yaml:"at"`
		Load replayLoad `yaml:"load"`
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
	Replay  string   `yaml:"replay"`  // the command is given, and --yes unless it says --dry-run
	Twice   []string `yaml:"twice"`   // with replay: targets that may run twice in it, because their inputs change meanwhile
}
