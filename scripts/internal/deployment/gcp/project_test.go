package gcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"
	"golang.org/x/oauth2"
	cloudfunctions "google.golang.org/api/cloudfunctions/v2"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

var day = partition.MustParse

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

const ledgerBucket, dropsBucket, stagingBucket = "my-mart-rollcall-ledger", "my-mart-rollcall-drops", "my-mart-rollcall-staging" // as terraform names them

// openProject is project my-mart in this process, with its buckets, its topics and the subscriptions to them.
func openProject(t *testing.T) (*Project, *fakestorage.Server) {
	t.Helper()
	gcs, err := fakestorage.NewServerWithOptions(fakestorage.Options{Host: "127.0.0.1", Scheme: "http", Writer: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gcs.Stop)
	for _, bucket := range []string{ledgerBucket, dropsBucket, stagingBucket} {
		gcs.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket})
	}
	bus := pstest.NewServerWithAddress("127.0.0.1:0")
	t.Cleanup(func() { _ = bus.Close() })
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(gcs.URL(), "http://"))
	t.Setenv("PUBSUB_EMULATOR_HOST", bus.Addr)
	p, err := Open(t.Context(), "my-mart", envconfig.MapLookuper(nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	for sub, topic := range map[string]string{"coordinator": "loaded", "drops": "drops", "dead-letter": "dead-letter"} {
		name := "projects/my-mart/topics/" + topic
		if _, err := p.pubsub.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: name}); err != nil {
			t.Fatal(err)
		}
		_, err := p.pubsub.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{
			Name: "projects/my-mart/subscriptions/" + sub, Topic: name, AckDeadlineSeconds: 10,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return p, gcs
}

func publish(t *testing.T, p *Project, topic, data string, attributes map[string]string) {
	t.Helper()
	publisher := p.pubsub.Publisher(topic)
	defer publisher.Stop()
	if _, err := publisher.Publish(t.Context(), &pubsub.Message{Data: []byte(data), Attributes: attributes}).Get(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func texts(letters []event.DeadLetter) (list []string) {
	for _, l := range letters {
		list = append(list, string(l.Data))
	}
	slices.Sort(list)
	return list
}

func TestSnapshotsOfThePastAreThoseThatWereStagedWhole(t *testing.T) {
	p, gcs := openProject(t)
	for _, name := range []string{"kit/2026-10-30/20261031T070000000Z-a/complete.json", "kit/2026-10-31/20261101T070000000Z-b/kit_subscribers.ndjson.gz",
		"kit/2026-11-01/20261102T070000000Z-c/complete.json"} {
		gcs.CreateObject(fakestorage.Object{ObjectAttrs: fakestorage.ObjectAttrs{BucketName: stagingBucket, Name: name},
			Content: []byte(`[{"table": "kit_subscribers", "partition": "2026-10-30"}]`)})
	}
	got, err := p.Snapshots(t.Context(), "kit", day("2026-10-30"), day("2026-10-31"))
	if len(got) != 1 || !got[day("2026-10-30")] || err != nil {
		t.Errorf("got %v, %v; want 2026-10-30", got, err)
	}
}

// To list dead letters takes none away; to send one back does, and it comes as it was published.
func TestDeadLettersAreListedAndSentBack(t *testing.T) {
	p, _ := openProject(t)
	ctx := t.Context()
	publish(t, p, "dead-letter", "a", map[string]string{"source": "kit", "reason": "no event", "subscription": "projects/my-mart/subscriptions/coordinator"})
	publish(t, p, "dead-letter", "b", map[string]string{"objectId": "drops/medium/x.json", "CloudPubSubDeadLetterSourceSubscription": "drops"})
	publish(t, p, "dead-letter", "c", nil)
	for range 2 {
		list, err := p.DeadLetters.ListDeadLetters(ctx, 10)
		if diff := cmp.Diff([]string{"a", "b", "c"}, texts(list)); diff != "" || err != nil {
			t.Fatalf("%v, listed:\n%s", err, diff)
		}
	}
	some, err := p.DeadLetters.ListDeadLetters(ctx, 2)
	if len(some) != 2 || err != nil {
		t.Errorf("%d of at most 2, %v", len(some), err)
	}
	sent, err := p.SendBack(ctx, func(l event.DeadLetter) bool { return string(l.Data) != "c" })
	if diff := cmp.Diff([]string{"a", "b"}, texts(sent)); diff != "" || err != nil {
		t.Fatalf("%v, sent:\n%s", err, diff)
	}
	for sub, want := range map[string]string{"coordinator": "a map[source:kit]", "drops": "b map[objectId:drops/medium/x.json]"} {
		m, err := deadLetters{p.pubsub, "my-mart", sub}.pullOnce(ctx, 1)
		if err != nil || len(m) != 1 {
			t.Fatalf("%s: %d messages, %v", sub, len(m), err)
		}
		if got := fmt.Sprint(string(m[0].Message.Data), " ", m[0].Message.Attributes); got != want {
			t.Errorf("%s got %s, want %s", sub, got, want)
		}
	}
	if left, err := p.DeadLetters.ListDeadLetters(ctx, 10); err != nil || len(left) != 1 || string(left[0].Data) != "c" {
		t.Errorf("left are %q, %v; want c", texts(left), err)
	}
	publish(t, p, "dead-letter", "d", nil)
	unknown := func(l event.DeadLetter) bool { return string(l.Data) == "d" }
	if _, err := p.SendBack(ctx, unknown); err == nil || !strings.Contains(err.Error(), "does not say which subscription") {
		t.Errorf("sending back one of unknown origin: %v", err)
	}
	if left, err := p.DeadLetters.ListDeadLetters(ctx, 10); err != nil || len(left) != 2 {
		t.Errorf("%q can be had after that, %v; want c and d at once", texts(left), err)
	}
}

func TestQuarantineIsListed(t *testing.T) {
	p, gcs := openProject(t)
	for name, content := range map[string]string{
		"quarantine/drops/medium/b.json":             "no JSON",
		"quarantine/drops/medium/b.json.reason.json": `{"object": "drops/medium/b.json", "generation": "7", "reason": "no JSON", "hint": "download it again", "when": "2026-11-02T08:00:00Z"}`,
		"drops/medium/a.json":                        "{}",
	} {
		gcs.CreateObject(fakestorage.Object{ObjectAttrs: fakestorage.ObjectAttrs{BucketName: dropsBucket, Name: name}, Content: []byte(content)})
	}
	got, err := p.Refused(t.Context(), 10)
	want := []deployment.Refused{{Object: "drops/medium/b.json", Copy: "quarantine/drops/medium/b.json", Generation: 7, Reason: "no JSON", Hint: "download it again", When: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v:\n%s", err, diff)
	}
}

// worker is one whose functions are handlers in this process, by name without the pipeline's.
func worker(t *testing.T, p *Project, handlers map[string]http.HandlerFunc) *Worker {
	t.Helper()
	w := p.Work(func() time.Time { return noon })
	w.pause = time.Millisecond
	var list []*cloudfunctions.Function
	for name, h := range handlers {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		list = append(list, &cloudfunctions.Function{
			Name: "projects/my-mart/locations/europe-west2/functions/rollcall-" + name,
			ServiceConfig: &cloudfunctions.ServiceConfig{
				Uri: server.URL, EnvironmentVariables: map[string]string{"BIGQUERY_LOCATION": "europe-west2"},
			},
		})
	}
	w.functions.list = func(context.Context) ([]*cloudfunctions.Function, error) { return list, nil }
	w.functions.tokens = func(_ context.Context, audience string) (oauth2.TokenSource, error) {
		return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "for " + audience, TokenType: "Bearer"}), nil
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func TestSourceIsAskedWithATokenForItAndRefusesWithReasonAndCure(t *testing.T) {
	p, _ := openProject(t)
	w := worker(t, p, map[string]http.HandlerFunc{"kit": func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != `{"partition":"2026-11-01"}` || r.Header.Get("Authorization") != "Bearer for http://"+r.Host {
			t.Errorf("asked with %s, %v", body, r.Header)
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"error": "Kit refuses the key; fix: make a new one", "hint": "make a new one"}`)
	}})
	_, err := w.RequestLoad(t.Context(), deployment.Request{Source: "kit", Partition: day("2026-11-01")})
	var refused *deployment.Refusal
	if !errors.As(err, &refused) || refused.Status != 422 || refused.Reason != "Kit refuses the key" || refused.Hint != "make a new one" {
		t.Errorf("got %#v", err)
	}
	if _, err := w.RequestLoad(t.Context(), deployment.Request{Source: "medium", Partition: day("2026-11-01")}); err == nil || !strings.Contains(err.Error(), "project my-mart has no function rollcall-medium") {
		t.Errorf("a source that is not deployed: %v", err)
	}
}

func TestSweepIsAskedForUntilNothingIsUnderWay(t *testing.T) {
	p, _ := openProject(t)
	answers := []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusOK}
	asked := 0
	w := worker(t, p, map[string]http.HandlerFunc{"sweep": func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); string(body) != `{"from":"2026-10-31","to":"2026-11-01"}` {
			t.Errorf("asked with %s", body)
		}
		w.WriteHeader(answers[min(asked, len(answers)-1)])
		asked++
	}})
	if err := w.Sweep(t.Context(), day("2026-10-31"), day("2026-11-01")); err != nil || asked != 3 {
		t.Errorf("%v after %d requests, want nil after 3", err, asked)
	}
	asked, answers = 0, []int{http.StatusForbidden}
	if err := w.Sweep(t.Context(), day("2026-10-31"), day("2026-11-01")); err == nil || asked != 1 {
		t.Errorf("%v after %d requests, want an error after 1", err, asked)
	}
}

// What is under way may take as long as it does; trouble that lasts is told.
func TestSweepIsGivenUpInLastingTroubleOnly(t *testing.T) {
	p, _ := openProject(t)
	synctest.Test(t, func(t *testing.T) {
		w, asked, busy := worker(t, p, nil), 0, 3*maxFailures
		err := w.until(t.Context(), func() error {
			if asked++; asked <= busy {
				return pending{errors.New("a run is under way")}
			}
			return errors.New("the ledger cannot be read")
		})
		if err == nil || err.Error() != "the ledger cannot be read" || asked != busy+maxFailures {
			t.Errorf("%v after %d questions, want the trouble after %d", err, asked, busy+maxFailures)
		}
	})
	refused := worker(t, p, map[string]http.HandlerFunc{"sweep": func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not all was done", http.StatusServiceUnavailable)
	}})
	err := refused.Sweep(t.Context(), day("2026-10-31"), day("2026-11-01"))
	if err == nil || !strings.Contains(err.Error(), "sweep 2026-10-31 to 2026-11-01: the function answered 503 Service Unavailable: not all was done") {
		t.Errorf("got %v", err)
	}
}

func TestSweepOfTheOneWhoHoldsNamesTheHold(t *testing.T) {
	p, _ := openProject(t)
	var got []byte
	w := worker(t, p, map[string]http.HandlerFunc{"sweep": func(_ http.ResponseWriter, r *http.Request) { got, _ = io.ReadAll(r.Body) }})
	if err := w.SweepHolding(t.Context(), day("2026-10-31"), day("2026-11-01"), "replay-1"); err != nil {
		t.Fatal(err)
	}
	if want := `{"from":"2026-10-31","to":"2026-11-01","hold":"replay-1"}`; string(got) != want {
		t.Errorf("asked with %s, want %s", got, want)
	}
}

// The function gets who accepts and why, and what it has loaded, of later partitions too, is waited for.
func TestAcceptanceReachesTheFunction(t *testing.T) {
	p, _ := openProject(t)
	var got []byte
	w := worker(t, p, map[string]http.HandlerFunc{"kit": func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		fmt.Fprint(w, `{"source": "kit", "partition": "2026-10-30", "load_id": "l2-accepted", "tables": [
			{"table": "raw.kit_subscribers", "partition": "2026-10-30", "rows": 5, "loaded_at": "2026-11-02T12:00:00Z"}],
			"later": [{"source": "kit", "partition": "2026-10-31", "load_id": "l3", "tables": [
			{"table": "raw.kit_subscribers", "partition": "2026-10-31", "rows": 6, "loaded_at": "2026-11-02T12:00:00Z"}]}]}`)
	}})
	result, err := w.RequestLoad(t.Context(), deployment.Request{Source: "kit", Partition: day("2026-10-30"), Accept: true, By: "ann@laptop", Reason: "pruned"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"partition":"2026-10-30","accept":true,"by":"ann@laptop","reason":"pruned"}`; string(got) != want {
		t.Errorf("asked with %s, want %s", got, want)
	}
	if result.LoadID != "l2-accepted" || len(result.Later) != 1 || len(w.coming) != 2 {
		t.Errorf("loaded %+v, and %d arrivals are waited for", result, len(w.coming))
	}
}

func TestRefusedLoadsAreReadFromStaging(t *testing.T) {
	p, gcs := openProject(t)
	for name, content := range map[string]string{
		"kit/2026-10-30/20261031T070000000Z-a/failed.json":   `{"reason": "900 became 5", "load": {"files": []}}`,
		"kit/2026-10-31/20261101T070000000Z-b/failed.json":   `{"reason": "Kit is down"}`,
		"kit/2026-10-31/20261101T080000000Z-c/complete.json": `{"files": []}`,
	} {
		gcs.CreateObject(fakestorage.Object{ObjectAttrs: fakestorage.ObjectAttrs{BucketName: stagingBucket, Name: name}, Content: []byte(content)})
	}
	got, err := p.Failures(t.Context(), "kit", day("2026-10-30"), day("2026-10-31"))
	if f := got[day("2026-10-30")]; len(got) != 1 || f.LoadID != "20261031T070000000Z-a" || f.Reason != "900 became 5" || f.Load == nil || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What a source says it has loaded is waited for, until the coordinator has recorded it.
func TestQuietWaitsForTheArrivalsOfWhatWasAskedFor(t *testing.T) {
	p, _ := openProject(t)
	e := event.Event{Version: 1, Type: event.Loaded, Source: "kit", Partition: day("2026-11-01"), LoadID: "l1",
		Tables: []event.Table{{Table: "raw.kit_subscriber_totals", Rows: 1, Digest: coordtest.Digest("x"), LoadedAt: noon}}}
	w := worker(t, p, map[string]http.HandlerFunc{"kit": func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"source": "kit", "partition": "2026-11-01", "load_id": "l1", "tables": [
			{"table": "raw.kit_subscriber_totals", "partition": "2026-11-01", "rows": 1, "loaded_at": "2026-11-02T12:00:00Z"}]}`)
	}})
	if _, err := w.RequestLoad(t.Context(), deployment.Request{Source: "kit", Partition: e.Partition}); err != nil {
		t.Fatal(err)
	}
	quiet := make(chan error, 1)
	go func() { quiet <- w.Quiet(t.Context(), e.Partition, e.Partition) }()
	select {
	case err := <-quiet:
		t.Fatalf("quiet before the event was handled: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := ledger.New(p.Store, "coordinator").RecordArrivals(t.Context(), e, noon); err != nil {
		t.Fatal(err)
	}
	if err := <-quiet; err != nil {
		t.Error(err)
	}
}

func TestEventThatIsNeverRecordedIsReported(t *testing.T) {
	p, _ := openProject(t)
	w := worker(t, p, nil)
	e := event.Event{Version: 1, Type: event.Loaded, Source: "kit", Partition: day("2026-11-01"), LoadID: "l1",
		Tables: []event.Table{{Table: "raw.kit_subscriber_totals", Digest: coordtest.Digest("x"), LoadedAt: noon}}}
	if err := w.Publish(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	w.now = func() time.Time { return noon.Add(time.Hour) }
	err := w.Quiet(t.Context(), e.Partition, e.Partition)
	if err == nil || !strings.Contains(err.Error(), "go run ./scripts/rollcall deadletters --project my-mart") {
		t.Errorf("got %v, want where to look", err)
	}
}

func TestSeekIsNoFurtherThanMessagesAreKept(t *testing.T) {
	p, _ := openProject(t)
	w := worker(t, p, nil)
	for _, to := range []time.Time{noon.Add(-32 * 24 * time.Hour), noon.Add(time.Hour)} {
		if err := w.Seek(t.Context(), to); err == nil || !strings.Contains(err.Error(), "31 days, since 2026-10-02T12:00:00Z") {
			t.Errorf("to %s: %v", to, err)
		}
	}
}

// The estimate is BigQuery's own, of the statement that would run, in the location that the coordinator works in.
func TestEstimateIsADryRunOfTheStageQuery(t *testing.T) {
	var job struct {
		JobReference  struct{ Location string }
		Configuration struct {
			DryRun bool
			Query  struct {
				Query           string
				QueryParameters []struct {
					Name           string
					ParameterValue struct{ Value string }
				}
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&job); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"jobReference": {"projectId": "my-mart", "jobId": "j", "location": "europe-west2"}, "status": {"state": "DONE"},
			"configuration": {"dryRun": true, "jobType": "QUERY", "query": {}},
			"statistics": {"totalBytesProcessed": "1234", "query": {"totalBytesProcessed": "1234", "statementType": "SELECT"}}}`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("BIGQUERY_EMULATOR_HOST", server.URL)
	p, _ := openProject(t)
	w := worker(t, p, map[string]http.HandlerFunc{"coordinator": http.NotFound})
	m := p.Manifest.Model("story_days")
	n, err := w.Estimate(t.Context(), m, day("2026-11-21"), nil)
	if n != 1234 || err != nil {
		t.Fatalf("%d, %v; want 1234", n, err)
	}
	query := job.Configuration.Query
	if !job.Configuration.DryRun || job.JobReference.Location != "europe-west2" || query.Query != m.SQL[manifest.BigQuery].Stage {
		t.Errorf("asked for %+v", job)
	}
	if len(query.QueryParameters) == 0 || query.QueryParameters[0].ParameterValue.Value != "2026-11-21" {
		t.Errorf("parameters %+v", query.QueryParameters)
	}
}
