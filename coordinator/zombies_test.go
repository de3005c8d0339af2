package coordinator

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// sleeper is a world in which calls of one instance can be delayed.
type sleeper struct {
	*world
	asleep map[string]chan struct{} // by instance and the beginning of a point
}

type nameKey struct{}

func newSleeper(t *testing.T, models ...*manifest.Model) *sleeper {
	begun := time.Now()
	s := &sleeper{asleep: map[string]chan struct{}{}}
	s.world = newWorld(t, coordtest.Setting{Start: "2026-11-01"}, func() time.Time { return clock().Add(time.Since(begun)) }, models...)
	s.hook = func(ctx context.Context, point string) coordtest.Fault {
		name, _ := ctx.Value(nameKey{}).(string)
		for key, wake := range s.asleep {
			if at, ok := strings.CutPrefix(key, name+" "); ok && strings.HasPrefix(point, at) {
				<-wake
			}
		}
		return coordtest.None
	}
	s.warehouse.Hook = s.hook
	return s
}

// sleep makes an instance sleep at a point until it is woken.
func (s *sleeper) sleep(at string) (wake func()) {
	s.asleep[at] = make(chan struct{})
	return func() { close(s.asleep[at]) }
}

// handle lets a named instance handle an event.
func (s *sleeper) handle(name string, c *Coordinator, e event.Event) chan error {
	done := make(chan error, 1)
	go func() { done <- c.Handle(context.WithValue(context.Background(), nameKey{}, name), e) }()
	synctest.Wait()
	return done
}

func (s *sleeper) stands(table string, p partition.Partition) string {
	return s.warehouse.Tables()[table][p]
}

// Wherever an instance falls asleep, and whatever others publish meanwhile, it overwrites nothing when it
// wakes.
func TestASleeperNeverOverwritesWhatOthersPublished(t *testing.T) {
	for _, point := range []string{"create partitions/2026-11-21/runs", "submit stage", "wait stage", "submit audit", "rows audit",
		"ensure mart", "submit publish"} {
		synctest.Test(t, func(t *testing.T) {
			s := newSleeper(t, statsModel())
			a, b := s.coordinator(), s.coordinator()
			wake := s.sleep("a " + point)
			first := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"})
			done := s.handle("a", a, first)
			time.Sleep(s.limits.Lease + time.Second)
			second := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "new"})
			if err := <-s.handle("b", b, second); err != nil {
				t.Fatalf("asleep at %s: %v", point, err)
			}
			const want = "v1 stats(raw.medium_stories 2026-11-21=new)"
			if got := s.stands("mart.stats", first.Partition); got != want {
				t.Fatalf("asleep at %s: others published %q", point, got)
			}
			published := 0
			for _, id := range s.warehouse.Jobs() {
				if status, _ := s.warehouse.Job(id); status.Labels["step"] == "publish" {
					published++
				}
			}
			wake()
			if err := <-done; err != nil {
				t.Errorf("asleep at %s: woken, it ends with %v", point, err)
			}
			if got := s.stands("mart.stats", first.Partition); got != want {
				t.Errorf("asleep at %s: woken, it published %q", point, got)
			}
			for _, id := range s.warehouse.Jobs() {
				if status, _ := s.warehouse.Job(id); status.Labels["step"] == "publish" {
					published--
				}
			}
			if published != 0 {
				t.Errorf("asleep at %s: woken, it published once more: %v", point, s.warehouse.Jobs())
			}
		})
	}
}

// What an instance published before it stopped is recorded by the next one, and announced to the models
// that read it.
func TestWhatWasPublishedAndNotRecordedIsRecordedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSleeper(t, statsModel(), coordtest.Model(manifest.Model{Name: "total", Grain: partition.Daily,
			Inputs: []manifest.Input{daily("mart.stats", manifest.Same)}}, "v1"))
		a, b := s.coordinator(), s.coordinator()
		wake := s.sleep("a wait publish")
		first := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"})
		done := s.handle("a", a, first)
		time.Sleep(s.limits.Lease + time.Second)
		second := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "new"})
		if err := <-s.handle("b", b, second); err != nil {
			t.Fatal(err)
		}
		var states []ledger.State
		for seq := 1; seq <= 5; seq++ {
			run, err := b.ledger.ReadRun(t.Context(), ledger.LogOf(s.manifest.Models[0], first.Partition), seq)
			if err != nil {
				break
			}
			states = append(states, run.State)
		}
		if len(states) != 5 || states[1] != ledger.Started || states[2] != ledger.Succeeded || states[4] != ledger.Succeeded {
			t.Errorf("records: %v", states)
		}
		wake()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.settle(b)
		if got := s.stands("mart.total", first.Partition); got != "v1 total(mart.stats 2026-11-21=v1 stats(raw.medium_stories 2026-11-21=new))" {
			t.Errorf("%q", got)
		}
	})
}

// While a lease lasts, others leave the run to its holder, even with newer inputs. An exclusive coordinator
// waits for no lease.
func TestALiveLeaseIsLeftToItsHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSleeper(t, statsModel())
		a, b := s.coordinator(), s.coordinator()
		wake := s.sleep("a submit stage")
		first := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"})
		done := s.handle("a", a, first)
		second := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "new"})
		if code := deliver(b, second); code != 429 {
			t.Errorf("answer %d while the lease lasts", code)
		}
		alone := s.coordinator()
		alone.Exclusive = true
		if code := deliver(alone, second); code != 204 {
			t.Errorf("answer %d to one who is alone", code)
		}
		wake()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A listing that began before an arrival was recorded does not lead a decision back to the version before
// it.
func TestADecisionIsNotOlderThanTheRunItFollows(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
	c := w.coordinator()
	old := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"})
	w.settle(c, old)
	before := w.store.Names()
	w.settle(c, w.load("medium", "2026-11-21", map[string]string{"medium_stories": "new"}))
	jobs := len(w.warehouse.Jobs())

	late := w.coordinator() // sees the arrivals of then, and the runs of now
	late.ledger = ledger.New(behind{w.store, before}, "late")
	if code := deliver(late, old); code != 204 {
		t.Errorf("answer %d", code)
	}
	if got := w.warehouse.Jobs()[jobs:]; len(got) > 0 {
		t.Errorf("ran %v", got)
	}
}

// behind lists arrivals as they were before.
type behind struct {
	ledger.Store
	known []string
}

func (b behind) List(ctx context.Context, prefix, from, to string) ([]string, error) {
	names, err := b.Store.List(ctx, prefix, from, to)
	var list []string
	for _, name := range names {
		if !strings.Contains(name, "/arrivals/raw.") || strings.Contains(strings.Join(b.known, " "), name) {
			list = append(list, name)
		}
	}
	return list, err
}
