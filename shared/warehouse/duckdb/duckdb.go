// Package duckdb implements warehouse.Driver with one DuckDB file, for a laptop: the same jobs, ids and
// guarantees as in production. It passes warehousetest.
//
// A job's effect and its row in rollcall.jobs are written in one transaction. So after any crash a job has
// either happened completely and is known, or not happened at all: then Wait returns ErrNotFound, and its id
// can be submitted again. Jobs run one after another, each on one thread, so the same statements over the same
// tables always give the same bits, even for sums of floating-point numbers.
//
// Types: INT64 is BIGINT, FLOAT64 is DOUBLE, NUMERIC is DECIMAL(38, 9), TIMESTAMP is TIMESTAMPTZ (sessions are
// in UTC), JSON is JSON, and a REPEATED column is a list, which is empty rather than null. A partition is a
// range of dates in the partition column, replaced by DELETE and INSERT. The table rollcall.tables keeps what
// DuckDB does not: a table's partitioning, and the modes and descriptions of its columns.
//
// Only one process at a time can have the file open.
package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	engine "github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/warehouse"
)

// Options configures a Driver.
type Options struct {
	// Path is the database file. Open creates it, and its folder, if missing.
	Path string
	// Open reads the object at a gs:// address, for load jobs; nil if nothing is loaded. For a missing object
	// its error must wrap fs.ErrNotExist; any other error makes the job fail as transient.
	Open func(ctx context.Context, uri string) (io.ReadCloser, error)
	// MemoryLimit is DuckDB's memory_limit; "80MB" if empty. Larger data spills to files beside Path. The
	// process needs about 60 MB more.
	MemoryLimit string
	// Now returns the time for Status.Ended; time.Now if nil.
	Now func() time.Time
}

// Settings holds the DuckDB settings that affect what a statement returns. Statements of the duckdb dialect
// rely on them.
var Settings = map[string]string{
	"autoinstall_known_extensions": "false",
	"autoload_known_extensions":    "false",
	"default_null_order":           "nulls_first_on_asc_last_on_desc", // as in GoogleSQL
	"threads":                      "1",                               // one order of evaluation, so one result
	"TimeZone":                     "UTC",
}

// Driver implements warehouse.Driver.
type Driver struct {
	db       *sql.DB
	path     string
	temp     string // folder for files that end with the process
	ownsTemp bool   // temp was created by this process
	open     func(ctx context.Context, uri string) (io.ReadCloser, error)
	now      func() time.Time
	writing  chan struct{} // holds a token while a write is under way
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu      sync.Mutex
	pending map[string]*pending // submitted, not yet done; by id
	last    time.Time           // end of the newest job; guarded by writing, not by mu
	commits int                 // guarded by writing, too
}

var _ warehouse.Driver = (*Driver)(nil)

// openFiles holds the paths open in this process: DuckDB's own lock works only between processes.
var openFiles sync.Map

// Open opens the file, or creates it. If another process has it open, the error names that process.
func Open(ctx context.Context, o Options) (*Driver, error) {
	path, err := claim(o.Path)
	if err != nil {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	d := &Driver{
		path: path, temp: path + ".tmp", open: o.Open, now: o.Now,
		writing: make(chan struct{}, 1), pending: map[string]*pending{},
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.open == nil {
		d.open = func(context.Context, string) (io.ReadCloser, error) {
			return nil, errors.New("the warehouse was opened without Options.Open")
		}
	}
	d.ctx, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := d.connect(ctx, o.MemoryLimit); err != nil {
		return nil, errors.Join(fmt.Errorf("warehouse %s: %w", d.path, err), d.Close())
	}
	return d, nil
}

// claim creates the file's folder and reserves the file's true path in this process.
func claim(path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	path, err = filepath.Abs(filepath.Join(dir, filepath.Base(path)))
	if err != nil {
		return "", err
	}
	if _, taken := openFiles.LoadOrStore(path, true); taken {
		return "", fmt.Errorf("%s is already open in this process: close it first", path)
	}
	return path, nil
}

// connections is enough for one job that writes and a few readers.
const connections = 4

func (d *Driver) connect(ctx context.Context, memory string) error {
	if memory == "" {
		memory = "80MB"
	}
	config := url.Values{
		"memory_limit": {memory}, "temp_directory": {d.temp},
		// Blocks of a new file have an eighth of the usual size: each column that is appended to keeps one in
		// memory, and most of Rollcall's tables are small.
		"default_block_size": {"32768"},
		// Return freed memory to the system at once, so that many loads need no more than one.
		"allocator_flush_threshold": {"4MB"}, "allocator_bulk_deallocation_flush_threshold": {"4MB"},
	}
	connector, err := engine.NewConnector("?"+config.Encode(), d.prepareConnection)
	if err != nil {
		return err
	}
	d.db = sql.OpenDB(connector)
	d.db.SetMaxIdleConns(connections)
	d.db.SetMaxOpenConns(connections)
	if err := d.db.PingContext(ctx); err != nil {
		if m := lockHolder.FindStringSubmatch(err.Error()); m != nil {
			return fmt.Errorf("open in another process, %s; fix: wait until it has ended, or use another data folder", m[1])
		}
		return fmt.Errorf("cannot open the file: %w", err)
	}
	// No other process has the file open, so anything in the folder was left by one that was killed.
	d.ownsTemp = true
	if err := errors.Join(os.RemoveAll(d.temp), os.MkdirAll(d.temp, 0o700)); err != nil {
		return err
	}
	if _, err := d.db.ExecContext(ctx, bookkeeping); err != nil {
		return err
	}
	var last sql.NullTime
	err = d.db.QueryRowContext(ctx, "SELECT max(ended_at) FROM rollcall.jobs").Scan(&last)
	d.last = last.Time
	return err
}

// lockHolder finds the other process in DuckDB's error: "Conflicting lock is held in /usr/bin/x (PID 123) by
// user y."
var lockHolder = regexp.MustCompile(`lock is held in (.*? \(PID \d+\))`)

// attach opens the file. A large load fills one row group after another in memory, so a group has a quarter of
// the usual size.
const attach = "ATTACH IF NOT EXISTS %s AS warehouse (ROW_GROUP_SIZE 30720)"

// prepareConnection applies the settings to a new connection and makes the file its database.
func (d *Driver) prepareConnection(conn driver.ExecerContext) error {
	var statements []string
	for name, value := range Settings {
		statements = append(statements, fmt.Sprintf("SET %s = %s", name, quoteText(value)))
	}
	statements = append(statements, fmt.Sprintf(attach, quoteText(d.path)), "USE warehouse")
	for _, s := range statements {
		if _, err := conn.ExecContext(context.Background(), s, nil); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// Dialect returns manifest.DuckDB.
func (d *Driver) Dialect() manifest.Dialect { return manifest.DuckDB }

// Close cancels the jobs under way, as if they had never been submitted, and closes the file.
func (d *Driver) Close() error {
	d.cancel()
	d.running.Wait()
	var err error
	if d.db != nil {
		err = d.db.Close()
	}
	if d.ownsTemp { // else it belongs to the process that has the file open
		err = errors.Join(err, os.RemoveAll(d.temp))
	}
	openFiles.Delete(d.path)
	return err
}
