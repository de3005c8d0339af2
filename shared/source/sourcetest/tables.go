package sourcetest

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// tables is a warehouse in memory that loads staged files and runs no queries. It keeps the rows as the lines
// of JSON that were staged.
type tables struct {
	client *storage.Client
	now    func() time.Time

	mu   sync.Mutex
	rows map[string][]string // by "dataset.table$partition"
	jobs map[string]warehouse.Status
}

func (w *tables) Dialect() manifest.Dialect { return manifest.DuckDB }

func (w *tables) EnsureTable(_ context.Context, def warehouse.Definition) error {
	if len(def.Schema) == 0 {
		return fmt.Errorf("table %s has no columns", def.Table)
	}
	return nil
}

func (w *tables) HasRows(_ context.Context, t warehouse.Table, p partition.Partition) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.rows[t.String()+"$"+p.String()]) > 0, nil
}

func (w *tables) Tables(context.Context, string) (map[string]time.Time, error) {
	return nil, errors.New("a source does not ask which tables exist")
}

func (w *tables) Submit(ctx context.Context, job warehouse.Job) error {
	if job.Load == nil {
		return errors.New("only load jobs are known here")
	}
	rows := []string{}
	for _, uri := range job.Load.URIs {
		lines, err := w.read(ctx, uri)
		if err != nil {
			return err
		}
		rows = append(rows, lines...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, taken := w.jobs[job.ID]; taken {
		return warehouse.ErrJobExists
	}
	w.rows[job.Load.Destination.String()+"$"+job.Load.Partition.String()] = rows
	w.jobs[job.ID] = warehouse.Status{
		ID: job.ID, Labels: job.Labels, Done: true, Ended: w.now(), Stats: warehouse.Stats{Rows: int64(len(rows))},
	}
	return nil
}

func (w *tables) read(ctx context.Context, uri string) ([]string, error) {
	bucket, object, _ := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
	r, err := w.client.Bucket(bucket).Object(object).NewReader(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", uri, err)
	}
	defer r.Close()
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", uri, err)
	}
	var lines []string
	scan := bufio.NewScanner(zip)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		lines = append(lines, scan.Text())
	}
	return lines, scan.Err()
}

func (w *tables) Wait(_ context.Context, id string) (warehouse.Status, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	status, ok := w.jobs[id]
	if !ok {
		return warehouse.Status{}, warehouse.ErrNotFound
	}
	return status, nil
}

func (w *tables) Rows(context.Context, string, int) ([]map[string]any, error) {
	return nil, errors.New("queries are not known here")
}

func (w *tables) Close() error { return nil }
