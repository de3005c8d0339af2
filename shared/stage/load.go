package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

const (
	completeName = "complete.json"
	failedName   = "failed.json"
	// maxRecord bounds complete.json and failed.json, which have some hundred bytes for each table and partition.
	maxRecord = 4 << 20
)

// Load describes what a load staged. It is the content of complete.json.
type Load struct {
	// Account tells whose data it is, by facts such as "user_id". Only facts that two loads both have are compared.
	Account  map[string]string `json:"account,omitempty"`
	Accepted *event.Acceptance `json:"accepted,omitempty"` // nil: the load was not refused
	Files    []File            `json:"files"`
}

// UnmarshalJSON decodes complete.json, also in the form of earlier releases: the list of files alone.
func (l *Load) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, &l.Files)
	}
	type fields Load // without this method
	return json.Unmarshal(data, (*fields)(l))
}

// Failure says why a load failed. It is the content of failed.json.
type Failure struct {
	LoadID   string    `json:"load_id,omitempty"` // of the load that failed; set when it is read
	At       time.Time `json:"at"`
	Code     string    `json:"code"` // what kind of failure: of the first refusal, or "failed"
	Reason   string    `json:"reason"`
	Hint     string    `json:"hint,omitempty"`
	Retry    bool      `json:"retry"`   // the same request may succeed later
	Attempt  int       `json:"attempt"` // how many loads of the partition have failed since one succeeded
	Refusals []Refusal `json:"refusals,omitempty"`
	// Load is what was staged, if the source sent everything and it was only refused. A person can accept it.
	Load *Load `json:"load,omitempty"`
}

// Refusal says why the staged rows of a table's partition were refused.
type Refusal struct {
	Code      string              `json:"code"`
	Table     string              `json:"table,omitempty"` // dataset.table; empty: the whole load
	Partition partition.Partition `json:"partition,omitzero"`
	Reason    string              `json:"reason"` // complete: it names the table, from what to what, and keys
	From      int64               `json:"from,omitempty"`
	To        int64               `json:"to,omitempty"`
	Keys      []string            `json:"keys,omitempty"` // the first ten
	More      int                 `json:"more,omitempty"` // keys that are not named
	// BySource reports that the source found it, which a later baseline does not change.
	BySource bool `json:"by_source,omitempty"`
	// Retry reports that the service may send something else later, without a change by a person.
	Retry bool `json:"retry,omitempty"`
}

// Complete records that the folder is complete.
func (f Folder) Complete(ctx context.Context, load Load) error {
	return f.write(ctx, completeName, load)
}

// Fail records that the load of the folder has failed.
func (f Folder) Fail(ctx context.Context, failure Failure) error {
	return f.write(ctx, failedName, failure)
}

func (f Folder) write(ctx context.Context, name string, record any) error {
	data, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return err
	}
	w := f.Bucket.Object(f.path() + "/" + name).Retryer(storage.WithPolicy(storage.RetryAlways)).NewWriter(ctx)
	w.ChunkSize = 0
	w.ContentType = "application/json"
	_, err = w.Write(data)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("stage %s for %s: write %s/%s: %w", f.Source, f.Partition, f.path(), name, err)
	}
	return nil
}

// Load returns what a complete load has staged, of all tables and partitions.
func (f Folder) Load(ctx context.Context) (load Load, err error) {
	err = f.read(ctx, completeName, func(data []byte) error { return json.Unmarshal(data, &load) })
	return load, err
}

// Failure returns why the load of the folder failed.
func (f Folder) Failure(ctx context.Context) (failure Failure, err error) {
	err = f.read(ctx, failedName, func(data []byte) error { return json.Unmarshal(data, &failure) })
	failure.LoadID = f.LoadID
	return failure, err
}

// Acceptable reports whether everything was staged and only refused, so that a person can accept it.
func (f Failure) Acceptable() bool { return f.Load != nil && len(f.Refusals) > 0 }

// Holds reports whether the rows of a table's partition are staged and were refused. The table has its dataset.
func (f Failure) Holds(table string, p partition.Partition) bool {
	return f.Acceptable() && slices.ContainsFunc(f.Load.Files, func(file File) bool {
		return "raw."+file.Table == table && file.Partition == p
	})
}

func (f Folder) read(ctx context.Context, name string, decode func(data []byte) error) error {
	name = f.path() + "/" + name
	r, err := f.Bucket.Object(name).NewReader(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxRecord))
	if err == nil {
		err = decode(data)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
