package operate

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/shared/golden"
)

// TestBackfillScenarios plays each folder of testdata/backfill: given.yaml says what stands before, and what happens; want.txt has
// what a person sees, what the sources are asked, and how often the models ran. In the end the tables have to be those of a
// rebuild from scratch, and each model's partition has to have run once, however many backfills it took. Adding a case is adding a
// folder, and running with -update.
func TestBackfillScenarios(t *testing.T) {
	golden.ScenariosIn(t, "testdata/backfill", func(t *testing.T, s backfillScenario) (got string) {
		var faults []string
		synctest.Test(t, func(t *testing.T) { got, faults = s.play(t) })
		for _, fault := range faults {
			t.Error(fault)
		}
		return got
	})
}

// backfillScenario is given.yaml.
type backfillScenario struct {
	About     string          `yaml:"about"`
	Now       time.Time       `yaml:"now"`
	Models    []scenarioModel `yaml:"models"`
	Steps     []backfillStep  `yaml:"steps"`
	RunsAgain bool            `yaml:"runs_again"` // some models' partitions have to run more than once
}

// backfillStep is one thing that happens; exactly one of its fields is set.
type backfillStep struct {
	Live     *live            `yaml:"live"`     // a source loads days or months in their time, as its schedule asks it to
	Restate  *live            `yaml:"restate"`  // what it tells of days or months changes
	Drop     string           `yaml:"drop"`     // a person drops the file of a month
	Sweep    *live            `yaml:"sweep"`    // the coordinator sweeps days by itself
	Backfill *backfillCommand `yaml:"backfill"` // a person runs the command
	Wait     time.Duration    `yaml:"wait"`
}

type live struct {
	Source string `yaml:"source"`
	From   string `yaml:"from"`
	To     string `yaml:"to"` // the same when empty
	As     string `yaml:"as"` // of what is restated: the content that it tells from now on ("broken stats" breaks that model's SQL, "bad stats" its audit)
}

type backfillCommand struct {
	As        string      `yaml:"as"` // who runs it; ann@laptop when empty
	From      string      `yaml:"from"`
	To        string      `yaml:"to"`
	Source    []string    `yaml:"source"`
	Restart   bool        `yaml:"restart"`
	Meanwhile []happening `yaml:"meanwhile"`

	killAt int // the call, counted from 1, before which it is killed; 0: none
}

// happening is something that happens when a backfill makes a call: "ask medium 2026-01-05", "sweep holding", "sweep" or
// "quiet". Exactly one of the other fields is set, or Asleep and Do.
type happening struct {
	At     string        `yaml:"at"`
	Times  int           `yaml:"times"`  // how many such calls in a row; 1 when left out
	Answer int           `yaml:"answer"` // the call is refused with this status of HTTP
	Kill   bool          `yaml:"kill"`   // the process is killed before the call
	Stop   bool          `yaml:"stop"`   // Ctrl-C
	Asleep time.Duration `yaml:"asleep"` // the machine is, and does not renew its hold; a minute before it wakes, Do happens
	Do     *backfillStep `yaml:"do"`

	told bool
}
