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

// delayedWorld is a world in which calls of one instance can be delayed.
type delayedWorld struct {
	*world
	delayed map[string]chan struct{} // by "<instance> <prefix of a point>"
}

type nameKey struct{}

func newDelayedWorld(t *testing.T, models ...*manifest.Model) *delayedWorld {
	begun := time.Now()
	s := &delayedWorld{delayed: map[string]chan struct{}{}}
	s.world = newWorld(t, coordtest.Setting{Start: "2026-11-01"}, func() time.Time { return clock().Add(time.Since(begun)) }, models...)
	s.hook = func(ctx context.Context, point string) coordtest.Fault {
		name, _ := ctx.Value(nameKey{}).(string)
		for key, resume := range s.delayed {
			if at, ok := strings.CutPrefix(key, name+" "); ok && strings.HasPrefix(point, at) {
				<-resume
			}
		}
		return coordtest.None
	}
	s.warehouse.Hook = s.hook
	return s
}

// delay makes an instance wait at a point until resume is called.
func (s *delayedWorld) delay(at string) (resume func()) {
	s.delayed[at] = make(chan struct{})
	return func() { close(s.delayed[at]) }
}

// handle lets a named instance handle an event.
func (s *delayedWorld) handle(name string, c *Coordinator, e event.Event) chan error {
	done := make(chan error, 1)
	go func() { done <- c.Handle(context.WithValue(context.Background(), nameKey{}, name), e) }()
	synctest.Wait()
	return done
}

// content returns the content of a partition of a table.
func (s *delayedWorld) content(table string, p partition.Partition) string {
	return s.warehouse.Contents()[table][p]
}

// An instance that is delayed at any point, while others publish, overwrites nothing when it resumes.
func TestADelayedInstanceNeverOverwritesWhatOthersPublished(t *testing.T) {
	for _, point := range []string{"create partitions/2026-11-21/runs", "submit stage", "wait stage", "submit audit", "rows audit",
		"ensure mart", "submit publish"} {
		synctest.Test(t, func(t *testing.T) {
			s := newDelayedWorld(t, statsModel())
			a, b := s.coordinator(), s.coordinator()
			resume := s.delay("a " + point)
			first := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"})
			done := s.handle("a", a, first)
			time.Sleep(s.limits.Lease + time.Second)
			second := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "new"})
			if err := <-s.handle("b", b, second); err != nil {
				t.Fatalf("delayed at %s: %v", point, err)
			}
			const want = "v1 stats(raw.medium_stories 2026-11-21=new)"
			if got := s.content("mart.stats", first.Partition); got != want {
				t.Fatalf("delayed at %s: others published %q", point, got)
			}
			published := 0
			for _, id := range s.warehouse.Jobs() {
				if status, _ := s.warehouse.Job(id); status.Labels["step"] == "publish" {
					published++
				}
			}
			resume()
			if err := <-done; err != nil {
				t.Errorf("delayed at %s: resumed, it ends with %v", point, err)
			}
			if got := s.content("mart.stats", first.Partition); got != want {
				t.Errorf("delayed at %s: resumed, it published %q", point, got)
			}
			for _, id := range s.warehouse.Jobs() {
				if status, _ := s.warehouse.Job(id); status.Labels["step"] == "publish" {
					published--
				}
			}
			if published != 0 {
				t.Errorf("delayed at %s: resumed, it published once more: %v", point, s.warehouse.Jobs())
			}
		})
	}
}

// What an instance published but did not record is recorded by the next one, and announced to the models
// that read it.
func TestAnUnrecordedPublicationIsRecordedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDelayedWorld(t, statsModel(), coordtest.Model(manifest.Model{Name: "total", Grain: partition.Daily,
			Inputs: []manifest.Input{daily("mart.stats", manifest.Same)}}, "v1"))
		a, b := s.coordinator(), s.coordinator()
		resume := s.delay("a wait publish")
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
		resume()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.settle(b)
		if got := s.content("mart.total", first.Partition); got != "v1 total(mart.stats 2026-11-21=v1 stats(raw.medium_stories 2026-11-21=new))" {
			t.Errorf("%q", got)
		}
	})
}

// While a lease lasts, others leave the run to its holder, even with newer inputs. An exclusive coordinator
// does not wait for leases.
func TestALiveLeaseIsLeftToItsHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDelayedWorld(t, statsModel())
		a, b := s.coordinator(), s.coordinator()
		resume := s.delay("a submit stage")
		first := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"})
		done := s.handle("a", a, first)
		second := s.load("medium", "2026-11-21", map[string]string{"medium_stories": "new"})
		if code := deliver(b, second); code != 429 {
			t.Errorf("answer %d while the lease lasts", code)
		}
		exclusive := s.coordinator()
		exclusive.Exclusive = true
		if code := deliver(exclusive, second); code != 204 {
			t.Errorf("answer %d of an exclusive coordinator", code)
		}
		resume()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A listing that does not show the newest arrival does not make an instance publish the version before it.
func TestAStaleListingDoesNotRepublishAnOldVersion(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
	c := w.coordinator()
	old := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"})
	w.settle(c, old)
	before := w.store.Names()
	w.settle(c, w.load("medium", "2026-11-21", map[string]string{"medium_stories": "new"}))
	jobs := len(w.warehouse.Jobs())

	late := w.coordinator() // sees the old arrivals and the new runs
	late.ledger = ledger.New(staleStore{w.store, before}, "late")
	if code := deliver(late, old); code != 204 {
		t.Errorf("answer %d", code)
	}
	if got := w.warehouse.Jobs()[jobs:]; len(got) > 0 {
		t.Errorf("ran %v", got)
	}
}

// staleStore lists the arrivals that were known at an earlier time.
type staleStore struct {
	ledger.Store
	known []string
}

func (b staleStore) List(ctx context.Context, prefix, from, to string) ([]string, error) {
	names, err := b.Store.List(ctx, prefix, from, to)
	var list []string
	for _, name := range names {
		if !strings.Contains(name, "/arrivals/raw.") || strings.Contains(strings.Join(b.known, " "), name) {
			list = append(list, name)
		}
	}
	return list, err
}
