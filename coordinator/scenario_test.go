package coordinator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v3"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

var update = flag.Bool("update", false, "write what scenarios come to into their want.txt")

// TestScenarios plays each folder of testdata/scenarios: given.yaml says which models there are and what happens, and
// want.txt what comes of each step. Adding a case is adding a folder, and running with -update.
func TestScenarios(t *testing.T) {
	folders, err := filepath.Glob("testdata/scenarios/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("%d scenarios, %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, "given.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			var s scenario
			dec := yaml.NewDecoder(bytes.NewReader(data))
			dec.KnownFields(true)
			if err := dec.Decode(&s); err != nil {
				t.Fatal(err)
			}
			var got string
			synctest.Test(t, func(t *testing.T) { got = s.play(t) })
			file := filepath.Join(folder, "want.txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// scenario is given.yaml.
type scenario struct {
	About  string          `yaml:"about"`
	Start  string          `yaml:"start"` // the pipeline's first day
	Models []scenarioModel `yaml:"models"`
	Steps  []step          `yaml:"steps"`
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
	Deliver int               `yaml:"deliver"` // the event of the so-manieth load is delivered again
	Push    string            `yaml:"push"`    // a message with this data is pushed
	Reset   string            `yaml:"reset"`   // a person resets a partition, and the coordinator sweeps it
	Wait    time.Duration     `yaml:"wait"`
	SQL     map[string]string `yaml:"sql"` // models get other SQL, and the coordinator is deployed anew
	Fault   *struct {         // from now on calls whose name begins with At go wrong, so many times (1 when left out)
		At    string `yaml:"at"`
		Times int    `yaml:"times"`
		Kills bool   `yaml:"kills"` // the instance dies there, and is not heard of again
	} `yaml:"fault"`
}

type days struct {
	Source  string   `yaml:"source"`
	Table   string   `yaml:"table"`
	Content string   `yaml:"content"`
	Days    []string `yaml:"days"`
}

// player plays a scenario and writes down what comes of it.
type player struct {
	*world
	out       strings.Builder
	instances map[string]*Coordinator
	events    []event.Event
	seen      map[string]bool   // names of objects
	jobs      int               // of those that are written down
	letters   int               // of those that are written down
	prints    map[string]string // letters by fingerprint
	faultAt   string
	times     int
	kills     bool
	dead      bool
}

func (s scenario) play(t *testing.T) string {
	begun := time.Now()
	p := &player{instances: map[string]*Coordinator{}, seen: map[string]bool{}, prints: map[string]string{}}
	p.world = newWorld(t, s.Start, func() time.Time { return clock().Add(time.Since(begun)) }, s.models(nil)...)
	p.hook = p.fault
	p.warehouse.Hook = p.fault
	for i, st := range s.Steps {
		if i > 0 {
			fmt.Fprintln(&p.out)
		}
		p.do(s, st)
	}
	fmt.Fprintf(&p.out, "\nin the end\n")
	tables := p.warehouse.Tables()
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		if strings.HasPrefix(table, "mart.") {
			for _, q := range slices.SortedFunc(maps.Keys(tables[table]), partition.Partition.Compare) {
				fmt.Fprintf(&p.out, "  %s: %s\n", strings.TrimSpace(table+" "+q.String()), tables[table][q])
			}
		}
	}
	p.report()
	return p.out.String()
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

// fault lets the next calls at a point fail, and a dead instance's calls ever after.
func (p *player) fault(ctx context.Context, point string) coordtest.Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times > 0 && strings.HasPrefix(point, p.faultAt) {
		p.times--
		p.dead = p.kills
		return coordtest.Fail
	}
	if p.dead && !strings.HasPrefix(point, "begin") && !strings.HasPrefix(point, "execute") {
		return coordtest.Fail
	}
	return coordtest.None
}

// at is the instance of a name, made when first spoken of.
func (p *player) at(name string) *Coordinator {
	name = cmp.Or(name, "a")
	if p.instances[name] == nil {
		p.instances[name] = p.coordinator()
	}
	return p.instances[name]
}

func (p *player) do(s scenario, st step) {
	say := func(format string, args ...any) {
		if st.At != "" {
			format = "at " + st.At + ": " + format
		}
		fmt.Fprintf(&p.out, format+"\n", args...)
	}
	switch {
	case st.Load != nil:
		l := st.Load
		e := p.load(l.Source, l.Partition, l.Tables)
		p.events = append(p.events, e)
		times := 1
		if l.Delivered != nil {
			times = *l.Delivered
		}
		say("%s loads %s, %v; event %d is delivered %d times", l.Source, l.Partition, l.Tables, len(p.events), times)
		for range times {
			p.deliver(st.At, e)
		}
	case st.Days != nil:
		say("%s loads %s of %s, for %s", st.Days.Source, st.Days.Content, st.Days.Table, strings.Join(st.Days.Days, " "))
		for _, day := range st.Days.Days {
			e := p.load(st.Days.Source, day, map[string]string{st.Days.Table: st.Days.Content})
			p.events = append(p.events, e)
			p.deliver(st.At, e)
		}
	case st.Deliver > 0:
		say("event %d is delivered again", st.Deliver)
		p.deliver(st.At, p.events[st.Deliver-1])
	case st.Push != "":
		say("a message is pushed: %s", st.Push)
		fmt.Fprintf(&p.out, "  answer %d\n", push(p.at(st.At), []byte(st.Push)))
		p.write()
	case st.Reset != "":
		say("a person resets %s", st.Reset)
		p.reset(p.at(st.At), partition.MustParse(st.Reset))
	case st.Wait > 0:
		say("%s pass", st.Wait)
		time.Sleep(st.Wait)
	case st.SQL != nil:
		say("deployed with other SQL: %v", st.SQL)
		p.manifest = &manifest.Manifest{Models: s.models(st.SQL)}
		p.warehouse.Deploy(p.manifest)
		clear(p.instances)
	case st.Fault != nil:
		p.faultAt, p.times, p.kills = st.Fault.At, max(1, st.Fault.Times), st.Fault.Kills
		if p.kills {
			say("the instance will die at: %s", p.faultAt)
		} else {
			say("this will fail %d times: %s", p.times, p.faultAt)
		}
	default:
		p.t.Fatalf("an empty step after\n%s", p.out.String())
	}
}

// deliver delivers an event, and then what was published by that. An instance that died answers nobody; another of its
// name stands in its place.
func (p *player) deliver(name string, e event.Event) {
	code := deliver(p.at(name), e)
	if p.dead {
		p.dead = false
		delete(p.instances, cmp.Or(name, "a"))
		fmt.Fprintln(&p.out, "  it dies")
		p.write()
		return
	}
	fmt.Fprintf(&p.out, "  answer %d\n", code)
	p.write()
	for len(p.queue) > 0 {
		next := p.queue[0]
		p.queue = p.queue[1:]
		fmt.Fprintf(&p.out, "  told that %s %s stands\n", next.Tables[0].Table, next.Partition)
		p.deliver(name, next)
	}
}

func (p *player) reset(c *Coordinator, q partition.Partition) {
	var v ledger.View
	if err := c.ledger.List(p.t.Context(), &v, []partition.Partition{q}); err != nil {
		p.t.Fatal(err)
	}
	if err := c.ledger.ResetEpoch(p.t.Context(), &v, q, "a person", "to see it run", p.now()); err != nil {
		p.t.Fatal(err)
	}
	if err := c.Sweep(p.t.Context(), partition.Day(q.Start()), partition.Day(q.End().Add(-1))); err != nil && !errors.Is(err, ErrBusy) {
		p.t.Fatal(err)
	}
	p.write()
	for len(p.queue) > 0 {
		next := p.queue[0]
		p.queue = p.queue[1:]
		fmt.Fprintf(&p.out, "  told that %s %s stands\n", next.Tables[0].Table, next.Partition)
		p.deliver("", next)
	}
}

// write writes down what is new in the ledger, in the warehouse and among the dead letters.
func (p *player) write() {
	for _, id := range p.warehouse.Jobs()[p.jobs:] {
		p.jobs++
		if status, _ := p.warehouse.Job(id); status.Labels["step"] != "freshness" {
			fmt.Fprintf(&p.out, "    job    %s\n", p.job(id, status.Labels, status.Err))
		}
	}
	for _, name := range p.store.Names() {
		if !p.seen[name] {
			p.seen[name] = true
			fmt.Fprintf(&p.out, "    ledger %s\n", p.object(name))
		}
	}
	for _, letter := range p.world.letters[p.letters:] {
		p.letters++
		fmt.Fprintf(&p.out, "    dead letter: %s\n", letter["reason"])
	}
}

// print is a letter for a fingerprint: A for the first that is seen, B for the second …
func (p *player) print(fingerprint string) string {
	short := fingerprint[:12]
	if p.prints[short] == "" {
		p.prints[short] = string(rune('A' + len(p.prints)))
	}
	return p.prints[short]
}

func (p *player) job(id string, labels map[string]string, err error) string {
	parts := strings.Split(id, "_")
	attempt, fingerprint := parts[len(parts)-1], parts[len(parts)-2]
	text := fmt.Sprintf("%s %s %s %s/%s", labels["step"], labels["model"], labels["partition"], p.print(fingerprint), attempt)
	if err != nil {
		_, reason, _ := strings.Cut(err.Error(), ": ")
		text += " fails: " + reason
	}
	return text
}

func (p *player) object(name string) string {
	parts := strings.Split(name, "/")
	switch {
	case strings.Contains(name, "/arrivals/"):
		return fmt.Sprintf("arrival %s %s", parts[3], parts[1])
	case strings.Contains(name, "/epoch/"):
		return fmt.Sprintf("epoch %s %s", parts[1], strings.TrimSuffix(parts[3], ".json"))
	}
	data, err := p.store.Read(p.t.Context(), name)
	if err != nil {
		p.t.Fatal(err)
	}
	var run ledger.Run
	if err := json.Unmarshal(data, &run); err != nil {
		p.t.Fatal(err)
	}
	text := fmt.Sprintf("run %s %s %s/a%d %s", run.Model, run.Partition, p.print(run.Fingerprint), run.Attempt, run.State)
	if run.Reason != "" {
		text += ": " + p.plain(run.Reason)
	}
	for _, f := range run.Failures {
		text += ": " + f.Text
	}
	return text
}

// plain is a text with fingerprints as letters.
func (p *player) plain(text string) string {
	for short, letter := range p.prints {
		text = strings.ReplaceAll(text, short, letter)
	}
	return text
}

// report writes down what a person is told of everything that is not up to date, in the partitions that were loaded.
func (p *player) report() {
	from, to := p.pipeline.StartDay(), partition.Day(p.now())
	r, err := p.at("reporter").Report(p.t.Context(), from, to)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range r.Decisions {
		loaded := slices.ContainsFunc(p.events, func(e event.Event) bool { return d.Partition.Contains(e.Partition) })
		if d.Reason() != "" && loaded {
			fmt.Fprintf(&p.out, "  %s: %s\n", d.Target, p.plain(d.Reason()))
		}
	}
}
