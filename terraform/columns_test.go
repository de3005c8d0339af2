package terraform_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	bq "google.golang.org/api/bigquery/v2"
)

// oneTable is BigQuery with one table, as the provider uses it: tables.insert, get and update, and statements. Like BigQuery,
// an update cannot leave out a column.
type oneTable struct {
	mu         sync.Mutex
	table      *bq.Table
	statements []string
}

func (o *oneTable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var body struct {
		bq.Table
		Query string `json:"query"`
	}
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/rowAccessPolicies"):
		fmt.Fprint(w, "{}")
		return
	case strings.HasSuffix(r.URL.Path, "/queries"):
		o.statements = append(o.statements, body.Query)
		o.table.Schema.Fields = slices.DeleteFunc(o.table.Schema.Fields, func(f *bq.TableFieldSchema) bool {
			return strings.Contains(body.Query, "DROP COLUMN `"+f.Name+"`")
		})
		fmt.Fprint(w, `{"jobComplete": true}`)
		return
	case r.Method == http.MethodPut:
		for _, column := range o.columns() {
			if !slices.ContainsFunc(body.Schema.Fields, func(f *bq.TableFieldSchema) bool { return f.Name == column }) {
				http.Error(w, fmt.Sprintf(`{"error": {"code": 400, "message": "Field %s is missing in new schema"}}`, column),
					http.StatusBadRequest)
				return
			}
		}
		fallthrough
	case r.Method == http.MethodPost:
		o.table = &body.Table
		o.table.Type, o.table.Id = "TABLE", "demo-mart:raw.visits"
	case o.table == nil:
		http.Error(w, `{"error": {"code": 404, "message": "Not found"}}`, http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(o.table)
}

func (o *oneTable) columns() (names []string) {
	for _, f := range o.table.Schema.Fields {
		names = append(names, f.Name)
	}
	return names
}

// rawTable returns the resource google_bigquery_table.raw as datasets.tf has it.
func rawTable(t *testing.T) string {
	t.Helper()
	text := read(t, "datasets.tf")
	f, diags := hclparse.NewParser().ParseHCL(text, "datasets.tf")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, b := range f.Body.(*hclsyntax.Body).Blocks {
		if slices.Equal(b.Labels, []string{"google_bigquery_table", "raw"}) {
			return string(text[b.TypeRange.Start.Byte:b.CloseBraceRange.End.Byte])
		}
	}
	t.Fatal("datasets.tf has no google_bigquery_table.raw")
	return ""
}

// TestApplyAddsColumnsAndDropsNone applies the table with the real provider and schema files of several releases.
func TestApplyAddsColumnsAndDropsNone(t *testing.T) {
	env := terraformEnv(t)
	fake := &oneTable{}
	server := httptest.NewServer(fake)
	defer server.Close()
	root := t.TempDir()
	w := workspace{t: t, root: root, env: env}
	if err := os.Mkdir(filepath.Join(root, "terraform"), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, "terraform", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("main.tf", fmt.Sprintf(`
provider "google" {
  project                   = "demo-mart"
  big_query_custom_endpoint = "%s/"
}
variable "protect_data" {
  default = true
}
locals {
  tables = { visits = {
    description = "Visits.", schema_file = "schema.json", cluster_by = null, grain = "DAY", partition = "day"
  } }
}
`, server.URL)+strings.ReplaceAll(rawTable(t), "google_bigquery_dataset.raw.dataset_id", `"raw"`))
	w.terraform("init", "-input=false")
	for _, release := range []struct {
		columns string
		want    []string // in the table
	}{
		{"day visits country", []string{"day", "visits", "country"}},
		{"day visits", []string{"day", "visits", "country"}},
		{"day visits country city", []string{"day", "visits", "country", "city"}},
		{"day", []string{"day", "visits", "country", "city"}},
	} {
		schema := []map[string]string{}
		for name := range strings.FieldsSeq(release.columns) {
			kind := "STRING"
			if name == "day" {
				kind = "DATE"
			}
			schema = append(schema, map[string]string{"name": name, "type": kind, "mode": "NULLABLE"})
		}
		data, err := json.Marshal(schema)
		if err != nil {
			t.Fatal(err)
		}
		write("schema.json", string(data))
		w.terraform("apply", "-input=false", "-auto-approve")
		if diff := cmp.Diff(release.want, fake.columns()); diff != "" {
			t.Errorf("columns after the release with %q (-want +got):\n%s", release.columns, diff)
		}
	}
	if len(fake.statements) > 0 {
		t.Errorf("statements: %q", fake.statements)
	}
}
