package bigquery_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	bq "cloud.google.com/go/bigquery"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
)

// The driver never causes some of these refusals, so the requests are written here.
func TestTheFakeRefusesWhatBigQueryRefuses(t *testing.T) {
	f := serve(t)
	if err := f.driver(t).EnsureTable(t.Context(), counts); err != nil {
		t.Fatal(err)
	}
	const (
		jobs     = "/bigquery/v2/projects/project/jobs"
		ref      = `"jobReference": {"projectId": "project", "jobId": "j", "location": "EU"}`
		elements = `"sourceFormat": "NEWLINE_DELIMITED_JSON", "sourceUris": ["gs://b/o"], "createDisposition": "CREATE_NEVER", "writeDisposition": "WRITE_TRUNCATE"`
		schema   = `"schema": {"fields": [{"name": "day", "type": "DATE"}]}`
	)
	table := func(id string) string {
		return `{"projectId": "project", "datasetId": "mart", "tableId": "` + id + `"}`
	}
	load := func(id, rest string) string {
		return `{` + ref + `, "configuration": {"load": {"destinationTable": ` + table(id) + `, ` + rest + `}}}`
	}
	for name, c := range map[string]struct {
		path, body string
		status     int
		message    string
	}{
		"an unknown field":            {jobs, `{` + ref + `, "configuration": {"query": {"query": "SELECT 1", "useLegacySQL": false}, "label": {}}}`, 400, `unknown field \"label\"`},
		"no job reference":            {jobs, `{"configuration": {"query": {"query": "SELECT 1"}}}`, 400, "jobReference"},
		"another project":             {"/bigquery/v2/projects/other/jobs", `{}`, 404, "Project other"},
		"another location":            {jobs, strings.Replace(`{`+ref+`, "configuration": {"query": {"query": "SELECT 1", "useLegacySql": false}}}`, "EU", "US", 1), 404, "location US"},
		"legacy SQL":                  {jobs, `{` + ref + `, "configuration": {"query": {"query": "SELECT 1"}}}`, 501, "legacy SQL"},
		"a label in capitals":         {jobs, `{` + ref + `, "configuration": {"labels": {"Model": "x"}, "query": {"query": "SELECT 1", "useLegacySql": false}}}`, 400, "lowercase"},
		"an id with a dot":            {jobs, `{"jobReference": {"projectId": "project", "jobId": "a.b", "location": "EU"}, "configuration": {"query": {"query": "SELECT 1", "useLegacySql": false}}}`, 400, "Invalid job ID"},
		"a load without schema":       {jobs, load("counts$20261121", elements), 400, "No schema"},
		"a load of nothing":           {jobs, load("counts$20261121", strings.Replace(elements, `["gs://b/o"]`, "[]", 1)+", "+schema), 400, "sourceUris"},
		"a decorator of no calendar":  {jobs, load("counts$20261131", elements+", "+schema), 400, "Invalid partition decorator"},
		"a decorator of hours":        {jobs, load("counts$2026112100", elements+", "+schema), 400, "Invalid partition decorator"},
		"an empty decorator":          {jobs, load("counts$", elements+", "+schema), 400, "Invalid partition decorator"},
		"a load that makes its table": {jobs, load("counts$20261121", strings.Replace(elements, "CREATE_NEVER", "CREATE_IF_NEEDED", 1)+", "+schema), 501, "CREATE_IF_NEEDED"},
		"a copy to another partition": {jobs, `{` + ref + `, "configuration": {"copy": {"sourceTable": ` + table("counts$20261120") + `, "destinationTable": ` + table("counts$20261121") + `}}}`, 400, "Incompatible partitions"},
		"DML with a destination":      {jobs, `{` + ref + `, "configuration": {"query": {"query": "DELETE FROM mart.counts WHERE TRUE", "useLegacySql": false, "destinationTable": ` + table("x") + `}}}`, 400, "DML"},
		"a column without a type":     {"/bigquery/v2/projects/project/datasets/mart/tables", `{"tableReference": ` + table("t") + `, "schema": {"fields": [{"name": "a"}]}}`, 400, "type"},
		"a partition by a text":       {"/bigquery/v2/projects/project/datasets/mart/tables", `{"tableReference": ` + table("t") + `, "schema": {"fields": [{"name": "a", "type": "STRING"}]}, "timePartitioning": {"type": "DAY", "field": "a"}}`, 400, "partitioning"},
		"a dataset that is not there": {"/bigquery/v2/projects/project/datasets/none/tables", `{"tableReference": {"projectId": "project", "datasetId": "none", "tableId": "t"}, "schema": {"fields": [{"name": "a", "type": "STRING"}]}}`, 404, "Dataset project:none"},
		"what it does not know":       {"/bigquery/v2/projects/project/datasets", `{}`, 501, "not implemented by this fake"},
	} {
		resp, err := http.Post(f.url+c.path, "application/json", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := resp.Write(&text); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(text.String(), c.message) {
			t.Errorf("%s: want %d and %q, got:\n%s", name, c.status, c.message, text.String())
		}
	}
}

// A refused job and a failed job both give a *JobError with BigQuery's reason.
func TestAFailureSaysWhyInBigQuerysWords(t *testing.T) {
	f, d := serveOneRow(t)
	elsewhere := counts
	elsewhere.Table.Dataset = "elsewhere"
	narrow := counts
	narrow.Schema = narrow.Schema[:2]
	narrow.Table.Name = "narrow"
	for name, c := range map[string]struct {
		job     warehouse.Job
		refused bool
		reason  string
		message string
	}{
		"too small a maximum":     {warehouse.Job{Query: &warehouse.Query{SQL: "SELECT n FROM mart.counts", MaxBytesBilled: 1 << 20}}, false, "bytesBilledLimitExceeded", "10485760 or higher"},
		"no such dataset":         {warehouse.Job{Query: &warehouse.Query{SQL: "SELECT day, page, n FROM mart.counts", Destination: &elsewhere}}, false, "notFound", "Dataset project:elsewhere"},
		"missing columns":         {warehouse.Job{Query: &warehouse.Query{SQL: "SELECT day, page, n FROM mart.counts", Destination: &narrow}}, true, "invalid", "column n"},
		"a query that is wrong":   {warehouse.Job{Query: &warehouse.Query{SQL: "SELECT days FROM mart.counts", Destination: &narrow}}, true, "invalidQuery", "days"},
		"a row that does not fit": {warehouse.Job{Load: &warehouse.Load{URIs: []string{f.Put("bad", []byte("no gzip"))}, Destination: counts.Table, Schema: counts.Schema, Partition: day}}, false, "invalid", "gs://staging/bad"},
		"no object":               {warehouse.Job{Load: &warehouse.Load{URIs: []string{"gs://staging/none"}, Destination: counts.Table, Schema: counts.Schema, Partition: day}}, false, "notFound", "gs://staging/none"},
	} {
		c.job.ID = strings.ReplaceAll(name, " ", "_")
		err := d.Submit(t.Context(), c.job)
		if (err != nil) != c.refused {
			t.Errorf("%s: submitting gives %v", name, err)
		}
		if err == nil {
			status, waited := d.Wait(t.Context(), c.job.ID)
			if err = status.Err; waited != nil {
				t.Fatal(waited)
			}
		}
		var failed *warehouse.JobError
		if !errors.As(err, &failed) || failed.Reason != c.reason || failed.Transient || !strings.Contains(failed.Message, c.message) {
			t.Errorf("%s: want %s and %q, got %v", name, c.reason, c.message, err)
		}
	}
}

// A job that was submitted before is found, even if it could not be submitted again.
func TestAJobIsFoundAfterItsInputsAreDeleted(t *testing.T) {
	f := serve(t)
	d := f.driver(t)
	staged := counts
	staged.Table = warehouse.Table{Dataset: "staging", Name: "counts"}
	job := warehouse.Job{ID: "stage", Query: &warehouse.Query{SQL: "SELECT day, page, n FROM mart.counts", Destination: &staged}}
	if err := d.EnsureTable(t.Context(), counts); err != nil {
		t.Fatal(err)
	}
	if _, err := warehouse.Run(t.Context(), d, job); err != nil {
		t.Fatal(err)
	}
	job.Query.SQL = "SELECT day, page, n FROM mart.gone"
	if err := d.Submit(t.Context(), job); !errors.Is(err, warehouse.ErrJobExists) {
		t.Errorf("want ErrJobExists, got %v", err)
	}
}

func TestATablesClusteringIsUpdated(t *testing.T) {
	f := serve(t)
	d := f.driver(t)
	for _, step := range []struct{ by, want []string }{
		{[]string{"page"}, []string{"page"}}, {[]string{"page", "n"}, []string{"page", "n"}}, {nil, []string{"page", "n"}},
		{[]string{}, nil}, {nil, nil}, {[]string{"n"}, []string{"n"}},
	} {
		def := counts
		def.ClusterBy = step.by
		if err := d.EnsureTable(t.Context(), def); err != nil {
			t.Fatal(err)
		}
		have, _ := f.Definition(counts.Table)
		var got []string
		if have.Clustering != nil {
			got = have.Clustering.Fields
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("after %v: clustered by %v, want %v", step.by, got, step.want)
		}
	}
}

// A changed description is written to BigQuery. A definition without one keeps the existing description.
func TestDescriptionsAreUpdated(t *testing.T) {
	f := serve(t)
	d := f.driver(t)
	for _, step := range []struct{ table, column, wantTable, wantColumn string }{
		{"Counts.", "Which.", "Counts.", "Which."}, {"", "", "Counts.", "Which."}, {"Counts of pages.", "Which page.", "Counts of pages.", "Which page."},
	} {
		def := counts
		def.Schema = slices.Clone(counts.Schema)
		def.Description, def.Schema[1].Description = step.table, step.column
		if err := d.EnsureTable(t.Context(), def); err != nil {
			t.Fatal(err)
		}
		have, _ := f.Definition(counts.Table)
		if have.Description != step.wantTable || have.Schema.Fields[1].Description != step.wantColumn {
			t.Errorf("described %q, column %q; want %q, %q", have.Description, have.Schema.Fields[1].Description, step.wantTable, step.wantColumn)
		}
	}
	calls := len(f.calls)
	def := counts
	def.Description = "Counts of pages."
	if err := d.EnsureTable(t.Context(), def); err != nil || len(f.calls) != calls+1 {
		t.Errorf("%d calls for a table that is as it should be, %v", len(f.calls)-calls, err)
	}
}

// A user who moves to Rollcall may have views with the names of models.
func TestAnExistingViewIsReportedByName(t *testing.T) {
	for _, c := range []struct {
		name string
		have bq.TableMetadata
		want string
	}{
		{"a view", bq.TableMetadata{Type: bq.ViewTable}, "a VIEW of that name"},
		{"partitions by hours", bq.TableMetadata{TimePartitioning: &bq.TimePartitioning{Type: "HOUR", Field: "day"}}, "HOUR by column day"},
		{"partitions by the time of loading", bq.TableMetadata{TimePartitioning: &bq.TimePartitioning{Type: "DAY"}}, "_PARTITIONTIME"},
		{"partitions by numbers", bq.TableMetadata{RangePartitioning: &bq.RangePartitioning{Field: "n"}}, "RANGE by column n"},
		{"a record", bq.TableMetadata{Schema: bq.Schema{{Name: "page", Type: bq.RecordFieldType}}}, "column page is RECORD"},
	} {
		err := bigquery.Change(t.Context(), &c.have, counts)
		if !errors.Is(err, warehouse.ErrSchemaDrift) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want ErrSchemaDrift with %q, got %v", c.name, c.want, err)
		}
	}
}

// The API uses the legacy names of some types.
func TestLegacyTypeNamesAreTranslated(t *testing.T) {
	have := bq.TableMetadata{
		Type:   bq.RegularTable,
		Schema: bq.Schema{{Name: "a", Type: bq.IntegerFieldType}, {Name: "b", Type: bq.FloatFieldType}, {Name: "c", Type: bq.BooleanFieldType}},
	}
	def := warehouse.Definition{Table: counts.Table, Schema: schema.Schema{{Name: "a", Type: schema.Int64}, {Name: "b", Type: schema.Float64}, {Name: "c", Type: schema.Bool}}}
	if err := bigquery.Change(t.Context(), &have, def); err != nil {
		t.Error(err)
	}
}
