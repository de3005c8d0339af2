package coordinator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// check checks the promises once a simulation has settled.
func (s *sim) check() {
	runs := s.runs()
	s.checkInputs(runs)
	s.checkPublications(runs)
	s.checkTables(runs)
	s.checkRefused()
}

// checkRefused checks that no load arrived that was refused. What a person accepts is a load of its own.
func (s *sim) checkRefused() {
	for _, name := range s.store.Names() {
		for id := range s.refused {
			if strings.Contains(name, id) {
				s.fatalf("the refused load %s arrived: %s", id, name)
			}
		}
	}
}

// runs returns all records of runs, by log and in order.
func (s *sim) runs() map[ledger.Log][]ledger.Run {
	logs := map[ledger.Log][]ledger.Run{}
	for _, name := range s.store.Names() {
		if found := strings.Contains(name, "/runs/"); found {
			data, err := s.store.Read(s.t.Context(), name)
			if err != nil {
				s.rt.Fatal(err)
			}
			var run ledger.Run
			if err := json.Unmarshal(data, &run); err != nil {
				s.rt.Fatal(err)
			}
			log := ledger.Log(name[:strings.LastIndex(name, "/")+1])
			logs[log] = append(logs[log], run)
		}
	}
	return logs
}

// checkInputs checks (a): every run counts every input that it must wait for.
func (s *sim) checkInputs(runs map[ledger.Log][]ledger.Run) {
	for _, log := range runs {
		for _, run := range log {
			for _, in := range s.manifest.Model(run.Model).Inputs {
				for _, q := range s.waitedFor(in, run.Partition) {
					if !slices.ContainsFunc(run.Inputs, func(a ledger.Arrival) bool { return a.Table == in.Table && a.Partition == q }) {
						s.fatalf("(a) %s %s ran without %s %s: %+v", run.Model, run.Partition, in.Table, q, run)
					}
				}
			}
		}
	}
}

// checkPublications checks (b), (c) and (d) on every publication, in the order in which they took effect.
func (s *sim) checkPublications(runs map[ledger.Log][]ledger.Run) {
	before := map[ledger.Log]*ledger.Run{}
	for _, p := range s.published {
		m := s.manifest.Model(p.job.Labels["model"])
		log := ledger.LogOf(m, partition.MustParse(p.job.Labels["partition"]))
		run := runOf(runs[log], p.job)
		if run == nil {
			s.fatalf("job %s published, and its attempt has no record", p.job.ID)
		}
		if coordtest.Bad(p.content) {
			s.fatalf("(d) job %s published %q, which fails its audit", p.job.ID, p.content)
		}
		if last := before[log]; last != nil {
			s.checkOrder(*last, *run)
		}
		before[log] = run
	}
}

// runOf returns the last record of the attempt that a publish job belongs to.
func runOf(records []ledger.Run, job warehouse.Job) *ledger.Run {
	for _, r := range slices.Backward(records) {
		if strings.HasSuffix(job.ID, fmt.Sprintf("_%s_%s_%s_a%d", r.Model, r.Partition, r.Fingerprint[:12], r.Attempt)) {
			return &r
		}
	}
	return nil
}

func (s *sim) checkOrder(last, next ledger.Run) {
	if next.Attempt <= last.Attempt {
		s.fatalf("(b) attempt %d of %s %s published after attempt %d", next.Attempt, next.Model, next.Partition, last.Attempt)
	}
	if next.Partition.Compare(last.Partition) < 0 {
		s.fatalf("(c) %s: partition %s overwrote %s", next.Model, next.Partition, last.Partition)
	}
	for _, in := range last.Inputs {
		for _, other := range next.Inputs {
			if in.Table == other.Table && in.Partition == other.Partition && other.LoadedAt.Before(in.LoadedAt) {
				s.fatalf("(c) %s %s: an older version of %s %s overwrote a newer one", next.Model, next.Partition, in.Table, in.Partition)
			}
		}
	}
	if next.Fingerprint == last.Fingerprint && !s.changedMeanwhile(last) {
		s.fatalf("(b) %s %s was published twice with fingerprint %.12s", next.Model, next.Partition, next.Fingerprint)
	}
}

// changedMeanwhile reports whether an input was restated between the version that a run counted and the end
// of its stage job, so that the run may have read another version.
func (s *sim) changedMeanwhile(run ledger.Run) bool {
	for _, in := range run.Inputs {
		for _, v := range s.versions() {
			if v.table == in.Table && v.partition == in.Partition && v.Digest != in.Digest &&
				v.LoadedAt.After(in.LoadedAt) && !v.LoadedAt.After(run.Staged.To) {
				return true
			}
		}
	}
	return false
}

// versions returns all versions of tables that were in the warehouse at some time.
func (s *sim) versions() []version {
	list := slices.Clone(s.history)
	for _, p := range s.published {
		status, _ := s.warehouse.Job(p.job.ID)
		v := version{table: "mart." + p.job.Labels["model"], partition: partition.MustParse(p.job.Labels["partition"])}
		v.Digest, v.LoadedAt = coordtest.Digest(p.content), status.Ended
		list = append(list, v)
	}
	return list
}

// checkTables checks (e) and (g): every target whose inputs are all present has run with what they hold
// now, and its table holds the result.
func (s *sim) checkTables(runs map[ledger.Log][]ledger.Run) {
	tables, status := s.warehouse.Contents(), s.statuses()
	for _, m := range s.manifest.Models {
		var newest partition.Partition // of those that a whole table can hold
		later := false                 // a later one fails
		for _, p := range s.partitions(m.Grain) {
			want, complete, broken := s.expected(m, p, tables)
			whole := m.Materialized == manifest.Table
			current, published := tables[m.TableName()][p]
			if !complete {
				if published {
					s.fatalf("(a) %s %s is published although an input is missing", m.Name, p)
				}
				continue
			}
			if whole {
				if later = broken || coordtest.Bad(want); !later {
					newest = p
				}
				continue
			}
			log := runs[ledger.LogOf(m, p)]
			if len(log) == 0 {
				s.fatalf("(e) %s %s has never run", m.Name, p)
			}
			epochs := fmt.Sprintf("partitions/%s/epoch/", p)
			if epoch, want := log[len(log)-1].Epoch, s.resets(epochs)+s.resets(epochs+m.Name+"/"); epoch != want {
				s.fatalf("(e) %s %s was last run in epoch %d, not in %d", m.Name, p, epoch, want)
			}
			wantStatus := plan.UpToDate
			switch {
			case broken:
				wantStatus = plan.Failed
			case coordtest.Bad(want):
				wantStatus = plan.AuditFailed
			case current != want:
				s.fatalf("(g) %s %s holds %q\nand not %q", m.Name, p, current, want)
			}
			if got := status[m.Name+" "+p.String()]; got != wantStatus {
				s.fatalf("(e) %s %s is reported as %s, not as %s", m.Name, p, got, wantStatus)
			}
		}
		if !newest.IsZero() {
			s.checkWhole(m, newest, later, tables, runs[ledger.LogOf(m, newest)])
		}
	}
}

// checkWhole checks that a whole table holds the newest partition that it can hold. If a later one fails now, it may have
// been published before, from other inputs, and the table keeps that.
func (s *sim) checkWhole(m *manifest.Model, newest partition.Partition, later bool, tables coordtest.Tables, log []ledger.Run) {
	if len(log) == 0 || log[len(log)-1].Published == nil {
		s.fatalf("(e) %s was never published, and could be for %s", m.Name, newest)
	}
	published := log[len(log)-1].Published.Partition
	if later && published.Compare(newest) > 0 {
		return
	}
	want, _ := coordtest.Evaluate(m, newest, tables, s.pipeline.StartDay())
	if current := tables[m.TableName()][partition.Partition{}]; published != newest || current != want {
		s.fatalf("(g) %s holds %q, of %s\nand not %q, of %s", m.Name, current, published, want, newest)
	}
}

// statuses returns what a new instance reports of every target.
func (s *sim) statuses() map[string]plan.Status {
	c := s.coordinator()
	c.ledger = ledger.New(s.store, "reporter")
	report, err := c.Report(s.rt.Context(), partition.MustParse("2026-01-28"), partition.MustParse("2026-02-03"))
	if err != nil {
		s.fatalf("report: %v", err)
	}
	list := map[string]plan.Status{}
	for _, d := range report.Decisions {
		list[d.Target.String()] = d.Status
	}
	return list
}

// resets returns the number of resets in a folder.
func (s *sim) resets(folder string) (n int) {
	for _, name := range s.store.Names() {
		if base, ok := strings.CutPrefix(name, folder); ok && !strings.Contains(base, "/") {
			n++
		}
	}
	return n
}

// partitions returns the partitions that a simulation can touch.
func (s *sim) partitions(g partition.Grain) []partition.Partition {
	first, last := partition.MustParse("2026-01-28"), partition.MustParse("2026-02-03")
	return slices.Collect(partition.Range(partition.Of(g, first.Start()), partition.Of(g, last.Start())))
}

// restate checks (f): everything is loaded again unchanged, and nothing runs.
func (s *sim) restate() {
	before := s.warehouse.Jobs()
	for _, p := range append(s.partitions(partition.Daily), s.partitions(partition.Monthly)...) {
		s.resend(p)
	}
	s.settle()
	if jobs := s.warehouse.Jobs(); len(jobs) != len(before) {
		s.fatalf("(f) identical data ran %v", jobs[len(before):])
	}
}

// fatalf ends the simulation and prints its state.
func (s *sim) fatalf(format string, args ...any) {
	for _, m := range s.manifest.Models {
		s.rt.Logf("model %s %s %s %s: %+v", m.Name, m.Grain, m.Materialized, m.SQLHash, m.Inputs)
	}
	for _, v := range s.history {
		s.rt.Logf("loaded %s %s at %s, digest %s", v.table, v.partition, v.LoadedAt.Format("15:04:05.000000"), v.Digest.Short())
	}
	for _, records := range s.runs() {
		for _, r := range records {
			s.rt.Logf("run %s %s %.12s a%d %s by %.6s at %s staged %s", r.Model, r.Partition, r.Fingerprint, r.Attempt, r.State,
				r.Writer, r.At.Format(time.TimeOnly), r.Staged.To.Format("15:04:05.000000"))
		}
	}
	s.rt.Fatalf(format, args...)
}
