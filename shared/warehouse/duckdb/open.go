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

// Options say which file, and where load jobs find their objects.
type Options struct {
	// Path of the file; it is made, with its folder, when there is none.
	Path string
	// Open reads the object with the given gs:// address, for load jobs. For an object that is not there its error wraps
	// fs.ErrNotExist; any other error counts as passing trouble. It may be nil where nothing is loaded.
	Open func(ctx context.Context, uri string) (io.ReadCloser, error)
	// MemoryLimit is DuckDB's memory_limit, "80MB" when empty. What does not fit goes to files beside Path. The process
	// needs about 60 MB beyond it.
	MemoryLimit string
	// Now is the clock of Status.Ended, time.Now when nil.
	Now func() time.Time
}

// Settings are the DuckDB settings that the meaning of a statement rests on, by name. The statements of the duckdb
// dialect are written for them.
var Settings = map[string]string{
	"autoinstall_known_extensions": "false",
	"autoload_known_extensions":    "false",
	"default_null_order":           "nulls_first_on_asc_last_on_desc", // as in GoogleSQL
	"threads":                      "1",                               // one order of evaluation, so one result
	"TimeZone":                     "UTC",
}

// Driver is a warehouse.Driver over one file.
type Driver struct {
	db      *sql.DB
	path    string
	temp    string // folder of files that live no longer than the process
	open    func(ctx context.Context, uri string) (io.ReadCloser, error)
	now     func() time.Time
	turn    chan struct{} // holds one token: whoever has it may write
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	pending map[string]*pending // submitted and not yet done, by id
	last    time.Time           // when the newest job ended; under turn, not mu
	commits int                 // under turn, too
}

var _ warehouse.Driver = (*Driver)(nil)

// files are the files open in this process, which DuckDB's own lock does not guard against.
var files = struct {
	sync.Mutex
	open map[string]bool
}{open: map[string]bool{}}

// Open opens the file, or makes it. When another process has it open, the error says which and what to do.
func Open(ctx context.Context, o Options) (*Driver, error) {
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o755); err != nil {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(o.Path))
	if err != nil {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(dir, filepath.Base(o.Path)))
	if err != nil {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	if err := claim(path); err != nil {
		return nil, err
	}
	d := &Driver{
		path: path, temp: path + ".tmp", open: o.Open, now: o.Now,
		turn: make(chan struct{}, 1), pending: map[string]*pending{},
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.open == nil {
		d.open = func(context.Context, string) (io.ReadCloser, error) {
			return nil, errors.New("the warehouse was opened without a way to read objects")
		}
	}
	d.ctx, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := d.connect(ctx, o.MemoryLimit); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Driver) connect(ctx context.Context, memory string) error {
	if memory == "" {
		memory = "80MB"
	}
	config := url.Values{
		"memory_limit": {memory}, "temp_directory": {d.temp},
		// A new file has blocks an eighth of the usual size: every column that is appended to holds one in memory, and most
		// of Rollcall's tables are small.
		"default_block_size": {"32768"},
		// Give freed memory back to the system at once: one load after another then needs no more than the first.
		"allocator_flush_threshold": {"4MB"}, "allocator_bulk_deallocation_flush_threshold": {"4MB"},
	}
	connector, err := engine.NewConnector("?"+config.Encode(), d.prepareConnection)
	if err != nil {
		return fmt.Errorf("warehouse %s: %w", d.path, err)
	}
	d.db = sql.OpenDB(connector)
	d.db.SetMaxIdleConns(connections)
	d.db.SetMaxOpenConns(connections)
	if err := d.db.PingContext(ctx); err != nil {
		return d.openError(err)
	}
	// No other process is here, so what stands in the folder is what a killed one has left.
	if err := os.RemoveAll(d.temp); err != nil {
		return fmt.Errorf("warehouse %s: %w", d.path, err)
	}
	if err := os.MkdirAll(d.temp, 0o700); err != nil {
		return fmt.Errorf("warehouse %s: %w", d.path, err)
	}
	if _, err := d.db.ExecContext(ctx, bookkeeping); err != nil {
		return fmt.Errorf("warehouse %s: %w", d.path, err)
	}
	var last sql.NullTime
	if err := d.db.QueryRowContext(ctx, "SELECT max(ended_at) FROM rollcall.jobs").Scan(&last); err != nil {
		return fmt.Errorf("warehouse %s: %w", d.path, err)
	}
	d.last = last.Time
	return nil
}

// connections are enough for one job that writes and some readers beside it.
const connections = 4

// attach opens the file. A large load fills one group of rows after another in memory, so groups are a quarter of the
// usual size.
const attach = "ATTACH IF NOT EXISTS %s AS warehouse (ROW_GROUP_SIZE 30720)"

// prepareConnection makes a new connection one to the file, with the settings.
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

// holder finds the other process in DuckDB's words: "Conflicting lock is held in /usr/bin/x (PID 123) by user y."
var holder = regexp.MustCompile(`lock is held in (.*? \(PID \d+\))`)

func (d *Driver) openError(err error) error {
	if m := holder.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("warehouse %s is open in another process, %s: end that process, or work in another data folder", d.path, m[1])
	}
	return fmt.Errorf("warehouse %s cannot be opened: %w", d.path, err)
}

func claim(path string) error {
	files.Lock()
	defer files.Unlock()
	if files.open[path] {
		return fmt.Errorf("warehouse %s is open in this process already: close it first", path)
	}
	files.open[path] = true
	return nil
}

// Dialect is manifest.DuckDB.
func (d *Driver) Dialect() manifest.Dialect { return manifest.DuckDB }

// Close interrupts the jobs that are under way, as if they had never been submitted, and closes the file.
func (d *Driver) Close() error {
	d.cancel()
	d.running.Wait()
	var err error
	if d.db != nil {
		err = errors.Join(d.db.Close(), os.RemoveAll(d.temp))
	}
	files.Lock()
	delete(files.open, d.path)
	files.Unlock()
	return err
}
