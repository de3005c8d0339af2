package drops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/rollcall/functions/drops/dropstest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// Each folder of testdata/scenarios is one scenario. Its folders 1, 2, … hold the files to drop, in this order.
// want.txt holds the resulting tables, the quarantine, the months that are refused in the end, and what was logged as a
// warning or an error.
func TestScenarios(t *testing.T) {
	scenarios, err := filepath.Glob("testdata/scenarios/*")
	if err != nil || len(scenarios) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, dir := range scenarios {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			d := newDesk(t)
			err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() || filepath.Base(path) == "want.txt" {
					return err
				}
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				_, name, _ := strings.Cut(strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(dir)+"/"), "/")
				d.drop(name, data)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, table := range []string{storiesTable, earningsTable} {
				for month := range partition.Range(partition.MustParse("2025-01"), partition.MustParse("2025-12")) {
					for _, row := range d.Rows(table, month.String()) {
						fmt.Fprintf(&got, "%s %s\n", table, row)
					}
				}
			}
			for _, why := range d.quarantined() {
				fmt.Fprintf(&got, "quarantine %s\n  reason: %s\n  hint:   %s\n", why.Object, why.Reason, why.Hint)
				if why.Generation == 0 || !why.When.After(asOf) || why.Hint == "" {
					t.Errorf("the reason is not whole: %+v", why)
				}
			}
			for month, failure := range d.failing() {
				fmt.Fprintf(&got, "failed %s\n", month)
				for _, r := range failure.Refusals {
					fmt.Fprintf(&got, "  %s %s: %s\n", r.Code, r.Table, r.Reason)
				}
				if failure.Load == nil || failure.Hint == "" {
					t.Errorf("%s cannot be accepted: %+v", month, failure)
				}
			}
			fmt.Fprintf(&got, "events %d\n%s", len(d.Events()), d.warnings())
			golden.Compare(t, filepath.Join(dir, "want.txt"), got.String())
		})
	}
}

// The tables hold a creator's month, for every shape of file and every page size.
func TestACreatorsMonth(t *testing.T) {
	c := creator.New(7)
	d := newDesk(t)
	for i, page := range dropstest.StoryStats(c, march, 5) {
		d.drop(fmt.Sprintf("drops/medium/2025-03/stories-%d.json", i+1), page)
	}
	d.drop("drops/medium/earnings.json", dropstest.Earnings(c, march))
	want, earning := 0, 0
	for _, m := range c.Download(march) {
		if want++; m.Earned != 0 {
			earning++
		}
	}
	if got := len(d.Rows(storiesTable, "2025-03")); got != want || want < 10 {
		t.Errorf("%d stories, want %d", got, want)
	}
	if got := len(d.Rows(earningsTable, "2025-03")); got != earning || earning < 5 {
		t.Errorf("%d earning stories, want %d", got, earning)
	}
	if n := strings.Count(d.Log(), "and the last page was not dropped"); n < 2 || len(d.Events()) != 2 {
		t.Errorf("%d refusals in the log, %d events; want all pages but the last refused, and two loads", n, len(d.Events()))
	}
	d.drop("drops/medium/2025-03/graphql.json", copiedAnswer(c, march))
	rows := d.Rows(storiesTable, "2025-03")
	if len(rows) != want || !strings.Contains(rows[0], `"shape":"graphql"`) {
		t.Errorf("after the newer GraphQL answer: %d stories, want %d; the first: %s", len(rows), want, rows[0])
	}
}

// A table depends only on the files in the bucket, not on the order, the number or the delay of the notifications.
func TestNotificationsMayArriveInAnyOrderAndTwice(t *testing.T) {
	c := creator.New(7)
	d := newDesk(t)
	var news []string
	for i, page := range dropstest.StoryStats(c, march, 4) {
		name := fmt.Sprintf("drops/medium/2025-03/%d.json", i)
		news = append(news, push(bucketOfTests, name, d.put(name, page, nil)))
	}
	slices.Reverse(news)
	for _, n := range append(news, news[1], news[0], news[1]) {
		if status, answer := d.Post(n); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, answer)
		}
	}
	if got, want := len(d.Rows(storiesTable, "2025-03")), len(c.Download(march)); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	events := d.Events()
	for _, e := range events {
		if e.Tables[0].Digest != events[0].Tables[0].Digest {
			t.Error("deliveries that change nothing gave another digest")
		}
	}
}

func TestAFileThatArrivesDuringALoadIsLoaded(t *testing.T) {
	d := newDesk(t)
	publish := d.Deps.Publish
	arrived := false
	d.Deps.Publish = func(ctx context.Context, e event.Event) error {
		if !arrived { // another instance loads the second file meanwhile, and its load ends first
			arrived = true
			d.put("drops/medium/2025-03/2.json", stats(`{"postId":"b1","views":1,"reads":0}`, ""), nil)
		}
		return publish(ctx, e)
	}
	d.serve()
	d.drop("drops/medium/2025-03/1.json", broken(""))
	if got := len(d.Rows(storiesTable, "2025-03")); got != 2 || len(d.Events()) != 2 {
		t.Errorf("%d rows after %d events, want those of both files", got, len(d.Events()))
	}
}

func TestBrokenFilesAreQuarantinedAndTheOthersLoaded(t *testing.T) {
	d := newDesk(t)
	d.drop("drops/medium/2025-03/good.json", broken(""))
	before := d.Rows(storiesTable, "2025-03")
	for _, f := range failures {
		d.drop(fmt.Sprintf("drops/medium/2025-03/%s.json", f), broken(f))
	}
	var got strings.Builder
	for _, why := range d.quarantined() {
		fmt.Fprintf(&got, "%s\n  reason: %s\n  hint:   %s\n", filepath.Base(why.Object), why.Reason, why.Hint)
	}
	golden.Compare(t, "testdata/broken.golden", got.String())
	if n := len(d.Events()); n != 1 || !slices.Equal(before, d.Rows(storiesTable, "2025-03")) {
		t.Errorf("%d events, want only the good file's, and its rows", n)
	}
	if status, answer := d.Post(`{"partition":"2025-03"}`); status != http.StatusOK {
		t.Errorf("the month cannot be loaded by hand beside broken files: %d %s", status, answer)
	}
}

func TestMetadataOverridesTheMonthOfTheName(t *testing.T) {
	d := newDesk(t)
	for _, month := range []string{"2025-02", " 2025-03 "} {
		generation := d.put("drops/medium/stories 2025-01.json", broken(""), map[string]string{"month": month})
		if status, answer := d.Post(push(bucketOfTests, "drops/medium/stories 2025-01.json", generation)); status != 204 {
			t.Fatalf("%d %s", status, answer)
		}
		if rows := d.Rows(storiesTable, strings.TrimSpace(month)); len(rows) != 1 {
			t.Errorf("metadata %q: %d rows", month, len(rows))
		}
	}
	generation := d.put("drops/medium/2025-01.json", broken(""), map[string]string{"month": "January"})
	d.Post(push(bucketOfTests, "drops/medium/2025-01.json", generation))
	if q := d.quarantined(); len(q) != 1 || !strings.Contains(q[0].Reason, "January") {
		t.Errorf("quarantine holds %+v", q)
	}
}

func TestARequestLoadsAMonthAgain(t *testing.T) {
	d := newDesk(t)
	c := creator.New(7)
	d.put("drops/medium/2025-03/stories.json", copiedAnswer(c, march), nil)
	d.put("drops/medium/earnings.json", dropstest.Earnings(c, march), nil)
	for _, body := range []string{"", "{}", `{"partition":"2025-03"}`} {
		d.Load(t, body)
	}
	events := d.Events()
	if len(events) != 3 || len(events[0].Tables) != 2 {
		t.Errorf("published %v, want three events of both tables", events)
	}
	for body, want := range map[string]int{
		`{"partition":"2025-01"}`:    http.StatusUnprocessableEntity, // nothing was dropped
		`{"partition":"2025-03-01"}`: http.StatusBadRequest,
		`{"partition":"march"}`:      http.StatusBadRequest,
		`{"messages":[]}`:            http.StatusBadRequest,
		`not JSON`:                   http.StatusBadRequest,
		`{"message":{}}`:             http.StatusBadRequest, // no envelope of Pub/Sub's
		`{"message":7}`:              http.StatusBadRequest,
	} {
		status, answer := d.Post(body)
		if status != want {
			t.Errorf("%s: %d %s; want %d", body, status, answer, want)
		}
		if want == http.StatusUnprocessableEntity && !strings.Contains(answer, "gs://drops-bucket/drops/medium/2025-01/") {
			t.Errorf("%s: %s does not say where to drop a file", body, answer)
		}
	}
	if len(d.Events()) != 3 {
		t.Error("a refused request published an event")
	}
}

func TestOtherObjectsAreAcknowledgedAndIgnored(t *testing.T) {
	d := newDesk(t)
	d.put("drops/medium/2025-03/stories.json", broken(""), nil)
	push := func(bucket, name string) string { return push(bucket, name, 1) }
	for name, body := range map[string]string{
		"another bucket":         push("elsewhere", "drops/medium/2025-03/stories.json"),
		"another folder":         push(bucketOfTests, "quarantine/drops/medium/2025-03/stories.json"),
		"a folder":               push(bucketOfTests, "drops/medium/2025-04/"),
		"gone":                   push(bucketOfTests, "drops/medium/2025-03/gone.json"),
		"a deletion":             strings.Replace(push(bucketOfTests, "drops/medium/2025-03/stories.json"), "OBJECT_FINALIZE", "OBJECT_DELETE", 1),
		"a message of something": `{"message":{"messageId":"1","data":"aGVsbG8="},"subscription":"s"}`,
	} {
		if status, answer := d.Post(body); status != http.StatusNoContent {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	d.Untouched(t)
	if len(d.quarantined()) != 0 || strings.Count(d.Log(), "ignored") != 6 || d.warnings() != "" {
		t.Errorf("quarantine holds %v; the log:\n%s", d.quarantined(), d.Log())
	}
}

// A person who has misnamed a file learns it from the log.
func TestAMisplacedFileIsIgnoredWithAWarning(t *testing.T) {
	for _, name := range []string{"drops/2025-03.json", "drops/medium/2025-03/stories.txt", "medium/2025-03.json", "2025-03.json"} {
		d := newDesk(t)
		d.drop(name, broken(""))
		d.Untouched(t)
		if got, want := d.warnings(), "log WARNING "+name+" ignored: no file with such a name is read\n"; got != want ||
			!strings.Contains(d.Log(), "as in drops/medium/2026-10/stories.json") {
			t.Errorf("%s: the log has %s", name, d.Log())
		}
	}
}

func TestTemporaryErrorsRequestAnotherDelivery(t *testing.T) {
	d := newDesk(t)
	generation := d.put("drops/medium/2025-03/stories.json", broken(""), nil)
	push := push(bucketOfTests, "drops/medium/2025-03/stories.json", generation)

	d.Deps.Warehouse = away{d.Deps.Warehouse}
	d.serve()
	if status, answer := d.Post(push); status != http.StatusServiceUnavailable {
		t.Errorf("the warehouse is away: %d %s", status, answer)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // as if Cloud Storage did not answer in time
	h, err := Handler(Config{Bucket: bucketOfTests}, d.bucket, d.Deps)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(push)))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("the storage is away: %d %s", w.Code, w.Body)
	}
	if len(d.Events()) != 0 || len(d.quarantined()) != 0 {
		t.Error("a temporary failure set the file aside, or published an event")
	}
}

type away struct{ warehouse.Driver }

func (away) Submit(context.Context, warehouse.Job) error { return errors.New("connection refused") }

func TestConfig(t *testing.T) {
	for bucket, ok := range map[string]bool{"rollcall-drops": true, "": false, "gs://rollcall-drops": false, "rollcall-drops/medium": false, "ab": false} {
		if _, err := New(Config{Bucket: bucket}, nil); (err == nil) != ok {
			t.Errorf("bucket %q: %v, want it to be fine: %t", bucket, err, ok)
		}
	}
}
