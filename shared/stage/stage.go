// Package stage writes a source's rows to Cloud Storage, from where the warehouse loads them, and finds them
// there again.
//
// Each load has a folder:
//
//	<source>/<partition>/<load_id>/<table>.<rows' partition>.<part>.ndjson.gz
//	<source>/<partition>/<load_id>/complete.json
//	<source>/<partition>/<load_id>/failed.json
//
// complete.json is written when everything is staged and was not refused. failed.json says why a load failed; it
// stands beside complete.json if only the warehouse or the event failed. The rows of a folder without complete.json
// are never loaded, unless a person accepts a refused load: then a new load refers to its files.
package stage

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"path"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

const (
	// partBytes is the compressed size at which a new file begins. It limits what a failed upload repeats, and is
	// far below BigQuery's limit of 4 GB for one gzipped file. https://cloud.google.com/bigquery/quotas#load_jobs
	partBytes = 16 << 20
	// chunkBytes is the memory that each open file takes.
	chunkBytes = 1 << 20
)

// File describes what was staged of one table for one partition. Without rows it has no objects.
type File struct {
	Table     string              `json:"table"` // without the dataset
	Partition partition.Partition `json:"partition"`
	URIs      []string            `json:"uris"` // gs://bucket/object
	Rows      int64               `json:"rows"`
	// Carried counts the last rows, which an earlier load read and the source no longer sends.
	Carried int64      `json:"carried,omitempty"`
	Digest  digest.Sum `json:"digest"`
}

// Sent returns the number of rows that the source sent. They come before those that were carried over.
func (f File) Sent() int64 { return f.Rows - f.Carried }

// LoadJob returns the id of the job that loads f. The id tells what became of a file that is found staged.
func (f File) LoadJob(loadID string) string {
	return fmt.Sprintf("load_%s_%s_%s", f.Table, f.Partition, loadID)
}

// Folder is the place of one load.
type Folder struct {
	Bucket    *storage.BucketHandle
	Source    string
	Partition partition.Partition // the requested one; the files of a window load include earlier ones
	LoadID    string
}

func (f Folder) path() string { return path.Join(f.Source, f.Partition.String(), f.LoadID) }

// Writer stages one table's rows for one partition. It is not safe for concurrent use.
type Writer struct {
	ctx    context.Context
	cancel context.CancelFunc
	folder Folder
	schema schema.Schema
	column string
	file   File
	digest digest.Digest
	line   []byte
	part   *part
}

// part is one object that is being written.
type part struct {
	object *storage.Writer
	count  countingWriter
	zip    *gzip.Writer
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Create starts to stage a table for a partition. Nothing is visible before Close.
func (f Folder) Create(ctx context.Context, table string, s schema.Schema, p partition.Partition) (*Writer, error) {
	column, err := s.PartitionColumn()
	if err != nil {
		return nil, fmt.Errorf("stage %s for %s: %w", table, p, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	return &Writer{ctx: ctx, cancel: cancel, folder: f, schema: s, column: column,
		file: File{Table: table, Partition: p}}, nil
}

// Write stages one row; see Encode and WriteLine.
func (w *Writer) Write(row schema.Row) error {
	line, err := w.Encode(row)
	if err != nil {
		return err
	}
	return w.WriteLine(line)
}

// Encode returns the line of a row, which is valid until the next one. It sets the partition's date and checks the row
// against the schema.
func (w *Writer) Encode(row schema.Row) (line []byte, err error) {
	row[w.column] = w.file.Partition
	if w.line, err = w.schema.Append(w.line[:0], row); err != nil {
		return nil, fmt.Errorf("stage %s for %s, row %d: %w", w.file.Table, w.file.Partition, w.digest.Rows()+1, err)
	}
	return bytes.TrimSuffix(w.line, newline), nil
}

var newline = []byte("\n")

// WriteLine stages a row as Encode or File.ReadRows returned it. Memory does not grow with the number of rows.
func (w *Writer) WriteLine(line []byte) error {
	if w.part == nil {
		w.open()
	}
	if _, err := w.part.zip.Write(line); err != nil {
		return w.fail(err)
	}
	if _, err := w.part.zip.Write(newline); err != nil {
		return w.fail(err)
	}
	w.digest.Add(line)
	if w.part.count.n >= partBytes {
		return w.closePart()
	}
	return nil
}

// Carry stages a row of an earlier load, because its key has left the source.
func (w *Writer) Carry(line []byte) error {
	w.file.Carried++
	return w.WriteLine(line)
}

func (w *Writer) open() {
	name := fmt.Sprintf("%s/%s.%s.%04d.ndjson.gz", w.folder.path(), w.file.Table, w.file.Partition, len(w.file.URIs))
	// Only this load uses the name, so any failed request can be repeated.
	object := w.folder.Bucket.Object(name).Retryer(storage.WithPolicy(storage.RetryAlways))
	p := &part{object: object.NewWriter(w.ctx)}
	p.object.ChunkSize = chunkBytes
	p.object.ContentType = "application/gzip"
	p.count.w = p.object
	p.zip, _ = gzip.NewWriterLevel(&p.count, gzip.BestSpeed) // it only fails for an invalid level
	w.part = p
	w.file.URIs = append(w.file.URIs, "gs://"+w.folder.Bucket.BucketName()+"/"+name)
}

func (w *Writer) closePart() error {
	err := w.part.zip.Close()
	if cerr := w.part.object.Close(); err == nil {
		err = cerr
	}
	w.part = nil
	if err != nil {
		return w.fail(err)
	}
	return nil
}

func (w *Writer) fail(err error) error {
	return fmt.Errorf("stage %s for %s: write %s: %w", w.file.Table, w.file.Partition,
		w.file.URIs[len(w.file.URIs)-1], err)
}

// Rows returns the number of rows written so far.
func (w *Writer) Rows() int64 { return w.digest.Rows() }

// Close finishes the last object and returns what was staged.
func (w *Writer) Close() (File, error) {
	defer w.cancel()
	if w.part != nil {
		if err := w.closePart(); err != nil {
			return File{}, err
		}
	}
	w.file.Rows, w.file.Digest = w.digest.Rows(), w.digest.Sum()
	return w.file, nil
}

// Abort discards the object that is being written. Finished objects remain but are never read, because
// complete.json is missing.
func (w *Writer) Abort() {
	w.cancel() // before Close, so that the object is never created
	if w.part != nil {
		_ = w.part.object.Close() // it fails, because the context is cancelled
	}
}
