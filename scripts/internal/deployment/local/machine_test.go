package local

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/functions/drops"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/partition"
)

var morningAfter = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func openMachine(t *testing.T, h datadir.Dir) *Machine {
	t.Helper()
	m, err := Open(t.Context(), Options{
		Dir: h, From: day("2026-10-31"), To: day("2026-11-01"),
		Env: envconfig.MapLookuper(nil), Now: func() time.Time { return morningAfter },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestDaysBeforeTheInventedCreatorAreRefused(t *testing.T) {
	_, err := Open(t.Context(), Options{
		Dir: datadir.Dir{Path: t.TempDir()}, From: day("2020-01-01"), To: day("2020-01-02"),
		Env: envconfig.MapLookuper(nil), Now: func() time.Time { return morningAfter },
	})
	if err == nil || !strings.Contains(err.Error(), "2020-01-01 is before 2024-11-01") {
		t.Errorf("error %v does not name the first day", err)
	}
}

// What a machine does, the folder's reader sees while the machine is still at work.
func TestAskedSourceLoadsAndItsModelsRunAndTheFolderShowsIt(t *testing.T) {
	h := datadir.Dir{Path: t.TempDir()}
	m := openMachine(t, h)
	first, last := day("2026-11-01"), day("2026-11-01")
	for source, p := range map[string]partition.Partition{"kit": first, "drops": day("2026-10")} {
		if _, err := m.RequestLoad(t.Context(), deployment.Request{Source: source, Partition: p}); err != nil {
			t.Fatalf("%s: %v", source, err)
		}
	}
	if err := m.Quiet(t.Context(), first, last); err != nil {
		t.Fatal(err)
	}
	if err := m.Sweep(t.Context(), first, last); err != nil {
		t.Fatal(err)
	}
	s, err := datadir.Open(h.Path)
	if err != nil {
		t.Fatal(err)
	}
	reporter, err := s.Reporter(func() time.Time { return morningAfter })
	if err != nil {
		t.Fatal(err)
	}
	r, err := reporter.Report(t.Context(), first, last)
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]string{}
	for _, d := range r.Decisions {
		status[d.Target.String()] = string(d.Status)
	}
	if status["subscriber_sources 2026-11-01"] != "up_to_date" || status["story_days 2026-11-01"] != "waiting" {
		t.Errorf("the folder's reader sees %v", status)
	}
	var drops []string
	for _, l := range m.Loads() {
		if l.Source == "drops" && l.Failure == "" && l.Rows > 0 {
			drops = append(drops, l.Table)
		}
	}
	if len(drops) == 0 {
		t.Error("drops was asked, and nothing of it was loaded")
	}
}

func TestRefusalHasReasonAndHint(t *testing.T) {
	h := datadir.Dir{Path: t.TempDir()}
	write(t, h.Steering(), "fail: {kit: unauthorized}")
	m := openMachine(t, h)
	_, err := m.RequestLoad(t.Context(), deployment.Request{Source: "kit", Partition: day("2026-11-01")})
	var refused *deployment.Refusal
	if !errors.As(err, &refused) || refused.Status != 422 || !strings.Contains(refused.Hint, "KIT_API_KEY") || strings.Contains(refused.Reason, refused.Hint) {
		t.Errorf("got %#v, want a refusal with a hint", err)
	}
	if _, err := m.RequestLoad(t.Context(), deployment.Request{Source: "kitt", Partition: day("2026-11-01")}); err == nil || errors.As(err, &refused) && refused.Status == 0 {
		t.Errorf("a source that there is not: %v", err)
	}
}

// A letter of an earlier process is listed by the folder's reader and sent back by the next machine. One that still cannot
// be used is a dead letter anew.
// An invented service answers as of any day, so a past snapshot of it that has not arrived is overdue, and not lost.
func TestPastSnapshotsOfInventedServicesAreNeverLost(t *testing.T) {
	m := openMachine(t, datadir.Dir{Path: t.TempDir()})
	result, err := m.Sweeper.Between(t.Context(), day("2026-10-31"), day("2026-11-01"))
	if err != nil {
		t.Fatal(err)
	}
	past := 0
	for _, e := range result.Overdue {
		if e.Source == "kit" && e.Partition == day("2026-10-31") {
			past++
		}
		if len(e.Late.Lost) > 0 {
			t.Errorf("%s %s: %v is called lost", e.Source, e.Partition, e.Late.Lost)
		}
	}
	if past != 1 {
		t.Errorf("kit 2026-10-31 was reported %d times, want once: %+v", past, result.Overdue)
	}
}

func TestDeadLettersAreSentBackByTheNextProcess(t *testing.T) {
	h := datadir.Dir{Path: t.TempDir()}
	m := openMachine(t, h)
	for _, text := range []string{"no event", "nor this"} {
		topic := m.Cloud.PubSub.Publisher(localcloud.Loaded)
		if _, err := topic.Publish(t.Context(), &pubsub.Message{Data: []byte(text)}).Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		topic.Stop()
	}
	if err := m.Cloud.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	listed := func() (texts []string) {
		letters, err := datadir.DeadLetters(h).ListDeadLetters(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range letters {
			texts = append(texts, string(l.Data))
		}
		return texts
	}
	if got := listed(); len(got) != 2 {
		t.Fatalf("the folder lists %q, want two", got)
	}
	m = openMachine(t, h)
	sent, err := m.SendBack(t.Context(), func(l event.DeadLetter) bool { return string(l.Data) == "nor this" })
	if err != nil || len(sent) != 1 {
		t.Fatalf("sent %v, %v; want one", sent, err)
	}
	if err := m.Cloud.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := m.Cloud.DeadLetters(); len(got) != 1 || string(got[0].Data) != "nor this" || got[0].Attributes["reason"] == "" {
		t.Errorf("dead letters of this process: %v", got)
	}
	if got := listed(); len(got) != 2 {
		t.Errorf("the folder lists %q, want two still", got)
	}
}

// A file that could not be read, because nothing told its month, stays in quarantine until its metadata tells it.
func TestQuarantinedFileIsRestoredWhenItIsMended(t *testing.T) {
	h := datadir.Dir{Path: t.TempDir()}
	m := openMachine(t, h)
	text := []byte(`{"success":true,"payload":{"value":[{"postId":"abc123","title":"Mine","views":7,"reads":3}],"paging":{}}}`)
	const name = "drops/medium/stories.json"
	if _, err := m.Drop(t.Context(), name, text); err != nil {
		t.Fatal(err)
	}
	if err := m.Cloud.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, found, err := m.Quarantined(t.Context(), name)
	if err != nil || !found {
		t.Fatalf("it is not in quarantine: %v", err)
	}
	check := func(d deployment.Dropped) error {
		_, err := drops.Inspect(d.Object, d.Created, d.Month, d.Data)
		return err
	}
	if err := m.Restore(t.Context(), r, check); err == nil || !strings.Contains(err.Error(), "month") {
		t.Errorf("restored as it is: %v", err)
	}
	if _, err := m.Cloud.Bucket(localcloud.Drops).Object(deployment.QuarantinePrefix+name).Update(t.Context(),
		storage.ObjectAttrsToUpdate{Metadata: map[string]string{"month": "2026-10"}}); err != nil {
		t.Fatal(err)
	}
	if err := m.Restore(t.Context(), r, check); err != nil {
		t.Fatal(err)
	}
	if err := m.Cloud.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var loaded []string
	for _, l := range m.Loads() {
		loaded = append(loaded, l.Table+" "+l.Partition.String())
	}
	if !slices.Contains(loaded, "raw.drops_medium_stories 2026-10") {
		t.Errorf("loaded %v", loaded)
	}
	if _, found, err := m.Quarantined(t.Context(), name); found || err != nil {
		t.Errorf("it is still in quarantine: %v", err)
	}
}

func TestQuarantinedFileThatANewerOneHasReplacedStays(t *testing.T) {
	m := openMachine(t, datadir.Dir{Path: t.TempDir()})
	const name = "drops/medium/2026-10/stories.json"
	for _, text := range []string{"no JSON", `{"success":true,"payload":{"value":[{"postId":"abc123","title":"Mine","views":7,"reads":3}],"paging":{}}}`} {
		if _, err := m.Drop(t.Context(), name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := m.Cloud.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r, found, err := m.Quarantined(t.Context(), name)
	if err != nil || !found {
		t.Fatalf("it is not in quarantine: %v", err)
	}
	if err := m.Restore(t.Context(), r, func(deployment.Dropped) error { return nil }); !errors.Is(err, deployment.ErrReplaced) {
		t.Errorf("got %v, want %v", err, deployment.ErrReplaced)
	}
}
