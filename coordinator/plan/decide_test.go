package plan_test

import (
	"strings"
	"testing"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

const (
	stories = "raw.medium_stories"
	day     = "2026-11-21"
)

// at returns the time that is this many minutes after the first arrival of a view.
func at(minutes float64) time.Time { return now.Add(time.Duration(minutes * float64(time.Minute))) }

// history describes the newest record of a log.
type history struct {
	state     ledger.State
	of        string  // content of the input that it ran on
	partition string  // when not day
	from, to  float64 // minutes at which it staged
	transient bool
	published *ledger.Published
	sql       string // hash of the SQL that ran
	before    []ledger.End
	ahead     float64 // minutes at which its input was loaded, as announced
	over      bool
	live      bool
}

// The decision about a target depends on what the ledger shows.
func TestDecisions(t *testing.T) {
	incremental := model("m", partition.Daily, stories+" daily same")
	whole := coordtest.Model(manifest.Model{Name: "m", Grain: partition.Daily, Materialized: manifest.Table,
		Inputs: []manifest.Input{input(stories + " daily same")}}, "v1")
	window := model("m", partition.Daily, stories+" daily last_n_days 3")
	pl := planner(t, "2026-11-01", incremental)
	fingerprint := func(m *manifest.Model, p, content string) string {
		v := view(t, everything(), stories+" "+p+" "+content)
		return pl.Call(plan.Target{Model: m, Partition: partition.MustParse(p)}, v).Fingerprint
	}
	published := func(content string, from, to float64) *ledger.Published {
		return &ledger.Published{Partition: partition.MustParse(day), Fingerprint: fingerprint(incremental, day, content),
			Attempt: 1, Staged: ledger.Window{From: at(from), To: at(to)}, Digest: coordtest.Digest("out " + content), PublishedAt: at(to)}
	}
	failed := func(n int) (list []ledger.End) { // of the n days after
		for i := range n {
			list = append(list, ledger.End{Partition: partition.MustParse(day).Add(i + 1), State: ledger.Failed})
		}
		return list
	}
	arrived := func(content string) string { return stories + " " + day + " " + content }
	for _, c := range []struct {
		name      string
		target    string // day when empty
		model     *manifest.Model
		arrivals  []string // one minute apart
		announced bool     // the arrival of the published version is recorded
		history   *history
		holds     []string // "2026-11-21 10": on a partition, for 10 minutes
		action    plan.Action
		status    plan.Status
		reason    string
	}{
		{name: "before the start", target: "2026-10-31", action: plan.Nothing, status: plan.NotExpected, reason: "before the pipeline's start"},
		{name: "its input is missing", action: plan.Nothing, status: plan.Waiting, reason: "waits for raw.medium_stories 2026-11-21"},
		{name: "never run", arrivals: []string{arrived("x")}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "never run, and held", arrivals: []string{arrived("x")}, holds: []string{day + " 120"},
			action: plan.Nothing, status: plan.Held, reason: "held until 2026-11-22 10:00 UTC by hold-0"},
		{name: "never run, and held twice", arrivals: []string{arrived("x")}, holds: []string{day + " 90", day + " 120", day + " 60"},
			action: plan.Nothing, status: plan.Held, reason: "held until 2026-11-22 10:00 UTC by hold-1"},
		{name: "never run, and its hold has ended", arrivals: []string{arrived("x")}, holds: []string{day + " 0"},
			action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "held, and its input is missing", holds: []string{day + " 120"},
			action: plan.Nothing, status: plan.Waiting, reason: "waits for raw.medium_stories 2026-11-21"},
		{name: "an input is held that has not arrived, and is not waited for", model: window, arrivals: []string{arrived("x")}, holds: []string{"2026-11-19 120"},
			action: plan.Nothing, status: plan.Held, reason: "held until 2026-11-22 10:00 UTC by hold-0"},
		{name: "a day is held that it does not read", model: window, arrivals: []string{arrived("x")}, holds: []string{"2026-11-18 120"},
			action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "restated, and held", arrivals: []string{arrived("x"), arrived("y")}, announced: true, holds: []string{day + " 120"},
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6)}, action: plan.Nothing, status: plan.Held,
			reason: "held until 2026-11-22 10:00 UTC by hold-0"},
		{name: "restated and held, and the published version was not announced", arrivals: []string{arrived("x"), arrived("y")}, holds: []string{day + " 120"},
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6)}, action: plan.Announce, status: plan.Held,
			reason: "held until 2026-11-22 10:00 UTC by hold-0"},
		{name: "up to date, and held", arrivals: []string{arrived("x")}, announced: true, holds: []string{day + " 120"},
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 1, 2)}, action: plan.Nothing, status: plan.UpToDate},
		{name: "held, and another coordinator is running it", arrivals: []string{arrived("x")}, holds: []string{day + " 120"}, history: &history{state: ledger.Started, of: "x", live: true},
			action: plan.Wait, status: plan.Running, reason: "running since 08:00:00"},
		{name: "held, and another coordinator crashed: its run is resumed", arrivals: []string{arrived("x")}, holds: []string{day + " 120"},
			history: &history{state: ledger.Started, of: "x"}, action: plan.Resume, status: plan.Ready, reason: "ready to run"},
		{name: "held, and another coordinator crashed with outdated inputs", arrivals: []string{arrived("x"), arrived("y")}, holds: []string{day + " 120"},
			history: &history{state: ledger.Started, of: "x"}, action: plan.Nothing, status: plan.Held, reason: "held until 2026-11-22 10:00 UTC by hold-0"},
		{name: "held, after a fault of the warehouse", arrivals: []string{arrived("x")}, holds: []string{day + " 120"},
			history: &history{state: ledger.Failed, of: "x", transient: true}, action: plan.Nothing, status: plan.Held,
			reason: "held until 2026-11-22 10:00 UTC by hold-0"},
		{name: "succeeded with these inputs", arrivals: []string{arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 1, 2)}, action: plan.Nothing, status: plan.UpToDate},
		{name: "succeeded, and not announced", arrivals: []string{arrived("x")},
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 1, 2)}, action: plan.Announce, status: plan.UpToDate},
		{name: "restated", arrivals: []string{arrived("x"), arrived("y")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6)}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "restated with the same digest", arrivals: []string{arrived("x"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6)}, action: plan.Nothing, status: plan.UpToDate},
		{name: "restated and back before it was read", arrivals: []string{arrived("x"), arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 2.5, 2.6)}, action: plan.Nothing, status: plan.UpToDate},
		{name: "restated and back after it was read", arrivals: []string{arrived("x"), arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6)}, action: plan.Nothing, status: plan.UpToDate},
		{name: "torn: another version was there when it was read", arrivals: []string{arrived("x"), arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 1.5, 1.6)}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "torn: another version came and went while it was read", arrivals: []string{arrived("x"), arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, 2.5)}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "torn: another version was there when the reading began", arrivals: []string{arrived("x"), arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 1.5, 2.5)}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "torn: its input is announced as loaded later than it was read", arrivals: []string{arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6), from: .5, to: .6, ahead: 1}, action: plan.Wait, status: plan.Ready,
			reason: "to be repeated at 08:00:25: an input is announced as loaded after it was read"},
		{name: "so, and the published version was not announced", arrivals: []string{arrived("y"), arrived("x")},
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6), from: .5, to: .6, ahead: 1}, action: plan.Announce, status: plan.Ready,
			reason: "to be repeated at 08:00:25: an input is announced as loaded after it was read"},
		{name: "so, and its audit failed", arrivals: []string{arrived("y"), arrived("x")},
			history: &history{state: ledger.AuditFailed, of: "x", from: .5, to: .6, ahead: 1}, action: plan.Wait, status: plan.Ready,
			reason: "to be repeated at 08:00:25: an input is announced as loaded after it was read"},
		{name: "torn, and it read an earlier load of its input", arrivals: []string{arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", .5, .6), from: .5, to: .6, ahead: .4}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "its SQL failed with these inputs", arrivals: []string{arrived("x")},
			history: &history{state: ledger.Failed, of: "x", from: 1, to: 2}, action: plan.Nothing, status: plan.Failed, reason: "because"},
		{name: "its SQL failed with other inputs", arrivals: []string{arrived("x"), arrived("y")},
			history: &history{state: ledger.Failed, of: "x", from: .5, to: .6}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "it failed, and may have read others", arrivals: []string{arrived("x"), arrived("y"), arrived("x")},
			history: &history{state: ledger.Failed, of: "x", from: 1.5, to: 1.6}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "after a fault of the warehouse", arrivals: []string{arrived("x")},
			history: &history{state: ledger.Failed, of: "x", transient: true}, action: plan.Start, status: plan.Ready, reason: "to be tried again: because"},
		{name: "its audit failed", arrivals: []string{arrived("x")},
			history: &history{state: ledger.AuditFailed, of: "x", from: 1, to: 2}, action: plan.Nothing, status: plan.AuditFailed,
			reason: "not published: post_id is never null: fails 3 times"},
		{name: "its audit failed on inputs that were replaced since: the published version is up to date", arrivals: []string{arrived("x"), arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.AuditFailed, of: "y", from: 1.5, to: 1.6, published: published("x", .5, .6)}, action: plan.Nothing, status: plan.UpToDate},
		{name: "its audit failed, and the published version was not announced", arrivals: []string{arrived("x"), arrived("y")},
			history: &history{state: ledger.AuditFailed, of: "y", from: 1.5, to: 1.6, published: published("x", .5, .6)}, action: plan.Announce, status: plan.AuditFailed,
			reason: "not published: post_id is never null: fails 3 times"},
		{name: "another coordinator is running it", arrivals: []string{arrived("x")}, history: &history{state: ledger.Started, of: "x", live: true},
			action: plan.Wait, status: plan.Running, reason: "running since 08:00:00"},
		{name: "another coordinator is running it with older inputs", arrivals: []string{arrived("x"), arrived("y")}, history: &history{state: ledger.Started, of: "x", live: true},
			action: plan.Wait, status: plan.Running, reason: "running since 08:00:00"},
		{name: "another coordinator crashed", arrivals: []string{arrived("x")}, history: &history{state: ledger.Started, of: "x"},
			action: plan.Resume, status: plan.Ready, reason: "ready to run"},
		{name: "another coordinator crashed with outdated inputs", arrivals: []string{arrived("x"), arrived("y")}, history: &history{state: ledger.Started, of: "x"},
			action: plan.Fence, status: plan.Ready, reason: "ready to run"},
		{name: "its attempt is over", arrivals: []string{arrived("x")}, history: &history{state: ledger.Started, of: "x", over: true},
			action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "an attempt on other inputs has ended, and the published version is up to date", arrivals: []string{arrived("x"), arrived("y"), arrived("x")}, announced: true,
			history: &history{state: ledger.Started, of: "y", over: true, published: published("x", .5, .6)}, action: plan.GiveUp, status: plan.UpToDate},
		{name: "whole table: it holds a later partition", model: whole, target: "2026-11-20", arrivals: []string{stories + " 2026-11-20 x"}, announced: true,
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 1, 2)}, action: plan.Nothing, status: plan.Superseded, reason: "the table holds 2026-11-21"},
		{name: "whole table: it holds an earlier partition", model: whole, target: "2026-11-22", arrivals: []string{stories + " 2026-11-22 x"},
			history: &history{state: ledger.Succeeded, of: "x", published: published("x", 1, 2)}, action: plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "whole table: a later partition is running", model: whole, arrivals: []string{arrived("x")},
			history: &history{state: ledger.Started, partition: "2026-11-22", of: "x"}, action: plan.Fence, status: plan.Ready, reason: "ready to run"},
		{name: "whole table: this partition failed before another", model: whole, arrivals: []string{arrived("x")},
			history: &history{state: ledger.Failed, partition: "2026-11-22", of: "x", before: []ledger.End{{Partition: partition.MustParse(day),
				Fingerprint: fingerprint(whole, day, "x"), State: ledger.Failed, Reason: "for that"}}}, action: plan.Nothing, status: plan.Failed, reason: "for that"},
		{name: "whole table: some later partitions failed", model: whole, arrivals: []string{arrived("x")},
			history: &history{state: ledger.Started, over: true, partition: "2027-01-01", of: "x", sql: "v1", before: failed(plan.MaxFailures - 1)},
			action:  plan.Start, status: plan.Ready, reason: "ready to run"},
		{name: "whole table: too many later partitions failed", model: whole,
			history: &history{state: ledger.Started, over: true, partition: "2027-01-01", of: "x", sql: "v1", before: failed(plan.MaxFailures)},
			action:  plan.Nothing, status: plan.Superseded, reason: "the 31 partitions after it have failed"},
		{name: "whole table: too many later partitions failed, with the newest run", model: whole,
			history: &history{state: ledger.Failed, partition: "2027-01-01", of: "x", sql: "v1", before: failed(plan.MaxFailures - 1)},
			action:  plan.Nothing, status: plan.Superseded, reason: "the 31 partitions after it have failed"},
		{name: "whole table: too many later partitions failed, with other SQL", model: whole, arrivals: []string{arrived("x")},
			history: &history{state: ledger.Failed, partition: "2027-01-01", of: "x", sql: "v0", before: failed(plan.MaxFailures)},
			action:  plan.Start, status: plan.Ready, reason: "ready to run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := incremental
			if c.model != nil {
				m = c.model
			}
			if c.target == "" {
				c.target = day
			}
			v := view(t, everything(), c.arrivals...)
			hold(t, v, c.holds...)
			var log plan.Log
			if h := c.history; h != nil {
				if h.partition == "" {
					h.partition = day
				}
				log = plan.Log{Ended: h.over, Live: h.live, Newest: &ledger.Run{State: h.state, Model: "m", Partition: partition.MustParse(h.partition),
					Fingerprint: fingerprint(m, h.partition, h.of), Attempt: 5, At: now, Staged: ledger.Window{From: at(h.from), To: at(h.to)},
					Transient: h.transient, SQLHash: h.sql, Published: h.published, OtherFailures: h.before}}
				if h.ahead > 0 {
					log.Newest.Inputs = []ledger.Arrival{{Table: stories, Partition: partition.MustParse(h.partition), LoadedAt: at(h.ahead)}}
				}
				if h.state == ledger.Failed {
					log.Newest.Reason = "because"
				}
				if h.state == ledger.AuditFailed {
					log.Newest.Failures = []ledger.Failure{{Check: "not_null", Column: "post_id", Text: "post_id is never null", Count: 3}}
				}
				if c.announced {
					v.AddRun(ledger.Run{Inputs: []ledger.Arrival{{Table: "mart.m", Partition: h.published.Partition,
						Digest: h.published.Digest, LoadedAt: h.published.PublishedAt, LoadID: "out"}}})
				}
			}
			d := pl.Decide(pl.Call(plan.Target{Model: m, Partition: partition.MustParse(c.target)}, v), log, v, now)
			if d.Action != c.action || d.Status != c.status || explain.Reason(d) != c.reason {
				t.Errorf("%s, %s (%s)\nwant %s, %s (%s)", d.Action, d.Status, explain.Reason(d), c.action, c.status, c.reason)
			}
			if d.Action == plan.Start && log.Newest != nil && (d.Run.Attempt != 6 || d.Run.Published != log.Newest.Published) {
				t.Errorf("starts attempt %d on %+v", d.Run.Attempt, d.Run.Published)
			}
			if d.Action == plan.Resume && d.Run.Attempt != 5 {
				t.Errorf("resumes as attempt %d", d.Run.Attempt)
			}
		})
	}
}

// Everything that determines what a run publishes is in its fingerprint, and nothing else.
func TestTheFingerprintTellsRunsApart(t *testing.T) {
	base := func() (*manifest.Model, []string) {
		return model("m", partition.Daily, stories+" daily same", "raw.kit_subscribers daily last_n_days 2"),
			[]string{stories + " 2026-11-21 x", "raw.kit_subscribers 2026-11-21 k"}
	}
	fingerprint := func(m *manifest.Model, p string, resets int, arrivals ...string) string {
		v := view(t, everything(), arrivals...)
		target := plan.Target{Model: m, Partition: partition.MustParse(p)}
		v.AddRun(ledger.Run{Model: m.Name, Partition: target.Partition, Epoch: resets})
		return planner(t, "2026-11-01", m).Call(target, v).Fingerprint
	}
	m, arrivals := base()
	want := fingerprint(m, day, 0, arrivals...)
	if len(want) != 64 || strings.Trim(want, "0123456789abcdef") != "" {
		t.Errorf("%q is no SHA-256 in hexadecimal", want)
	}
	seen := map[string]string{want: "the first"}
	differs := func(what, got string) {
		t.Helper()
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the fingerprint of %s", what, other)
		}
		seen[got] = what
	}
	other, _ := base()
	other.Name = "n"
	differs("another model", fingerprint(other, day, 0, arrivals...))
	other, _ = base()
	other.SQLHash = "v2"
	differs("another SQL", fingerprint(other, day, 0, arrivals...))
	differs("another epoch", fingerprint(m, day, 1, arrivals...))
	differs("another digest", fingerprint(m, day, 0, arrivals[0], "raw.kit_subscribers 2026-11-21 l"))
	differs("a day more of the window", fingerprint(m, day, 0, append(arrivals, "raw.kit_subscribers 2026-11-20 k")...))
	differs("digests that changed places", fingerprint(m, day, 0, stories+" 2026-11-21 k", "raw.kit_subscribers 2026-11-21 x"))

	described, _ := base()
	described.Description = "Other words."
	for what, got := range map[string]string{
		"another description":    fingerprint(described, day, 0, arrivals...),
		"another order":          fingerprint(m, day, 0, arrivals[1], arrivals[0]),
		"loaded twice":           fingerprint(m, day, 0, append(arrivals, arrivals...)...),
		"a day that is not read": fingerprint(m, day, 0, append(arrivals, "raw.kit_subscribers 2026-11-19 k")...),
	} {
		if got != want {
			t.Errorf("%s makes another fingerprint", what)
		}
	}
}
