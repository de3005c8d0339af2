package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/sethvargo/go-envconfig"
	"google.golang.org/protobuf/types/known/durationpb"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/functions/kit/kittest"
	"example.com/rollcall/scripts/internal/deployment/gcp"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// programs holds packaged functions, built as by the buildpack, by name.
type programs map[string]program

type program struct{ binary, entryPoint string }

// buildPrograms packages and builds some functions.
func buildPrograms(t *testing.T, names ...string) programs {
	t.Helper()
	dir := t.TempDir()
	if status, err := pack(t.Context(), projectRoot, Flags{Out: dir, Only: names}, io.Discard); err != nil || status != 0 {
		t.Fatalf("status %d, error %v", status, err)
	}
	packages, err := readIndex(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := programs{}
	for name, e := range packages {
		binary, _ := buildAsTheBuildpackDoes(t, filepath.Join(dir, e.File), e.BuildEnvironment)
		list[name] = program{binary, e.EntryPoints[0]}
	}
	return list
}

// deployed runs Rollcall as deployed, on this machine: the packaged programs of Kit and of the coordinator as processes, with
// Google's emulator of Pub/Sub and fakes of Cloud Storage, BigQuery and Kit, all on 127.0.0.1.
type deployed struct {
	t        *testing.T
	programs programs
	project  string   // a new one for each; the emulator accepts any
	env      []string // of every program

	pubsub   *pubsub.Client
	storage  *storage.Client
	bigquery *bigQuery
	kit      *kittest.Server

	gate   *gate
	source server // the program of Kit

	coordinator server
}

// deployments counts deployments, to name their projects.
var deployments atomic.Int32

// day is the day that the tests load: a source believes a schedule's time for two days.
var day = partition.Day(time.Now()).Add(-2)

// deploy creates topics, subscriptions and buckets as terraform does, but with short waits, and starts the programs.
func deploy(t *testing.T, c cloud, p programs) *deployed {
	t.Helper()
	d := &deployed{t: t, programs: p, project: fmt.Sprintf("demo-mart-%d", deployments.Add(1)), gate: newGate(t)}
	bucket := map[string]string{}
	for _, name := range []string{"staging", "ledger", "drops"} {
		bucket[name] = d.project + "-rollcall-" + name
		c.buckets.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket[name]})
	}
	var err, perr error
	d.storage, err = storage.NewClient(context.Background(), storage.WithJSONReads())
	d.pubsub, perr = pubsub.NewClient(context.Background(), d.project)
	if err := errors.Join(err, perr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.storage.Close(), d.pubsub.Close()); err != nil {
			t.Error(err)
		}
	})
	d.bigquery = openBigQuery(t, d.project, d.storage)
	d.kit = kittest.New(creator.New(1))
	kitURL, err := upstreamtest.Listen(t.Context(), d.kit)
	if err != nil {
		t.Fatal(err)
	}
	d.env = append(d.bigquery.env(),
		"PUBSUB_EMULATOR_HOST="+c.pubsub, "STORAGE_EMULATOR_HOST="+c.storage,
		"GOOGLE_CLOUD_PROJECT="+d.project, "BIGQUERY_LOCATION="+emulatedRegion, "EVENTS_TOPIC=loaded",
		"STAGING_BUCKET="+bucket["staging"], "LEDGER_BUCKET="+bucket["ledger"], "DEAD_LETTER_TOPIC=dead-letter",
		"DEADLINE=2s", "LEASE=3s", "PIPELINE_SOURCE="+sourcetest.Setting(t, "kit"),
		"KIT_URL="+kitURL+"/v4", "KIT_API_KEY="+kittest.Key, "KIT_INTERVAL=0s", "KIT_RETRY_WAIT=20ms",
	)
	d.subscribe()
	d.startCoordinator()
	d.source = d.start("kit")
	return d
}

// cloud holds the services that all deployments of a test share.
type cloud struct {
	pubsub, storage string // addresses
	buckets         *fakestorage.Server
}

// startCloud starts the services until the test ends, and lets this process connect to them.
func startCloud(t *testing.T) cloud {
	t.Helper()
	c := cloud{pubsub: startEmulator(t), storage: freeAddress(t)}
	_, port, _ := net.SplitHostPort(c.storage)
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	c.buckets, err = fakestorage.NewServerWithOptions(fakestorage.Options{
		Scheme: "http", Host: "127.0.0.1", Port: uint16(n), PublicHost: c.storage, Writer: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.buckets.Stop)
	t.Setenv("PUBSUB_EMULATOR_HOST", c.pubsub)
	t.Setenv("STORAGE_EMULATOR_HOST", c.storage)
	return c
}

// subscribe creates the subscriptions of terraform/pubsub.tf. The emulator allows no wait below a second and at least five attempts.
func (d *deployed) subscribe() {
	d.t.Helper()
	ctx := d.t.Context()
	path := func(kind, name string) string { return fmt.Sprintf("projects/%s/%s/%s", d.project, kind, name) }
	for _, name := range []string{"loaded", "dead-letter"} {
		if _, err := d.pubsub.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{
			Name: path("topics", name), MessageRetentionDuration: durationpb.New(31 * 24 * time.Hour),
		}); err != nil {
			d.t.Fatal(err)
		}
	}
	for _, s := range []*pubsubpb.Subscription{
		{
			Name: path("subscriptions", "coordinator"), Topic: path("topics", "loaded"), AckDeadlineSeconds: 600,
			PushConfig:       &pubsubpb.PushConfig{PushEndpoint: d.gate.url},
			RetryPolicy:      &pubsubpb.RetryPolicy{MinimumBackoff: durationpb.New(time.Second), MaximumBackoff: durationpb.New(time.Second)},
			DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: path("topics", "dead-letter"), MaxDeliveryAttempts: 5},
		},
		{Name: path("subscriptions", "dead-letter"), Topic: path("topics", "dead-letter")},
	} {
		if _, err := d.pubsub.SubscriptionAdminClient.CreateSubscription(ctx, s); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *deployed) start(name string) server {
	d.t.Helper()
	return start(d.t, d.programs[name].binary, d.programs[name].entryPoint, d.env)
}

// startCoordinator starts a new coordinator in place of the previous one, if any.
func (d *deployed) startCoordinator() {
	d.t.Helper()
	d.coordinator = d.start("coordinator")
	d.gate.lead(d.coordinator)
}

// publish publishes a message this many times.
func (d *deployed) publish(data []byte, times int) {
	d.t.Helper()
	topic := d.pubsub.Publisher(d.setting("EVENTS_TOPIC"))
	defer topic.Stop()
	for range times {
		if _, err := topic.Publish(d.t.Context(), &pubsub.Message{Data: data}).Get(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
	}
}

// again publishes every delivered event once more.
func (d *deployed) again(keep func(p pushed) bool) {
	d.t.Helper()
	seen := map[string]bool{}
	for _, p := range d.gate.deliveries() {
		if !keep(p) || seen[p.message] {
			continue
		}
		seen[p.message] = true
		data, err := p.event.Encode()
		if err != nil {
			d.t.Fatal(err)
		}
		d.publish(data, 1)
	}
}

// seek sets the coordinator's subscription back, as rollcall replay does in a project.
func (d *deployed) seek(to time.Time) {
	d.t.Helper()
	p, err := gcp.Open(d.t.Context(), d.project, envconfig.MapLookuper(nil))
	if err != nil {
		d.t.Fatal(err)
	}
	w := p.Work(time.Now)
	if err := errors.Join(w.Seek(d.t.Context(), to), w.Close(), p.Close()); err != nil {
		d.t.Fatal(err)
	}
}

// command returns the output of a subcommand of rollcall for the project.
func (d *deployed) command(name string, args ...string) string {
	d.t.Helper()
	binary := filepath.Join(d.t.TempDir(), name)
	build := exec.CommandContext(d.t.Context(), "go", "build", "-o", binary, "./scripts/rollcall")
	build.Dir = projectRoot
	if out, err := build.CombinedOutput(); err != nil {
		d.t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(d.t.Context(), binary, append(append([]string{name}, args...), "--project", d.project)...)
	cmd.Env = slices.Concat(os.Environ(), d.env, []string{"NO_COLOR=1"})
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 3) { // other sources are missing
		d.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// startSweep starts the coordinator's other entry point, and lets commands find it.
func (d *deployed) startSweep() {
	d.t.Helper()
	env := append(settings(d.t), d.env...) // the last of two settings wins
	sweep := start(d.t, d.programs["coordinator"].binary, "Sweep", env)
	d.env = append(d.env, fmt.Sprintf(`FUNCTION_URLS={"sweep":%q}`, sweep.url))
}

// setting holds the environment of the programs.
func (d *deployed) setting(name string) string {
	for _, setting := range d.env {
		if value, ok := strings.CutPrefix(setting, name+"="); ok {
			return value
		}
	}
	d.t.Fatalf("no setting %s", name)
	return ""
}

// load calls the packaged function for a day, as Cloud Scheduler does, with Kit's data of a given time.
func (d *deployed) load(at time.Time) {
	d.t.Helper()
	d.kit.SetNow(at)
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.source.url, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("X-CloudScheduler-ScheduleTime", at.Format(time.RFC3339))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		d.t.Fatalf("kit answers %s: %s, %v; its log:\n%s", resp.Status, answer, err, d.source.log)
	}
}

// until waits for an effect of other processes.
func (d *deployed) until(what string, done func() bool) {
	d.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !done(); <-tick.C {
		if time.Since(began) > time.Minute {
			d.t.Fatalf("timeout: waited until %s; deliveries:\n%v\nthe coordinator's log:\n%s", what, d.gate.deliveries(), d.coordinator.log)
		}
	}
}

// kitModels lists the models that read only Kit.
var kitModels = []string{"subscriber_growth", "subscriber_sources"}

// runs returns the records of the day's runs of a model, oldest first.
func (d *deployed) runs(model string) (list []ledger.Run) {
	d.t.Helper()
	l := ledger.New(ledger.NewBucket(d.storage, d.setting("LEDGER_BUCKET")), "reader")
	var v ledger.View
	if err := l.List(d.t.Context(), &v, []partition.Partition{day}); err != nil {
		d.t.Fatal(err)
	}
	log := ledger.LogOf(&manifest.Model{Name: model}, day)
	for seq := 1; seq <= v.Seq(log); seq++ {
		run, err := l.ReadRun(d.t.Context(), log, seq)
		if err != nil {
			d.t.Fatal(err)
		}
		list = append(list, run)
	}
	return list
}

// published reports whether both models have been published, this many times.
func (d *deployed) published(times int) bool {
	for _, model := range kitModels {
		if len(d.succeeded(model)) != times {
			return false
		}
	}
	return true
}

func (d *deployed) succeeded(model string) (list []ledger.Run) {
	for _, run := range d.runs(model) {
		if run.State == ledger.Succeeded {
			list = append(list, run)
		}
	}
	return list
}

// expectOnePublicationEach compares the ledger's records with BigQuery's jobs: each fingerprint was published by one job and
// has one record, and nothing else was published.
func (d *deployed) expectOnePublicationEach() {
	d.t.Helper()
	var recorded []string
	for _, m := range models.Load(manifest.DuckDB).Models {
		for _, run := range d.succeeded(m.Name) {
			recorded = append(recorded, fmt.Sprintf("publish_%s_%s_%s_a%d", run.Model, run.Partition, run.Fingerprint[:12], run.Attempt))
		}
	}
	published := d.bigquery.succeeded("publish_")
	slices.Sort(recorded)
	slices.Sort(published)
	if !slices.Equal(recorded, published) || len(recorded) == 0 {
		d.t.Errorf("the ledger has\n  %s\nand BigQuery\n  %s", strings.Join(recorded, "\n  "), strings.Join(published, "\n  "))
	}
	prints := map[string]bool{}
	for _, id := range recorded {
		name := id[:strings.LastIndex(id, "_a")]
		if prints[name] {
			d.t.Errorf("%s was published twice", name)
		}
		prints[name] = true
	}
}

// deadLetters receives messages from the dead-letter subscription until it has this many.
func (d *deployed) deadLetters(n int) (list []*pubsub.Message) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	sub := d.pubsub.Subscriber(d.setting("DEAD_LETTER_TOPIC"))
	sub.ReceiveSettings.NumGoroutines = 1
	sub.ReceiveSettings.MaxOutstandingMessages = 1 // so that the callback is called by one goroutine at a time
	err := sub.Receive(ctx, func(_ context.Context, m *pubsub.Message) {
		m.Ack()
		if list = append(list, m); len(list) == n {
			cancel()
		}
	})
	if err != nil || len(list) != n {
		d.t.Fatalf("%d dead letters, want %d; %v", len(list), n, err)
	}
	return list
}
