package localcloud

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/event"
)

// A dead letter outlives the process. Sent back, it arrives as first published, and is deleted.
func TestDeadLetterIsKeptUntilItIsSentBack(t *testing.T) {
	dir, letters := t.TempDir(), filepath.Join(t.TempDir(), "dead-letters")
	reopened := func(answer int) (*Cloud, *recorder) {
		c, err := Open(t.Context(), Options{Dir: dir, DeadLetters: letters})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		r := &recorder{answer: func(event.Push, int) int { return answer }}
		if err := c.Push(t.Context(), Loaded, "coordinator", serve(t, r), PushOptions{MaxAttempts: 1}); err != nil {
			t.Fatal(err)
		}
		return c, r
	}
	c, _ := reopened(http.StatusServiceUnavailable)
	publish(t, c, Loaded, "x")
	idle(t, c)
	was := c.DeadLetters()
	if len(was) != 1 || len(kept(t, letters)) != 1 {
		t.Fatalf("%d dead letters, %v in files; want one each", len(was), kept(t, letters))
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	c, r := reopened(http.StatusNoContent)
	if got := c.DeadLetters(); got != nil {
		t.Errorf("those of an earlier process count as this one's: %v", got)
	}
	if err := c.SendBack(t.Context(), was[0]); err != nil {
		t.Fatal(err)
	}
	idle(t, c)
	if len(r.got) != 1 || string(r.got[0].Message.Data) != "x" {
		t.Fatalf("%d messages came back, want x", len(r.got))
	}
	if diff := cmp.Diff(map[string]string{"source": "kit"}, r.got[0].Message.Attributes); diff != "" {
		t.Errorf("attributes (-published +sent back):\n%s", diff)
	}
	if names := kept(t, letters); names != nil {
		t.Errorf("%v are still kept", names)
	}
}

func TestDeadLetterOfAnUnknownSubscriptionStays(t *testing.T) {
	c := open(t, t.TempDir())
	letter := event.DeadLetter{ID: "m1", Attributes: map[string]string{"subscription": "projects/local/subscriptions/gone"}}
	if err := c.SendBack(t.Context(), letter); err == nil {
		t.Error("it was sent back")
	}
}

func TestStoredDeadLettersAreBounded(t *testing.T) {
	l := deadLetters{dir: t.TempDir()}
	letter := event.DeadLetter{At: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Data: []byte("x")}
	for n := range maxStoredDeadLetters {
		name := filepath.Join(l.dir, fmt.Sprint(n))
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.add(letter); err == nil {
		t.Error("one more was kept")
	}
	if len(l.list) != 1 {
		t.Errorf("%d are remembered, want it at least for this process", len(l.list))
	}
}

func kept(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return slices.Sorted(slices.Values(names))
}
