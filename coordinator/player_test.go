package coordinator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// player plays a scenario and writes what happens.
type player struct {
	*world
	out          strings.Builder
	instances    map[string]*Coordinator
	events       []event.Event
	seen         map[string]bool   // names of objects written
	jobs         int               // number of jobs written
	written      int               // number of dead letters written
	fingerprints map[string]string // letters by fingerprint
	faultAt      string
	times        int
	crash        bool
	crashed      bool
	dropped      map[partition.Partition]string // the contents of the table that was dropped last
	interruptAt  string                         // the next call at this point calls interrupt first
	interrupt    func()
}

func (s scenario) play(t *testing.T) string {
	begun, now := time.Now(), clock()
	if !s.Now.IsZero() {
		now = s.Now
	}
	p := &player{instances: map[string]*Coordinator{}, seen: map[string]bool{}, fingerprints: map[string]string{}}
	p.world = newWorld(t, s.setting(), func() time.Time { return now.Add(time.Since(begun)) }, s.models(nil)...)
	p.hook = p.fault
	p.warehouse.Hook = p.fault
	for i, st := range s.Steps {
		if i > 0 {
			fmt.Fprintln(&p.out)
		}
		p.do(s, st)
	}
	if differences := p.rebuild(); len(differences) > 0 {
		t.Errorf("in the end\n%s", strings.Join(differences, "\n"))
	}
	fmt.Fprintf(&p.out, "\nin the end\n")
	p.report(p.pipeline.StartDay(), partition.Day(p.now()))
	return p.out.String()
}

// fault makes the next calls at a point fail, and all later calls of a crashed instance.
func (p *player) fault(ctx context.Context, point string) coordtest.Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.interrupt != nil && strings.HasPrefix(point, p.interruptAt) {
		interrupt := p.interrupt
		p.interrupt = nil
		p.mu.Unlock()
		interrupt()
		p.mu.Lock()
	}
	if p.times > 0 && strings.HasPrefix(point, p.faultAt) {
		p.times--
		p.crashed = p.crash
		return coordtest.Fail
	}
	if p.crashed && !strings.HasPrefix(point, "begin") && !strings.HasPrefix(point, "execute") {
		return coordtest.Fail
	}
	return coordtest.None
}

// at returns the instance of a name, and creates it on first use.
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
	case st.Post != "":
		say("a request is made: %s", st.Post)
		rec := httptest.NewRecorder()
		p.at(st.At).ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(st.Post)))
		fmt.Fprintf(&p.out, "  answer %d: %s\n", rec.Code, strings.TrimSpace(rec.Body.String()))
		p.write()
	case st.Reset != "":
		say("a person resets %s", st.Reset)
		day, model, _ := strings.Cut(st.Reset, " ")
		q := partition.MustParse(day)
		p.reset(p.at(st.At), q, model)
		p.sweep(st.At, partition.Day(q.Start()), partition.Day(q.End().Add(-1)))
	case st.Hold != nil:
		say("a person holds %s for %s", st.Hold.Partition, st.Hold.For)
		h := ledger.Hold{ID: "backfill", By: "a person", Begun: p.now(), Until: p.now().Add(st.Hold.For)}
		if err := p.at(st.At).ledger.Hold(p.t.Context(), h, []partition.Partition{partition.MustParse(st.Hold.Partition)}, p.now()); err != nil {
			p.t.Fatal(err)
		}
		p.write()
	case st.Release != "":
		say("a person releases %s", st.Release)
		q := partition.MustParse(st.Release)
		if err := p.at(st.At).ledger.Release(p.t.Context(), "backfill", []partition.Partition{q}, p.now()); err != nil {
			p.t.Fatal(err)
		}
		p.sweep(st.At, partition.Day(q.Start()), partition.Day(q.End().Add(-1)))
	case len(st.Clock) > 0:
		say("a sweep runs at %s", p.now().Format("2006-01-02 15:04"))
		p.clock(st.When, st.Clock...)
	case !st.Until.IsZero():
		say("sweeps run every quarter of an hour until %s", st.Until.Format("2006-01-02 15:04"))
		for ; p.now().Before(st.Until); time.Sleep(15 * time.Minute) {
			p.clock("", cmp.Or(st.At, "a"))
		}
	case st.Stage != nil:
		say("%s stages %s, %v, and crashes before it loads it", st.Stage.Source, st.Stage.Partition, st.Stage.Tables)
		p.stage(st.Stage.Source, partition.MustParse(st.Stage.Partition), st.Stage.Tables)
	case st.Deploy != nil:
		say("deployed with other models, and with added sources: %v", st.Deploy.Added)
		s.Only, s.Added, s.Models = st.Deploy.Only, st.Deploy.Added, st.Deploy.Models
		p.deploy(s)
	case st.Sweep != "":
		say("%s is swept", st.Sweep)
		p.sweep(st.At, partition.MustParse(st.Sweep), partition.MustParse(st.Sweep))
	case st.Drop != "":
		say("a person drops %s", st.Drop)
		p.dropped = p.warehouse.Contents()[st.Drop]
		p.warehouse.Drop(st.Drop)
	case st.Restore != "":
		say("a person restores %s", st.Restore)
		p.warehouse.Restore(st.Restore, p.dropped)
	case st.Rebuild != nil:
		say("a person rebuilds %s to %s", st.Rebuild.From, st.Rebuild.To)
		if err := p.at(st.At).SweepHolding(p.t.Context(), partition.MustParse(st.Rebuild.From), partition.MustParse(st.Rebuild.To), "replay-1"); err != nil {
			p.t.Fatal(err)
		}
		p.write()
		p.deliverPublished(st.At)
	case st.Request != "":
		say("the report of %s", st.Request)
		p.report(partition.MustParse(st.Request), partition.MustParse(st.Request))
	case st.Wait > 0:
		say("%s pass", st.Wait)
		time.Sleep(st.Wait)
	case st.SQL != nil:
		say("deployed with other SQL: %v", st.SQL)
		p.manifest = &manifest.Manifest{Models: s.models(st.SQL)}
		p.warehouse.Deploy(p.manifest)
		clear(p.instances)
	case st.Fault != nil:
		p.faultAt, p.times, p.crash = st.Fault.At, max(1, st.Fault.Times), st.Fault.Crash
		if p.crash {
			say("the instance will crash at: %s", p.faultAt)
		} else {
			say("this will fail %d times: %s", p.times, p.faultAt)
		}
	default:
		p.t.Fatalf("an empty step after\n%s", p.out.String())
	}
}

// deliver delivers an event, and then what was published by that. A crashed instance answers nothing; a new
// one takes its name.
func (p *player) deliver(name string, e event.Event) {
	code := deliver(p.at(name), e)
	if p.crashed {
		p.crashed = false
		delete(p.instances, cmp.Or(name, "a"))
		fmt.Fprintln(&p.out, "  it crashes")
		p.write()
		return
	}
	fmt.Fprintf(&p.out, "  answer %d\n", code)
	p.write()
	p.deliverPublished(name)
}

// deliverPublished delivers what has been published until nothing is left.
func (p *player) deliverPublished(name string) {
	for len(p.queue) > 0 {
		next := p.queue[0]
		p.queue = p.queue[1:]
		if next.Type == event.Overdue {
			fmt.Fprintf(&p.out, "  overdue event: %s\n", late(next))
			deliver(p.at(name), next)
			continue
		}
		fmt.Fprintf(&p.out, "  materialized event: %s %s\n", next.Tables[0].Table, next.Partition)
		p.deliver(name, next)
	}
}

func (p *player) reset(c *Coordinator, q partition.Partition, model string) {
	var v ledger.View
	if err := c.ledger.List(p.t.Context(), &v, []partition.Partition{q}); err != nil {
		p.t.Fatal(err)
	}
	if err := c.ledger.ResetEpoch(p.t.Context(), &v, q, model, "a person", "to see it run", p.now()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) sweep(name string, from, to partition.Partition) {
	if err := p.at(name).Sweep(p.t.Context(), from, to); err != nil {
		p.t.Fatal(err)
	}
	p.write()
	p.deliverPublished(name)
}

// write writes what is new: jobs in the order of submission, objects of the ledger by name (which is not the
// order in time), and dead letters.
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
	for _, attributes := range p.deadLetters[p.written:] {
		p.written++
		fmt.Fprintf(&p.out, "    dead letter: %s\n", attributes["reason"])
	}
}

// fingerprint returns a letter for a fingerprint: A for the first one, B for the second, and so on.
func (p *player) fingerprint(fingerprint string) string {
	short := fingerprint[:12]
	if p.fingerprints[short] == "" {
		p.fingerprints[short] = string(rune('A' + len(p.fingerprints)))
	}
	return p.fingerprints[short]
}

func (p *player) job(id string, labels map[string]string, err error) string {
	parts := strings.Split(id, "_")
	attempt, fingerprint := parts[len(parts)-1], parts[len(parts)-2]
	text := fmt.Sprintf("%s %s %s %s/%s", labels["step"], labels["model"], labels["partition"], p.fingerprint(fingerprint), attempt)
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
	case strings.Contains(name, "/overdue/"):
		return p.overdueRecord(name)
	case strings.Contains(name, "/holds/"):
		return fmt.Sprintf("hold %s %s", parts[1], strings.TrimSuffix(parts[3], ".json"))
	case strings.Contains(name, "/epoch/"):
		return fmt.Sprintf("epoch %s %s", parts[1], strings.TrimSuffix(strings.Join(parts[3:], " "), ".json"))
	}
	data, err := p.store.Read(p.t.Context(), name)
	if err != nil {
		p.t.Fatal(err)
	}
	if strings.HasPrefix(name, "warehouse/gone/") {
		var gone ledger.Gone
		if err := json.Unmarshal(data, &gone); err != nil {
			p.t.Fatal(err)
		}
		text := "gone: nothing"
		for i, t := range gone.Tables {
			text = map[bool]string{true: "gone:", false: text + ","}[i == 0]
			text += fmt.Sprintf(" %s %s", t.Table, partition.Text(t.From, t.Through))
			if !t.Created.IsZero() {
				text += " before it was created again"
			}
			if t.Restored != nil {
				text += fmt.Sprintf(", but not %v", t.Restored)
			}
		}
		return text
	}
	var run ledger.Run
	if err := json.Unmarshal(data, &run); err != nil {
		p.t.Fatal(err)
	}
	text := fmt.Sprintf("run %s %s %s/a%d %s", run.Model, run.Partition, p.fingerprint(run.Fingerprint), run.Attempt, run.State)
	if run.Reason != "" {
		text += ": " + p.plain(run.Reason)
	}
	for _, f := range run.Failures {
		text += ": " + f.Text
	}
	return text
}

// plain returns a text with letters for fingerprints.
func (p *player) plain(text string) string {
	for short, letter := range p.fingerprints {
		text = strings.ReplaceAll(text, short, letter)
	}
	return text
}

// report writes what the models' tables hold for a range of days, and what a person reads about every
// target that has loads and is not up to date.
func (p *player) report(from, to partition.Partition) {
	within := func(q partition.Partition) bool {
		return q.IsZero() || q.End().After(from.Start()) && q.Start().Before(to.End())
	}
	tables := p.warehouse.Contents()
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		for _, q := range slices.SortedFunc(maps.Keys(tables[table]), partition.Partition.Compare) {
			if strings.HasPrefix(table, "mart.") && within(q) {
				fmt.Fprintf(&p.out, "  %s: %s\n", strings.TrimSpace(table+" "+q.String()), tables[table][q])
			}
		}
	}
	r, err := p.at("reporter").Report(p.t.Context(), from, to)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range r.Decisions {
		loaded := slices.ContainsFunc(p.events, func(e event.Event) bool { return d.Partition.Contains(e.Partition) })
		if explain.Reason(d) != "" && loaded {
			fmt.Fprintf(&p.out, "  %s: %s\n", d.Target, p.plain(explain.Reason(d)))
		}
	}
}
