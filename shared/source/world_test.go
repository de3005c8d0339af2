package source_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/stage"
)

// world is a source with the one table demo_rows, and a service whose list a test sets.
type world struct {
	*sourcetest.Rig
	t       testing.TB
	src     *source.Source
	section *pipeline.Source
	now     time.Time
	lists   map[partition.Partition]string // what the service lists; see ids
	account map[string]string
	extra   func(out *source.Output, p partition.Partition) error // what the source does besides
}

var rowColumns = schema.Schema{
	{Name: "day", Type: schema.Date, Mode: schema.Required},
	{Name: "id", Type: schema.Int64, Mode: schema.Required},
	{Name: "views", Type: schema.Int64, Mode: schema.Nullable},
	{Name: "note", Type: schema.String, Mode: schema.Nullable},
}

// newWorld declares the source and its table as in pipeline.yaml.
func newWorld(t testing.TB, declared, table string) *world {
	t.Helper()
	section, err := pipeline.ParseSource(fmt.Appendf(nil,
		"demo: {description: d, due: 1d 10:00, %s, tables: {demo_rows: {description: d, %s}}}", declared, table))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Rig: sourcetest.New(t, now, secret), t: t, section: section, lists: map[partition.Partition]string{}}
	w.src = &source.Source{
		Name: "demo", Secrets: []string{secret}, Schemas: map[string]schema.Schema{"demo_rows": rowColumns}, Extract: w.extract,
	}
	w.Deps.Section = section
	w.Deps.Now = func() time.Time {
		w.now = w.now.Add(time.Millisecond) // so that ids of loads sort
		return w.now
	}
	w.ServeSource(t, w.src)
	return w
}

func (w *world) extract(_ context.Context, req source.Request, out *source.Output) error {
	out.Account(w.account)
	for _, p := range req.Window {
		write := func(row schema.Row) error { return out.Write("demo_rows", p, row) }
		if w.section.Tables["demo_rows"].Reads == pipeline.Snapshot {
			if p != req.Partition {
				continue
			}
			write = func(row schema.Row) error { return out.WriteSnapshot("demo_rows", row) }
		}
		for _, row := range rows(w.t, w.lists[p]) {
			if err := write(row); err != nil {
				return err
			}
		}
		if w.extra != nil {
			if err := w.extra(out, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows returns the rows of a list like "1-3 7=20 9": the ids 1, 2, 3, 7 and 9, with 10 views each but 20 for id 7.
func rows(t testing.TB, list string) (rows []schema.Row) {
	t.Helper()
	for word := range strings.FieldsSeq(list) {
		ids, views, set := strings.Cut(word, "=")
		first, last, isRange := strings.Cut(ids, "-")
		if !isRange {
			last = first
		}
		if !set {
			views = "10"
		}
		for id := number(t, first); id <= number(t, last); id++ {
			rows = append(rows, schema.Row{"id": id, "views": number(t, views)})
		}
	}
	return rows
}

func number(t testing.TB, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// answer is the answer to a request.
type answer struct {
	Status   int
	Error    string
	Hint     string
	Retry    bool
	LoadID   string `json:"load_id"`
	Refusals []stage.Refusal
	Accepted *event.Acceptance
	Later    []struct {
		Partition partition.Partition
		LoadID    string `json:"load_id"`
		Accepted  *event.Acceptance
	}
}

// asked sends a body to the function.
func (w *world) asked(body string) (a answer) {
	w.t.Helper()
	status, text := w.Post(body)
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	a.Status = status
	return a
}

// on sets what the service lists for a partition, and asks for it on the morning after it.
func (w *world) on(p, list string) answer {
	w.t.Helper()
	q := partition.MustParse(p)
	w.lists[q] = list
	if morning := q.End().Add(7 * time.Hour); morning.After(w.now) {
		w.now = morning
	}
	return w.asked(fmt.Sprintf(`{"partition":%q}`, p))
}

// accept accepts what was refused.
func (w *world) accept(p string) answer {
	w.t.Helper()
	return w.asked(fmt.Sprintf(`{"partition":%q,"accept":true,"by":"ada@laptop","reason":"cleaned the list"}`, p))
}

// loaded fails the test unless raw holds exactly the rows of a list.
func (w *world) loaded(p, list string) {
	w.t.Helper()
	var want []string
	for _, row := range rows(w.t, list) {
		row["day"] = partition.MustParse(p)
		line, err := rowColumns.Append(nil, row)
		if err != nil {
			w.t.Fatal(err)
		}
		want = append(want, strings.TrimSpace(string(line)))
	}
	slices.Sort(want)
	if got := w.Rows("demo_rows", p); !slices.Equal(got, want) {
		w.t.Errorf("raw has %d rows for %s, want %d (%s):\n%.500s", len(got), p, len(want), list, strings.Join(got, "\n"))
	}
}

// passes fails the test unless an answer is 200.
func (w *world) passes(a answer) answer {
	w.t.Helper()
	if a.Status != http.StatusOK {
		w.t.Fatalf("%d %s", a.Status, a.Error)
	}
	return a
}

// refuses fails the test unless an answer refuses a load for a reason that a person can accept.
func (w *world) refuses(a answer, code, reason string) answer {
	w.t.Helper()
	if a.Status != http.StatusUnprocessableEntity || a.Retry || len(a.Refusals) == 0 || a.Refusals[0].Code != code {
		w.t.Fatalf("%d %+v, want it to be refused by %s", a.Status, a, code)
	}
	if !strings.Contains(a.Error, reason) || !strings.Contains(a.Hint, "rollcall load --source demo --") {
		w.t.Errorf("error %s\nhint %s\nwant %s", a.Error, a.Hint, reason)
	}
	return a
}

func part(text string) partition.Partition { return partition.MustParse(text) }

// failure returns why the newest load of a partition failed.
func (w *world) failure(p string) stage.Failure {
	w.t.Helper()
	attempts, err := stage.Attempts(w.t.Context(), w.Deps.Staging, "demo", part(p), part(p))
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := stage.Failing(attempts)[part(p)].Failure(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// forgetNewestFailure removes the failed.json that was written last.
func (w *world) forgetNewestFailure() {
	w.t.Helper()
	attempts, err := stage.Attempts(w.t.Context(), w.Deps.Staging, "demo", part("2026-11-01"), part("2026-11-30"))
	if err != nil {
		w.t.Fatal(err)
	}
	newest := slices.MaxFunc(attempts, func(a, b stage.Attempt) int { return strings.Compare(a.LoadID, b.LoadID) })
	name := fmt.Sprintf("demo/%s/%s/failed.json", newest.Partition, newest.LoadID)
	if err := w.Deps.Staging.Object(name).Delete(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// forget deletes staged objects, as the bucket's lifecycle does.
func (w *world) forget(prefix, suffix string) {
	w.t.Helper()
	for it := w.Deps.Staging.Objects(w.t.Context(), &storage.Query{Prefix: prefix}); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return
		}
		if err == nil && strings.HasSuffix(attrs.Name, suffix) {
			err = w.Deps.Staging.Object(attrs.Name).Delete(w.t.Context())
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}
