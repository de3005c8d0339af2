package coordinator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// TestThePromisesHoldWhateverHappens plays a random pipeline. Tables are loaded, restated and restated
// back. Events come late, twice, never and in any order. Partitions are reset and held. Several instances
// handle events and sweep at the same time, and their calls take effect in random order. Instances crash
// between any two calls, replies are lost, jobs fail, and an instance can sleep past its lease. Then the
// faults stop, and the promises of package coordinator must hold.
func TestThePromisesHoldWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			s := &sim{rt: rt, begun: time.Now(), loaded: map[plannedLoad]string{}, refused: map[string]bool{}}
			defer s.close()
			s.open()
			s.play(rapid.IntRange(20, 400).Draw(rt, "steps"))
			s.settle()
			s.check()
			s.restate()
		})
	})
}

type sim struct {
	*world
	rt          *rapid.T
	instances   []*instance
	gates       []*gate // calls that wait for their turn
	inFlight    int     // deliveries under way
	deliveries  int
	days        []string
	undelivered []event.Event
	loaded      map[plannedLoad]string
	refused     map[string]bool // ids of loads that were refused
	history     []version
	published   []publication
	noFaults    atomic.Bool // no more faults
	closing     bool
	needsSweep  bool // a partition was held or an event was lost: only a scheduled sweep repairs that
	begun       time.Time
}

// instance is one process that runs a coordinator.
type instance struct {
	c      *Coordinator
	dead   bool
	frozen int // for so many steps
	ctx    context.Context
	kill   context.CancelFunc
}

// gate is a call, or a job, that has not taken effect.
type gate struct {
	point string
	by    *instance // nil for a job
	open  chan coordtest.Fault
}

type plannedLoad struct {
	source, table string
	partition     partition.Partition
}

// version is something that was loaded.
type version struct {
	table     string
	partition partition.Partition
	event.Table
}

// publication is a publish job that took effect.
type publication struct {
	job     warehouse.Job
	content string
}

type instanceKey struct{}

func (s *sim) open() {
	now := func() time.Time { return time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC).Add(time.Since(s.begun)) }
	s.days = rapid.SampledFrom(dayRanges).Draw(s.rt, "days")
	added := map[string]string{}
	if rapid.IntRange(0, 2).Draw(s.rt, "added later") == 0 {
		added[rapid.SampledFrom([]string{"kit", "medium", "stripe"}).Draw(s.rt, "source")] = rapid.SampledFrom(s.days).Draw(s.rt, "source's start")
	}
	s.world = newWorld(s.rt, coordtest.Setting{Start: s.days[1], Added: added}, now, drawModels(s.rt)...)
	s.limits.Parallel = rapid.IntRange(1, 3).Draw(s.rt, "parallel")
	s.hook = s.wait
	s.warehouse.Hook = s.wait
	s.warehouse.Published = func(job warehouse.Job, content string) {
		s.published = append(s.published, publication{job, content})
	}
	for range rapid.IntRange(2, 3).Draw(s.rt, "instances") {
		s.instances = append(s.instances, s.instance())
	}
}

func (s *sim) instance() *instance {
	i := &instance{c: s.coordinator()}
	i.ctx, i.kill = context.WithCancel(context.WithValue(context.Background(), instanceKey{}, i))
	return i
}

// wait blocks a call, or a job, until the simulation lets it through.
func (s *sim) wait(ctx context.Context, point string) coordtest.Fault {
	by, _ := ctx.Value(instanceKey{}).(*instance)
	s.mu.Lock()
	if s.closing || by != nil && by.dead {
		s.mu.Unlock()
		return coordtest.Fail
	}
	g := &gate{point, by, make(chan coordtest.Fault, 1)}
	s.gates = append(s.gates, g)
	s.mu.Unlock()
	return <-g.open
}

// play takes steps, each of them something that can happen.
func (s *sim) play(steps int) {
	for range steps {
		synctest.Wait()
		s.thaw()
		gates, inFlight := s.underWay()
		switch n := rapid.IntRange(0, 99).Draw(s.rt, "step"); {
		case n < 60 && gates > 0:
			s.release(rapid.IntRange(0, gates-1).Draw(s.rt, "gate"), s.drawFault())
		case n < 75 && len(s.queued()) > 0 && inFlight < 4:
			s.deliver()
		case n < 86:
			s.load()
		case n < 88:
			s.crash()
		case n < 90:
			s.reset()
		case n < 93:
			s.freeze()
		case n < 95:
			s.hold()
		case n < 96:
			s.undelivered, s.needsSweep = append(s.undelivered, event.Event{Type: scheduledSweep}), true
		default:
			time.Sleep(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, s.limits.Lease + time.Second}).Draw(s.rt, "sleep"))
		}
	}
}

// freeze stops an instance wherever it is, for a number of steps; its leases may end meanwhile.
func (s *sim) freeze() {
	s.instances[rapid.IntRange(0, len(s.instances)-1).Draw(s.rt, "freeze")].frozen = rapid.IntRange(10, 60).Draw(s.rt, "frozen")
}

// thaw counts one step for every frozen instance, and sorts the gates so that their order does not depend
// on the scheduling of goroutines; those of frozen instances are last.
func (s *sim) thaw() {
	for _, i := range s.instances {
		i.frozen = max(0, i.frozen-1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.gates, func(a, b *gate) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(a.point, b.point),
			cmp.Compare(slices.Index(s.instances, a.by), slices.Index(s.instances, b.by)))
	})
}

func (g *gate) rank() int {
	if g.by != nil && g.by.frozen > 0 {
		return 1
	}
	return 0
}

// underWay returns the number of calls and jobs that wait and are not frozen, and the number of deliveries
// that have not ended.
func (s *sim) underWay() (gates, inFlight int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gates = len(s.gates)
	for gates > 0 && s.gates[gates-1].rank() > 0 {
		gates--
	}
	return gates, s.inFlight
}

func (s *sim) drawFault() coordtest.Fault {
	if n := rapid.IntRange(0, 19).Draw(s.rt, "fault"); n < 2 {
		return coordtest.Fault(n + 1)
	}
	return coordtest.None
}

func (s *sim) release(i int, fault coordtest.Fault) {
	s.mu.Lock()
	g := s.gates[i]
	s.gates = slices.Delete(s.gates, i, i+1)
	s.mu.Unlock()
	g.open <- fault
}

// queued moves what was published to the undelivered events.
func (s *sim) queued() []event.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undelivered, s.queue = append(s.undelivered, s.queue...), nil
	return s.undelivered
}

// deliver delivers one event to one instance. If it is not acknowledged, it goes back to the undelivered events.
func (s *sim) deliver() {
	s.queued()
	s.deliveries++
	i, by, again := 0, s.instances[s.deliveries%len(s.instances)], false
	if !s.noFaults.Load() {
		i = rapid.IntRange(0, len(s.undelivered)-1).Draw(s.rt, "event")
		by = rapid.SampledFrom(s.instances).Draw(s.rt, "instance")
		again = rapid.IntRange(0, 4).Draw(s.rt, "again") == 0
	}
	e := s.undelivered[i]
	if !again {
		s.undelivered = slices.Delete(s.undelivered, i, i+1)
	}
	s.mu.Lock()
	s.inFlight++
	s.mu.Unlock()
	go func() {
		ctx, cancel := context.WithTimeout(by.ctx, s.limits.Deadline)
		defer cancel()
		err := s.handle(ctx, by.c, e)
		if err != nil && s.noFaults.Load() {
			time.Sleep(time.Minute) // Pub/Sub backs off
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
		if err != nil {
			s.queue = append(s.queue, e)
		}
		if _, ok := errors.AsType[*UnusableError](err); ok {
			panic(err)
		}
	}()
}

// Types of undelivered events that stand for sweeps: one that a person requests, and one of the schedule.
const (
	requestedSweep event.Type = "sweep"
	scheduledSweep event.Type = "clock"
)

func (s *sim) handle(ctx context.Context, c *Coordinator, e event.Event) error {
	if e.Type == requestedSweep {
		return c.Sweep(ctx, partition.MustParse("2026-01-28"), partition.MustParse("2026-02-03"))
	}
	if e.Type == scheduledSweep {
		_, err := s.sweeper(c).Run(ctx)
		return err
	}
	return c.Handle(ctx, e)
}

// dayRanges lists the days that a simulation can load; the second day is the pipeline's start. With few days
// more happens on each, with many more mappings are used.
var dayRanges = [][]string{
	{"2026-01-30", "2026-01-31"},
	{"2026-01-30", "2026-01-31", "2026-02-01"},
	{"2026-01-28", "2026-01-29", "2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"},
}

var months = []string{"2025-12", "2026-01", "2026-02"}

// load loads a source's partition, or some of its tables.
func (s *sim) load() {
	source := rapid.SampledFrom([]string{"medium", "kit", "stripe"}).Draw(s.rt, "source")
	partitions := s.days
	if source == "stripe" {
		partitions = months
	}
	p := rapid.SampledFrom(partitions).Draw(s.rt, "partition")
	contents := []string{"x1", "x2", "x3", "y1"}
	for _, m := range s.manifest.Models[:min(2, len(s.manifest.Models))] {
		contents = append(contents, "bad "+m.Name, "broken "+m.Name)
	}
	tables := map[string]string{}
	for _, table := range s.pipeline.Sources[source].SortedTables() {
		if len(tables) == 0 || rapid.Bool().Draw(s.rt, "this too") {
			tables[strings.TrimPrefix(table, "raw.")] = rapid.SampledFrom(contents).Draw(s.rt, "content")
		}
	}
	if rapid.IntRange(0, 9).Draw(s.rt, "refused") == 0 && !s.refuse(source, p, tables) {
		return
	}
	s.enqueue(s.loadEvent(source, p, tables), tables)
	q := partition.MustParse(p)
	expected := s.pipeline.Owes(s.pipeline.Sources[source], q) && !q.End().After(s.now()) // what a sweep looks at
	if expected && rapid.IntRange(0, 9).Draw(s.rt, "lost") == 0 {
		s.undelivered, s.needsSweep = s.undelivered[:len(s.undelivered)-1], true // its event is lost
	}
}

// refuse stages a load that is refused, and reports whether a person accepts it, so that its rows are loaded. Its jobs would
// be found, as if a crashed function had begun them.
func (s *sim) refuse(source, p string, tables map[string]string) (accepted bool) {
	refused := s.fail(source, p, "too few rows", tables)
	s.refused[refused.LoadID] = true
	for _, f := range refused.failure.Load.Files {
		s.warehouse.Done(f.LoadJob(refused.LoadID), event.Table{Table: "raw." + f.Table, LoadedAt: s.now()})
	}
	s.needsSweep = true
	return rapid.Bool().Draw(s.rt, "accepted")
}

// loadEvent loads tables. A person has accepted what is loaded before its partition has ended.
func (s *sim) loadEvent(source, p string, tables map[string]string) event.Event {
	e := s.world.load(source, p, tables)
	if e.Partition.End().After(s.now()) {
		e.Accepted = &event.Acceptance{By: "a person", At: s.now(), LoadID: e.LoadID}
	}
	return e
}

func (s *sim) enqueue(e event.Event, tables map[string]string) {
	for _, t := range e.Tables {
		s.history = append(s.history, version{t.Table, e.Partition, t})
		s.loaded[plannedLoad{e.Source, t.Table, e.Partition}] = tables[strings.TrimPrefix(t.Table, "raw.")]
	}
	s.undelivered = append(s.undelivered, e)
}

// crash ends an instance wherever it is, and starts another in its place.
func (s *sim) crash() {
	i := rapid.IntRange(0, len(s.instances)-1).Draw(s.rt, "crash")
	victim := s.instances[i]
	s.mu.Lock()
	victim.dead = true
	for _, g := range s.gates {
		if g.by == victim {
			g.open <- coordtest.Fault(rapid.IntRange(1, 2).Draw(s.rt, "crash after effect"))
		}
	}
	s.gates = slices.DeleteFunc(s.gates, func(g *gate) bool { return g.by == victim })
	s.mu.Unlock()
	victim.kill()
	s.instances[i] = s.instance()
}

// reset resets a partition, or one model's, as a person does: the epoch, and then a sweep.
func (s *sim) reset() {
	if len(s.history) == 0 {
		return
	}
	v := rapid.SampledFrom(s.history).Draw(s.rt, "reset")
	folder := fmt.Sprintf("partitions/%s/epoch/", v.partition)
	if rapid.Bool().Draw(s.rt, "one model only") {
		folder += rapid.SampledFrom(s.manifest.Models).Draw(s.rt, "model").Name + "/"
	}
	name := fmt.Sprintf("%s%06d.json", folder, s.resets(folder)+1)
	if err := s.store.Create(s.rt.Context(), name, []byte("{}")); err != nil {
		s.rt.Fatal(err)
	}
	s.undelivered = append(s.undelivered, event.Event{Type: requestedSweep})
}

// hold holds a partition for a while, as a backfill does, or releases it. A sweep follows: after the
// release, or at the end, when all holds have ended.
func (s *sim) hold() {
	if len(s.history) == 0 {
		return
	}
	list := []partition.Partition{rapid.SampledFrom(s.history).Draw(s.rt, "hold").partition}
	l, now := ledger.New(s.store, "a person"), s.now()
	id := rapid.SampledFrom([]string{"h1", "h2"}).Draw(s.rt, "id")
	var err error
	if rapid.Bool().Draw(s.rt, "release") {
		err = l.Release(s.rt.Context(), id, list, now)
		s.undelivered = append(s.undelivered, event.Event{Type: requestedSweep})
	} else {
		err = l.Hold(s.rt.Context(), ledger.Hold{ID: id, Until: now.Add(maxHeld)}, list, now)
	}
	if err != nil {
		s.rt.Fatal(err)
	}
	s.needsSweep = true
}

// maxHeld is how long a simulation holds partitions.
const maxHeld = 15 * time.Minute

// resend publishes the events of what a partition holds again.
func (s *sim) resend(p partition.Partition) {
	for _, source := range s.pipeline.SortedSources() {
		for _, table := range source.SortedTables() {
			if content, ok := s.loaded[plannedLoad{source.Name, table, p}]; ok {
				short := strings.TrimPrefix(table, "raw.")
				tables := map[string]string{short: content}
				s.enqueue(s.loadEvent(source.Name, p.String(), tables), tables)
			}
		}
	}
}

// settle delivers events without faults until none is left. If that is not enough, it waits until no hold
// is left and every load is old, and sweeps.
func (s *sim) settle() {
	s.noFaults.Store(true)
	s.deliverAll()
	if !s.needsSweep {
		return
	}
	time.Sleep(max(maxHeld, loadGrace))
	s.undelivered = append(s.undelivered, event.Event{Type: scheduledSweep})
	s.deliverAll()
	s.checkOverdue()
}

func (s *sim) deliverAll() {
	for _, i := range s.instances {
		i.frozen = 0
	}
	for steps := 0; ; steps++ {
		synctest.Wait()
		s.thaw()
		gates, inFlight := s.underWay()
		switch {
		case gates > 0:
			s.release(0, coordtest.None)
		case len(s.queued()) > 0 && inFlight < 4:
			s.deliver()
		case inFlight == 0:
			return
		default:
			time.Sleep(time.Second)
		}
		if steps > 50_000 {
			s.fatalf("(e) %d events are still to be delivered and %d under way, first %+v", len(s.undelivered), inFlight, s.undelivered[:1])
		}
	}
}

func (s *sim) close() {
	if s.world == nil {
		return
	}
	s.mu.Lock()
	s.closing = true
	for _, g := range s.gates {
		g.open <- coordtest.Fail
	}
	s.gates = nil
	s.mu.Unlock()
	for _, i := range s.instances {
		i.kill()
	}
}
