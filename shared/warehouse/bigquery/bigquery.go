// Package bigquery implements warehouse.Driver with BigQuery, through its REST API.
//
// It uses cloud.google.com/go/bigquery. That client repeats some calls by itself until their context ends, so
// each attempt here has its own timeout. It does not report how many rows a copy job copied. The requests are
// explained in the REST reference: https://cloud.google.com/bigquery/docs/reference/rest/v2.
//
// # What it relies on
//
// Job ids. The caller chooses a job's id, and BigQuery accepts it once in a project and location. A second
// jobs.insert fails with 409 duplicate, even when it only repeats a first one whose reply was lost. A job can
// be read for six months.
// https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
//
// Loads into a partition. A load with WRITE_TRUNCATE into table$20261121 (a day) or table$202611 (a month)
// replaces the partition in one atomic step, without DML. Rows outside the partition make it fail.
// https://cloud.google.com/bigquery/docs/load-data-partitioned-tables
//
// Loads without rows. A load without objects becomes a load of an empty upload (uploadType=multipart, as bq
// load does with a local file). It is the only job without DML that empties a partition of a table with
// REQUIRED columns: a query's result has NULLABLE columns only. BigQuery refuses such a load without a schema.
//
// Loads into a whole table. The job sets the table's schema, and must repeat the table's partitioning, so the
// driver reads that first.
//
// Queries with a destination. The columns of the destination are those of the result, NULLABLE or REPEATED,
// without descriptions. The job sets partitioning and clustering, and the dataset's default_table_expiration
// the expiration. A job cannot state which columns it expects, so the driver compares them with the definition
// in a dry run, which is free.
// https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery
//
// Copies. Source and destination must have the same partitioning, clustering and columns, so staging tables are
// created like their target, and staging$20261121 is copied to mart$20261121. A copy reads no rows, is free,
// and is atomic. A copy of a whole table also copies the schema without descriptions; EnsureTable sets them
// again.
// https://cloud.google.com/bigquery/docs/managing-partitioned-tables#copy_a_partition
//
// DML. Two statements that change one table at the same time can fail with "Could not serialize access". Of
// MERGE, UPDATE and DELETE two run and 20 wait. One Driver runs one statement at a time on each table; a
// conflict with another process is a transient error.
// https://cloud.google.com/bigquery/docs/data-manipulation-language#concurrent_jobs
//
// Results. The rows of a query without a destination are kept for about a day.
// https://cloud.google.com/bigquery/docs/cached-results
//
// Errors. The reasons, and which errors to retry: https://cloud.google.com/bigquery/docs/error-messages.
//
// # How it is tested
//
// The suite warehousetest runs against bigquerytest, a fake written from the REST reference that refuses what
// BigQuery refuses and can lose replies or answer 429 and 5xx. It also runs against an independent emulator,
// except for the cases in testdata/emulator_exceptions.yaml. And coordinator/testdata/bigquery_day holds every
// request of one day, to compare with the reference.
package bigquery

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/bigquery"
	bq "google.golang.org/api/bigquery/v2"
	"google.golang.org/api/option"

	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// EmulatorVariable names the environment variable with an emulator's address, "127.0.0.1:9050" or
// "http://127.0.0.1:9050". If it is set, the driver connects to that address instead of Google, without
// credentials.
const EmulatorVariable = "BIGQUERY_EMULATOR_HOST"

// Options configures a Driver.
type Options struct {
	// Project is the project that jobs run in and that has the tables. Required.
	Project string
	// Location is the location of the datasets: EU, US, europe-west1 … Required; a job is only known in its
	// location.
	Location string
	// Endpoint is an emulator's address, as in EmulatorVariable; that variable's value if empty.
	Endpoint string
	// Pause is the first pause between two polls of a job, and between two attempts of a call. Both grow.
	// Default: 250 ms.
	Pause time.Duration
	// Timeout bounds each attempt of a call, including what the client repeats by itself. Default: one minute.
	Timeout time.Duration
}

// Driver implements warehouse.Driver and warehouse.Estimator.
type Driver struct {
	client  *bigquery.Client
	tables  *bq.TablesService // for what the client leaves out of a listing
	options Options
	targets concurrent.Locks[warehouse.Table] // held while a DML statement is submitted
	latest  sync.Map                          // by target: the id of the DML statement submitted last
}

var (
	_ warehouse.Driver    = (*Driver)(nil)
	_ warehouse.Estimator = (*Driver)(nil)
)

// Open creates a driver with the environment's credentials. It makes no request.
func Open(ctx context.Context, o Options) (*Driver, error) {
	if o.Project == "" || o.Location == "" {
		return nil, errors.New("bigquery: project and location are required")
	}
	if o.Pause <= 0 {
		o.Pause = 250 * time.Millisecond
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Endpoint == "" {
		o.Endpoint = os.Getenv(EmulatorVariable)
	}
	var options []option.ClientOption
	if o.Endpoint != "" {
		if !strings.Contains(o.Endpoint, "://") {
			o.Endpoint = "http://" + o.Endpoint
		}
		options = []option.ClientOption{
			option.WithEndpoint(strings.TrimSuffix(o.Endpoint, "/") + "/bigquery/v2/"), option.WithHTTPClient(&http.Client{}),
		}
	}
	client, err := bigquery.NewClient(ctx, o.Project, options...)
	if err != nil {
		return nil, err
	}
	client.Location = o.Location
	service, err := bq.NewService(ctx, options...)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &Driver{client: client, tables: service.Tables, options: o}, nil
}

// Dialect returns manifest.BigQuery.
func (d *Driver) Dialect() manifest.Dialect { return manifest.BigQuery }

// Close closes the connections. Jobs continue.
func (d *Driver) Close() error { return d.client.Close() }

// table returns a table, or one of its partitions by its decorator.
func (d *Driver) table(t warehouse.Table, p partition.Partition) *bigquery.Table {
	name := t.Name
	if !p.IsZero() {
		name += "$" + p.Decorator()
	}
	return d.client.Dataset(t.Dataset).Table(name)
}
