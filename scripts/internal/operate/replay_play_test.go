package operate

import (
	"github.com/alecthomas/kong"

	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// do lets a replayStep happen.
func (w *replayWorld) do(st replayStep) {
	w.t.Helper()
	say := func(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }
	switch {
	case !st.Now.IsZero():
		w.now = st.Now
		say("it is %s", st.Now.Format("2006-01-02 15:04"))
	case st.Load != nil:
		say("%s loads %s: %v", st.Load.Source, strings.Join(st.Load.For, " "), st.Load.Tables)
		w.each(*st.Load, func(e event.Event) {
			if err := w.Publish(w.t.Context(), e); err != nil {
				w.t.Fatal(err)
			}
		})
		w.settle()
	case st.Lost != nil:
		say("%s loads %s: %v; a broken coordinator records it and does no more", st.Lost.Source, strings.Join(st.Lost.For, " "), st.Lost.Tables)
		w.each(*st.Lost, func(e event.Event) {
			w.kept = append(w.kept, published{w.now, e})
			if err := ledger.New(w.store, "broken").RecordArrivals(w.t.Context(), e, w.now); err != nil {
				w.t.Fatal(err)
			}
		})
	case st.Dropped != nil:
		say("%s loads %s: %v; a broken coordinator takes the event and forgets it", st.Dropped.Source, strings.Join(st.Dropped.For, " "), st.Dropped.Tables)
		w.each(*st.Dropped, func(e event.Event) { w.kept = append(w.kept, published{w.now, e}) })
	case st.Bring != nil:
		say("%s would bring for %s: %v", st.Bring.Source, strings.Join(st.Bring.For, " "), st.Bring.Tables)
		for _, p := range partitions(st.Bring.For) {
			w.brings[st.Bring.Source+" "+p.String()] = st.Bring.Tables
		}
	case st.Refuse != nil:
		say("these will not load: %v", st.Refuse)
		w.refuses = st.Refuse
	case st.Gone != nil:
		say("of these nothing is staged any more: %v", st.Gone)
		w.gone = st.Gone
	case st.During != nil:
		w.during(st.During.At, st.During.Load)
	case st.SQL != nil:
		say("deployed with other SQL: %v", st.SQL)
		w.manifest = scenarioModels(w.scenario.Models, st.SQL)
		w.warehouse.Deploy(w.manifest)
		w.deploy()
	case st.Hold != nil:
		say("%s holds %s for %s", st.Hold.ID, st.Hold.Day, st.Hold.For)
		day := partition.MustParse(st.Hold.Day)
		h := ledger.Hold{ID: st.Hold.ID, By: "ann@desk, process 7", Why: st.Hold.Why, From: day, To: day, Begun: w.now, Until: w.now.Add(st.Hold.For)}
		if err := ledger.New(w.store, "somebody").Hold(w.t.Context(), h, []partition.Partition{day}, w.now); err != nil {
			w.t.Fatal(err)
		}
	case st.Publish != nil:
		data := []byte(st.Publish["data"])
		delete(st.Publish, "data")
		say("a message is pushed: %s %v", data, st.Publish)
		if from := st.Publish["subscription"]; from != "" {
			st.Publish["reason"] = "not taken"
			if err := w.PublishRaw(w.t.Context(), data, st.Publish); err != nil {
				w.t.Fatal(err)
			}
		} else if code := w.push(data, st.Publish); code != http.StatusNoContent {
			w.t.Fatalf("answer %d", code)
		}
	case st.File != nil:
		say("in quarantine: %s, because %s; its metadata says %q", st.File.Object, st.File.Reason, st.File.Month)
		w.refused = append(w.refused, deployment.Refused{Object: st.File.Object, Reason: st.File.Reason, Hint: "see there", When: w.now})
		w.files[st.File.Object] = deployment.Dropped{Object: st.File.Object, Created: w.now, Month: st.File.Month, Data: []byte(st.File.Data)}
	case st.Sources != nil:
		say("deployed with the sources %v", st.Sources)
		p, err := coordtest.Pipeline(coordtest.Setting{Start: w.scenario.Start, Only: st.Sources})
		if err != nil {
			w.t.Fatal(err)
		}
		w.pipeline = p
		w.deploy()
	case st.Replay != "":
		w.replay(st.Replay, st.Twice)
	default:
		w.t.Fatalf("an empty step after\n%s", w.out.String())
	}
}

// each loads partitions one after the other.
func (w *replayWorld) each(l replayLoad, tell func(event.Event)) {
	for _, p := range partitions(l.For) {
		tell(w.load(l.Source, p, l.Tables))
	}
}

// partitions reads "2026-11-21" and "2026-11-01 to 2026-11-21".
func partitions(texts []string) (list []partition.Partition) {
	for _, text := range texts {
		first, last, isRange := strings.Cut(text, " to ")
		if !isRange {
			last = first
		}
		list = slices.AppendSeq(list, partition.Range(partition.MustParse(first), partition.MustParse(last)))
	}
	return list
}

// during has a live load happen in the middle of a replay, and its event delivered at once.
func (w *replayWorld) during(at string, l replayLoad) {
	fmt.Fprintf(&w.out, "at the next %q, %s will load %s: %v\n", at, l.Source, strings.Join(l.For, " "), l.Tables)
	step, model, _ := strings.Cut(at, " ")
	w.live = func(point string) {
		if !strings.HasPrefix(point, "submit "+step+"_"+model+"_") {
			return
		}
		w.mu.Lock()
		w.live = nil
		w.mu.Unlock()
		w.each(l, func(e event.Event) {
			w.kept = append(w.kept, published{w.now, e})
			if w.deliver(e) != http.StatusNoContent {
				w.queue = append(w.queue, e)
			}
		})
	}
}

// replay gives the command, and checks what has to hold whatever it was.
func (w *replayWorld) replay(line string, twice []string) {
	w.t.Helper()
	var o ReplayOptions
	args := strings.Fields(line)
	if !strings.Contains(line, "--dry-run") && !strings.Contains(line, "--no") {
		args = append(args, "--yes")
	}
	parser := kong.Must(&o, kong.Exit(func(int) {}))
	if _, err := parser.Parse(args); err != nil {
		w.t.Fatal(err)
	}
	before := len(w.warehouse.Jobs())
	var stdout, stderr bytes.Buffer
	code := status(&stderr)(Replay(w.t.Context(), o, System{Out: term.NewOutput(&stdout), Err: term.NewOutput(&stderr), now: w.clock, open: w.open}))
	fmt.Fprintf(&w.out, "\n$ replay %s\n%s%s", strings.Join(args, " "), inOrder(stderr.String()), stdout.String())
	fmt.Fprintf(&w.out, "status %d\n\n", code)
	times := map[string]int{}
	for _, id := range w.warehouse.Jobs()[before:] {
		if status, _ := w.warehouse.Job(id); status.Labels["step"] == "stage" {
			name := status.Labels["model"] + " " + status.Labels["partition"]
			times[name]++
			fmt.Fprintf(&w.out, "    ran %s\n", name)
		}
	}
	for name, n := range times {
		if n > 1 && !slices.Contains(twice, name) {
			w.t.Errorf("%s: %s ran %d times", line, name, n)
		}
	}
	w.holdsNothing()
	w.equalsRebuild()
}

var loadLine = regexp.MustCompile(`(?m)(^\w+ +\d+/\d+ requests.*\n)+`)

// inOrder sorts the lines of sources that were asked side by side, whose order nobody promises.
func inOrder(text string) string {
	return loadLine.ReplaceAllStringFunc(text, func(lines string) string {
		return strings.Join(slices.Sorted(strings.Lines(lines)), "")
	})
}

// replayIDs begin the ids of a replay's holds.
const replayIDs = "replay-"

// holdsNothing checks that a replay has let go of what it held.
func (w *replayWorld) holdsNothing() {
	w.t.Helper()
	for _, name := range w.store.Names() {
		if _, id, ok := strings.Cut(name, "-"+replayIDs); ok && strings.Contains(name, "/holds/") && !strings.Contains(name, "released-") {
			folder, _, _ := strings.Cut(name, "/holds/")
			if !slices.Contains(w.store.Names(), folder+"/holds/released-"+replayIDs+id) {
				w.t.Errorf("%s is not released", name)
			}
		}
	}
}

// equalsRebuild checks the tables of everything that is up to date against a rebuild from scratch, and that nothing is left
// that could be done.
func (w *replayWorld) equalsRebuild() {
	w.t.Helper()
	r, err := w.instances[0].Report(w.t.Context(), w.pipeline.StartDay(), partition.Day(w.now))
	if err != nil {
		w.t.Fatal(err)
	}
	stands := w.warehouse.Contents()
	built := coordtest.Tables{}
	for table, content := range stands {
		if strings.HasPrefix(table, "raw.") {
			built[table] = content
		}
	}
	for _, d := range r.Decisions { // in dependency order
		table := d.Model.TableName()
		text, ok := stands[table][d.Partition]
		switch d.Status {
		case plan.UpToDate:
			want, _ := coordtest.Evaluate(d.Model, d.Partition, built, w.pipeline.StartDay())
			if text != want {
				w.t.Errorf("%s holds %q, and a rebuild %q", d.Target, text, want)
			}
		case plan.Ready, plan.Running:
			w.t.Errorf("%s is left: %s", d.Target, d.Status)
		}
		if ok {
			if built[table] == nil {
				built[table] = map[partition.Partition]string{}
			}
			built[table][d.Partition] = text
		}
	}
}
