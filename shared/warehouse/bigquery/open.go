package bigquery

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/option"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// EmulatorVariable names an emulator's address in the environment: "127.0.0.1:9050", or with http:// before it. While it is
// set, that is asked in place of Google, and no credentials are used.
const EmulatorVariable = "BIGQUERY_EMULATOR_HOST"

// Options say whose BigQuery it is.
type Options struct {
	// Project is where jobs run and tables stand.
	Project string
	// Location is where the datasets are: EU, US, europe-west2 … A job is known in its location only.
	Location string
	// Endpoint is an emulator's address, asked without credentials; empty: the environment's, or else Google.
	Endpoint string
	// Pause is the first pause between two questions about a job, and between two tries of a call; both grow from there.
	// A quarter of a second when zero.
	Pause time.Duration
	// Patience bounds each try of a call, with what the client itself repeats. A minute when zero.
	Patience time.Duration
}

// Driver is a warehouse.Driver over BigQuery.
type Driver struct {
	client   *bigquery.Client
	location string
	pause    time.Duration
	patience time.Duration
	turns    turns
}

var (
	_ warehouse.Driver    = (*Driver)(nil)
	_ warehouse.Estimator = (*Driver)(nil)
)

// Open connects, with the credentials of the environment. Nothing is asked yet.
func Open(ctx context.Context, o Options) (*Driver, error) {
	if o.Project == "" || o.Location == "" {
		return nil, errors.New("bigquery: the project and the location of its datasets are needed")
	}
	d := &Driver{location: o.Location, pause: o.Pause, patience: o.Patience}
	if d.pause <= 0 {
		d.pause = 250 * time.Millisecond
	}
	if d.patience <= 0 {
		d.patience = time.Minute
	}
	endpoint := o.Endpoint
	if endpoint == "" {
		endpoint = os.Getenv(EmulatorVariable)
	}
	var options []option.ClientOption
	if endpoint != "" {
		if !strings.Contains(endpoint, "://") {
			endpoint = "http://" + endpoint
		}
		options = []option.ClientOption{
			option.WithEndpoint(strings.TrimSuffix(endpoint, "/") + "/bigquery/v2/"), option.WithHTTPClient(&http.Client{}),
		}
	}
	var err error
	if d.client, err = bigquery.NewClient(ctx, o.Project, options...); err != nil {
		return nil, err
	}
	d.client.Location = d.location
	return d, nil
}

// Dialect is manifest.BigQuery.
func (d *Driver) Dialect() manifest.Dialect { return manifest.BigQuery }

// Close lets go of the connections. Jobs run on, and can be asked for by anybody.
func (d *Driver) Close() error { return d.client.Close() }

// table is a table, or with a partition that partition of it, by its decorator.
func (d *Driver) table(t warehouse.Table, p partition.Partition) *bigquery.Table {
	name := t.Name
	if !p.IsZero() {
		name += "$" + p.Decorator()
	}
	return d.client.Dataset(t.Dataset).Table(name)
}
