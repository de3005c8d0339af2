package coordtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

type job struct {
	warehouse.Job
	status warehouse.Status
	begun  time.Time
	rows   []map[string]any
	done   chan struct{}

	content string // of a stage job, as its inputs stood when it began
	broken  bool
}

func (w *Warehouse) begin(j *job) {
	w.fault(context.Background(), "begin "+j.ID)
	w.mu.Lock()
	defer w.mu.Unlock()
	j.begun = w.tick()
	if name, ok := strings.CutPrefix(j.statement(), "stage "); ok {
		m, p := w.models[name], j.Query.Params["partition_date"]
		j.content, j.broken = Evaluate(m, p, w.tables, w.start)
	}
}

func (j *job) statement() string {
	if j.Query == nil {
		return ""
	}
	return strings.TrimSuffix(j.Query.SQL, " @partition_date")
}

// execute makes a job take effect. Its statement says what it does: see Model.
func (w *Warehouse) execute(j *job) {
	fail := func(format string, args ...any) {
		j.status.Err = &warehouse.JobError{ID: j.ID, Reason: "invalidQuery", Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case j.Copy != nil:
		w.publish(j, j.Copy.Source, j.Copy.Destination, j.Copy.Partition)
	case strings.HasPrefix(j.Query.SQL, "SELECT 1"), strings.Contains(j.Query.SQL, "mart.freshness"):
	default:
		verb, what, _ := strings.Cut(j.statement(), " ")
		dataset, name, _ := strings.Cut(what, ".")
		table := warehouse.Table{Dataset: dataset, Name: name}
		switch verb {
		case "stage":
			if j.broken {
				fail("the model's SQL meets a broken input")
				return
			}
			w.staging[j.Query.Destination.Table] = j.content
		case "audit":
			content, ok := w.staging[table]
			if !ok {
				j.status.Err = gone(j, table)
				return
			}
			j.rows = []map[string]any{auditRow(content)}
		case "DELETE":
			p, err := partition.Parse(j.Labels["partition"])
			if err != nil {
				fail("%v", err)
				return
			}
			w.put(j.Query.Target.String(), p, "")
		case "merge":
			w.publish(j, table, *j.Query.Target, j.Query.Params["partition_date"])
		default:
			fail("syntax error in %.100q", j.Query.SQL)
		}
	}
}

func (w *Warehouse) publish(j *job, source, target warehouse.Table, p partition.Partition) {
	content, ok := w.staging[source]
	if !ok {
		j.status.Err = gone(j, source)
		return
	}
	w.put(target.String(), p, content)
	j.status.Stats.Rows = int64(len(content))
	if w.Published != nil {
		w.Published(j.Job, content)
	}
}

func gone(j *job, t warehouse.Table) error {
	return &warehouse.JobError{ID: j.ID, Reason: "notFound", Message: "no table " + t.String()}
}

func auditRow(content string) map[string]any {
	sum := Digest(content)
	row := map[string]any{"row_count": int64(len(content)), "failures_0": int64(0)}
	for i := range 8 {
		row[fmt.Sprintf("digest_%d", i)] = int64(binary.BigEndian.Uint32(sum[4*i:]))
	}
	if Bad(content) {
		row["failures_0"] = int64(1)
	}
	return row
}
