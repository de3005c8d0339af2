package medium

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// diary is one author's source whose runs follow one another.
type diary struct {
	*sourcetest.Rig
	fake  *mediumtest.Server
	clock time.Time
	asked []time.Time // of each request
}

func newDiary(t testing.TB, author mediumtest.Author, change func(*Config)) *diary {
	t.Helper()
	d := &diary{fake: mediumtest.New(author)}
	cfg := Config{
		URL: "http://127.0.0.1", Username: creator.Username, SID: mediumtest.SID, UID: mediumtest.UID,
		transport: upstreamtest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d.asked = append(d.asked, time.Now())
			d.fake.ServeHTTP(w, r)
		})),
	}
	if change != nil {
		change(&cfg)
	}
	src, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d.Rig = sourcetest.Run(t, src, asOf)
	d.Deps.Now = func() time.Time { return d.clock }
	d.ServeSource(t, src)
	return d
}

// reply is what a run answers.
type reply struct {
	Status   int
	Error    string          `json:"error"`
	Hint     string          `json:"hint"`
	Retry    bool            `json:"retry"`
	Refusals []stage.Refusal `json:"refusals"`
}

// run asks for a day on the morning after the day today.
func (d *diary) run(t testing.TB, day, today partition.Partition) (a reply) {
	t.Helper()
	d.tick(today)
	return d.post(t, fmt.Sprintf(`{"partition":%q}`, day))
}

// accept accepts what was refused of a day.
func (d *diary) accept(t testing.TB, day partition.Partition) {
	t.Helper()
	d.tick(day)
	if a := d.post(t, fmt.Sprintf(`{"partition":%q,"accept":true,"by":"ada","reason":"so it is"}`, day)); a.Status != http.StatusOK {
		t.Fatalf("accept %s: %d %s", day, a.Status, a.Error)
	}
}

// tick sets the clock to the morning after a day or, if it is later already, a minute on.
func (d *diary) tick(today partition.Partition) {
	at := today.End().Add(7*time.Hour + 30*time.Minute)
	if !d.clock.Before(at) {
		at = d.clock.Add(time.Minute)
	}
	d.clock = at
	d.fake.SetNow(at)
}

func (d *diary) post(t testing.TB, body string) (a reply) {
	t.Helper()
	status, body := d.Post(body)
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	a.Status = status
	return a
}

// load runs a day that must be loaded.
func (d *diary) load(t testing.TB, day, today partition.Partition) {
	t.Helper()
	if a := d.run(t, day, today); a.Status != http.StatusOK {
		t.Fatalf("%s on the morning after %s: %d %s", day, today, a.Status, a.Error)
	}
}

// sums returns the rows of a day in raw, their viewers, and their earnings in dollars.
func (d *diary) sums(t testing.TB, day partition.Partition) string {
	t.Helper()
	var viewers, readers int64
	var cents float64
	rows := d.Rows(daysTable, day.String())
	for _, line := range rows {
		var row struct {
			Viewers, Readers int64
			Cents            float64 `json:"earnings_cents,string"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		viewers += row.Viewers
		readers += row.Readers
		cents += row.Cents
	}
	return fmt.Sprintf("%d rows, %d viewers, %.3f USD", len(rows), viewers, cents/100)
}
