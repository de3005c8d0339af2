package drops

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/functions/drops/dropstest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// codes returns the codes of the refusals of the months that are refused, by month.
func (d *desk) codes() map[string]string {
	d.t.Helper()
	codes := map[string]string{}
	for month, failure := range d.failing() {
		for _, r := range failure.Refusals {
			codes[month.String()] = strings.TrimSpace(codes[month.String()] + " " + r.Code)
		}
	}
	return codes
}

// The clock of the fake Cloud Storage is the real one, so the running month is one that has not ended.
func TestAMonthThatHasNotEndedIsLoadedOnlyIfAPersonAcceptsIt(t *testing.T) {
	d := newDesk(t)
	running := partition.Month(time.Now())
	name := fmt.Sprintf("drops/medium/%s/stories.json", running)
	generation := d.put(name, broken(""), nil)
	for range 2 { // the message is delivered again
		d.clock = d.clock.Add(time.Minute)
		if status, answer := d.Post(push(bucketOfTests, name, generation)); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, answer)
		}
	}
	d.Untouched(t)
	want := fmt.Sprintf("log ERROR %s early not loaded\nlog WARNING %[1]s early not loaded\n", running)
	if got := d.warnings(); got != want {
		t.Errorf("the log has\n%swant\n%s", got, want)
	}
	body := fmt.Sprintf(`{"partition":%q}`, running)
	status, answer := d.Post(body)
	if fix := fmt.Sprintf("load --source drops --month %s --accept", running); status != http.StatusUnprocessableEntity ||
		!strings.Contains(answer, fix) || !strings.Contains(answer, name) {
		t.Errorf("%d %s", status, answer)
	}
	d.Untouched(t)

	d.clock = d.clock.Add(time.Minute)
	d.Load(t, fmt.Sprintf(`{"partition":%q,"accept":true,"by":"ada@laptop","reason":"I need it today"}`, running))
	events := d.Events()
	if len(events) != 1 || events[0].Accepted == nil || events[0].Accepted.By != "ada@laptop" ||
		!strings.HasSuffix(events[0].LoadID, event.AcceptedSuffix) {
		t.Fatalf("published %+v", events)
	}
	if rows := d.Rows(storiesTable, running.String()); len(rows) != 1 || len(d.codes()) > 0 {
		t.Errorf("rows %v, refused %v", rows, d.codes())
	}

	d.clock = d.clock.Add(time.Minute) // the same rows stay accepted; others do not
	if status, answer := d.Post(push(bucketOfTests, name, generation)); status != http.StatusNoContent || len(d.codes()) > 0 {
		t.Errorf("the same file again: %d %s, refused %v", status, answer, d.codes())
	}
	if again := d.Events()[1]; again.Accepted == nil || again.Tables[0].Digest != events[0].Tables[0].Digest {
		t.Errorf("the same file again: published %+v", again)
	}
	d.drop(name, stats(`{"postId":"a1","views":11,"reads":4}`, ""))
	if len(d.Events()) != 2 || d.codes()[running.String()] != codeEarly {
		t.Errorf("another file: %d events, refused %v", len(d.Events()), d.codes())
	}
}

func TestOneMonthOfAFileIsRefusedAndTheOthersAreLoaded(t *testing.T) {
	d := newDesk(t)
	running := partition.Month(time.Now())
	var amounts []string
	for _, month := range []partition.Partition{running, march, march.Add(-1)} {
		amounts = append(amounts, fmt.Sprintf(`{"periodStartedAt":%d,"amount":5,"post":{"id":"a1"}}`, month.Start().UnixMilli()))
	}
	d.drop("drops/medium/earnings.json", fmt.Appendf(nil, `{"payload":{"userId":"u","postAmounts":[%s]}}`,
		strings.Join(amounts, ",")))
	if got := d.codes(); len(d.Events()) != 2 || len(got) != 1 || got[running.String()] != codeEarly {
		t.Errorf("%d events, want 2; refused %v, want the running month", len(d.Events()), got)
	}
}

// Whatever the order and the number of pages, the month is loaded exactly when all of them are there.
func TestTheLastMissingPageLoadsTheMonth(t *testing.T) {
	pages := dropstest.StoryStats(creator.New(7), march, 6)
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for _, dropped := range [][]int{{1, 0}, {0}, {1}} { // before the last page
		d := newDesk(t)
		for _, n := range dropped {
			d.drop(fmt.Sprintf("drops/medium/2025-03/%d.json", n), pages[n])
		}
		d.Untouched(t)
		if got := d.codes(); got["2025-03"] != codePages {
			t.Errorf("pages %v: refused %v", dropped, got)
		}
		d.drop("drops/medium/2025-03/last.json", pages[len(pages)-1])
		if len(d.Events()) != 1 || len(d.codes()) > 0 {
			t.Errorf("pages %v and the last: %d events, refused %v", dropped, len(d.Events()), d.codes())
		}
	}
}

func TestALoadKeepsWhoseDataItIs(t *testing.T) {
	for name, file := range map[string][]byte{
		"drops/medium/2025-03/stories.json":  stats(`{"postId":"a1","views":1,"reads":0,"creatorId":"u"},{"postId":"a2","views":1,"reads":0}`, ""),
		"drops/medium/2025-03/graphql.json":  []byte(`{"data":{"user":{"id":"u","postsConnection":{"edges":[{"node":{"id":"a1","totalStats":{"views":1,"reads":1}}}]}}}}`),
		"drops/medium/2025-03/earnings.json": []byte(`{"payload":{"userId":"u","postAmounts":[{"periodStartedAt":1740787200000,"amount":5,"post":{"id":"a1"}}]}}`),
	} {
		d := newDesk(t)
		d.drop(name, file)
		if got := d.newest(march).Account; len(got) != 1 || got["user_id"] != "u" {
			t.Errorf("%s: account %v", name, got)
		}
	}
}

// A row that no warehouse takes is found before it is staged, so that later files of its month are loaded.
func TestARowThatNoWarehouseTakesIsQuarantined(t *testing.T) {
	for name, row := range map[string]string{
		"title": fmt.Sprintf(`{"postId":"a1","views":1,"reads":0,"title":%q}`, strings.Repeat("x", 2_000_000)),
		"year":  `{"postId":"a1","views":1,"reads":0,"createdAt":"9999-12-31T23:59:59-01:00"}`,
		"old":   `{"postId":"a1","views":1,"reads":0,"createdAt":"0001-02-01 00:00:00"}`,
	} {
		d := newDesk(t)
		d.drop("drops/medium/2025-03/"+name+".json", stats(row, ""))
		d.Untouched(t)
		if len(d.quarantined()) != 1 || len(d.codes()) > 0 {
			t.Errorf("%s: in quarantine %v, refused %v", name, d.quarantined(), d.codes())
		}
		d.drop("drops/medium/2025-03/good.json", broken(""))
		if rows := d.Rows(storiesTable, "2025-03"); len(rows) != 1 {
			t.Errorf("%s: %d rows of the good file", name, len(rows))
		}
	}
}

// picky is a warehouse that refuses rows with a word, whatever their schema says.
type picky struct {
	warehouse.Driver
	d *desk
}

func (p picky) Submit(ctx context.Context, job warehouse.Job) error {
	if job.Load != nil {
		for row, err := range p.d.staged(job) {
			if err != nil {
				return err
			}
			if strings.Contains(string(row), "unloadable") {
				return &warehouse.JobError{ID: job.ID, Reason: "invalid", Message: "Error while reading data"}
			}
		}
	}
	return p.Driver.Submit(ctx, job)
}

func TestAFileThatTheWarehouseRefusesDoesNotKeepOthersOut(t *testing.T) {
	const month = "drops/medium/2025-03/"
	good, bad := broken(""), stats(`{"postId":"z1","title":"unloadable","views":1,"reads":0}`, "")
	later := stats(`{"postId":"b1","views":1,"reads":0}`, "")
	for name, files := range map[string][][]byte{"first": {bad, good, later}, "second": {good, bad, later}, "last": {good, later, bad}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.Deps.Warehouse = picky{d.Deps.Warehouse, d}
			d.serve()
			for n, file := range files {
				d.drop(fmt.Sprintf("%s%d.json", month, n), file)
			}
			if rows := d.Rows(storiesTable, "2025-03"); len(rows) != 2 || strings.Contains(strings.Join(rows, ""), "z1") {
				t.Errorf("rows %v, want those of the good files", rows)
			}
			q := d.quarantined()
			if len(q) != 1 || !strings.Contains(q[0].Reason, "the warehouse refuses its rows") || len(d.codes()) > 0 {
				t.Errorf("in quarantine %+v, refused %v", q, d.codes())
			}
			d.clock = d.clock.Add(time.Minute)
			d.Load(t, `{"partition":"2025-03"}`)

			n := slices.IndexFunc(files, func(f []byte) bool { return slices.Equal(f, bad) })
			d.drop(fmt.Sprintf("%s%d.json", month, n), stats(`{"postId":"z1","title":"right","views":1,"reads":0}`, ""))
			if rows := d.Rows(storiesTable, "2025-03"); len(rows) != 3 {
				t.Errorf("rows %v, want the corrected one too", rows)
			}
		})
	}
}

func TestALongNameIsShortenedInQuarantine(t *testing.T) {
	d := newDesk(t)
	folder := strings.Repeat("f", 200)
	for _, name := range []string{
		"drops/medium/" + strings.Repeat("n", 248) + ".json", "drops/medium/" + strings.Repeat("é", 120) + ".json",
		"drops/" + strings.Repeat(folder+"/", 4) + strings.Repeat("n", 180) + ".json",
		"drops/" + strings.Repeat(folder+"/", 5) + "a/b/c.json", // 1,021 bytes
	} {
		d.drop(name, broken(notJSON))
		copied := QuarantineName(name)
		if base := copied[strings.LastIndex(copied, "/")+1:]; len(copied+reasonSuffix) > 1024 || len(base+reasonSuffix) > 255 {
			t.Errorf("%d bytes, the last part %d: %s", len(copied), len(base), copied)
		}
		if len(d.read(copied)) == 0 || !strings.Contains(string(d.read(copied+reasonSuffix)), "not JSON") {
			t.Errorf("%s is not in quarantine with its reason", copied)
		}
	}
	if n := len(d.quarantined()); n != 4 {
		t.Errorf("%d files in quarantine", n)
	}
	if a, b := QuarantineName("drops/"+folder+"1.json"), QuarantineName("drops/"+folder+"2.json"); a == b {
		t.Error("two files have one name in quarantine")
	}
}

func TestDoubts(t *testing.T) {
	day := func(text string) time.Time { return partition.MustParse(text).Start() }
	file := func(object string, created string, ids ...string) drop {
		d := drop{file: file{object: object, created: day(created), generation: day(created).Unix()}, table: storiesTable,
			shape: storyStats, folder: folderOf(object), months: map[partition.Partition][]row{}}
		for _, id := range ids {
			d.months[march] = append(d.months[march], row{id, schema.Row{"object": object, "views": int64(7), "reads": int64(1)}})
		}
		return d
	}
	early := file("drops/medium/early.json", "2025-03-28", "a", "b")
	late := file("drops/medium/late.json", "2025-04-02", "a", "b")
	half := file("drops/medium/half.json", "2025-04-02", "a")
	for name, tc := range map[string]struct {
		drops []drop
		want  string
	}{
		"after its end":                         {[]drop{late}, ""},
		"at its end":                            {[]drop{file("drops/medium/x.json", "2025-04-01", "a")}, ""},
		"before its end":                        {[]drop{early}, "early"},
		"replaced after its end":                {[]drop{early, late}, ""},
		"replaced in part":                      {[]drop{early, half}, "early"},
		"in two folders, with the same stories": {[]drop{late, file("drops/other/x.json", "2025-04-03", "a", "b")}, ""},
		"in two folders, with fewer":            {[]drop{late, file("drops/other/x.json", "2025-04-03", "b")}, "place"},
	} {
		var codes []string
		for _, r := range assemble(tc.drops, storiesTable, march).doubts(tc.drops) {
			codes = append(codes, r.Code)
			if r.Reason == "" || r.Table != "raw."+storiesTable || r.Partition != march {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if got := strings.Join(codes, " "); got != tc.want {
			t.Errorf("%s: refused %q, want %q", name, got, tc.want)
		}
	}
}
