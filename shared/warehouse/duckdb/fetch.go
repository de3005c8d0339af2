package duckdb

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

const (
	// maxObject bounds the size of one object: BigQuery's limit for a gzipped file.
	// https://cloud.google.com/bigquery/quotas#load_jobs
	maxObject = 4 << 30
	// maxLine bounds one row of an object, a little above what is staged; DuckDB's buffers grow with it.
	maxLine = schema.MaxLine + 1<<10
)

// fetchAll downloads a load job's objects to a new folder.
func (d *Driver) fetchAll(ctx context.Context, l *warehouse.Load) (dir string, files []string, err error) {
	if l == nil || len(l.URIs) == 0 {
		return "", nil, nil
	}
	if dir, err = os.MkdirTemp(d.temp, "load-"); err != nil {
		return "", nil, err
	}
	for i, uri := range l.URIs {
		files = append(files, fmt.Sprintf("%s/%04d.ndjson.gz", dir, i))
		if err := d.fetch(ctx, uri, files[i], l.Schema); err != nil {
			return dir, nil, fmt.Errorf("object %s: %w", uri, err)
		}
	}
	return dir, files, nil
}

// fetch downloads an object, still compressed, and checks its keys on the way: DuckDB silently ignores a key
// that is not a column.
func (d *Driver) fetch(ctx context.Context, uri, name string, s schema.Schema) (err error) {
	r, err := d.open(ctx, uri)
	if err != nil {
		return objectError{err}
	}
	defer r.Close()
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	object := &reader{r: r}
	z, err := gzip.NewReader(io.TeeReader(object, f))
	if err == nil {
		err = onlyColumns(z, s)
	}
	switch {
	case object.err != nil:
		return objectError{object.err}
	case err != nil:
		return invalid("%v", err)
	}
	return nil
}

// reader reads an object and keeps its error, to tell a failed download from bad content.
type reader struct {
	r   io.Reader
	n   int64
	err error
}

func (o *reader) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	if o.n += int64(n); o.n > maxObject {
		return n, fmt.Errorf("larger than %d bytes", int64(maxObject))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		o.err = err
	}
	return n, err
}

// onlyColumns reports the first line with a key that is not a column.
func onlyColumns(r io.Reader, s schema.Schema) error {
	known := map[string]bool{}
	for _, name := range s.Names() {
		known[name] = true
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		for key := range keys(lines.Bytes()) {
			if !known[string(key)] {
				return fmt.Errorf("line %d has %.100q, which is not a column of the schema", n, key)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", n, err)
	}
	return nil
}

// keys yields the keys of a JSON object as written, without those of nested objects. It does not validate: for
// anything that is not an object it yields some keys or none, and DuckDB reports the error. It allocates
// nothing, since a load may have a million lines.
func keys(line []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		depth, key := 0, false
		for i := 0; i < len(line); i++ {
			switch line[i] {
			case '{', '[':
				depth++
				key = depth == 1
			case '}', ']':
				depth--
			case ',':
				key = depth == 1
			case '"':
				start := i + 1
				for i++; i < len(line) && line[i] != '"'; i++ {
					if line[i] == '\\' {
						i++
					}
				}
				if key && !yield(line[start:min(i, len(line))]) {
					return
				}
				key = false
			}
		}
	}
}
