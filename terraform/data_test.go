package terraform_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/sethvargo/go-envconfig"
	"github.com/zclconf/go-cty/cty"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/function"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
)

func TestRawTablesMatchThePipelineAndItsSchemaFiles(t *testing.T) {
	d := deploy(t)
	tables := 0
	for name, source := range d.pipeline.Sources {
		for table, about := range source.Tables {
			tables++
			address := fmt.Sprintf("google_bigquery_table.raw[%q]", table)
			want, err := schema.Parse(read(t, filepath.Join("..", "functions", name, "schema", table+".json")))
			if err != nil {
				t.Fatal(err)
			}
			got, err := schema.Parse([]byte(d.one(address).text(t, "schema")))
			if err != nil {
				t.Fatalf("%s: %v", address, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", address, diff)
			}
			column, err := want.PartitionColumn()
			if err != nil {
				t.Fatalf("%s: %v", table, err)
			}
			grain := map[partition.Grain]string{partition.Daily: "DAY", partition.Monthly: "MONTH"}[source.Cadence]
			d.expect(address, map[string]string{
				"dataset_id": "raw", "table_id": table, "description": about.Description, "deletion_protection": "true",
				"time_partitioning.field": column, "time_partitioning.type": grain, "time_partitioning.expiration_ms": "",
			})
			var clustered []string
			list, _ := d.one(address).json(t)["clustering"].([]any)
			for _, c := range list {
				clustered = append(clustered, c.(string))
			}
			if diff := cmp.Diff(about.ClusterBy, clustered); diff != "" {
				t.Errorf("%s: clustering (-want +got):\n%s", address, diff)
			}
		}
	}
	if n := len(d.of("google_bigquery_table")); n != tables {
		t.Errorf("%d tables are created, and the pipeline has %d", n, tables)
	}
}

func TestOnlyStagingExpires(t *testing.T) {
	d := deploy(t)
	d.expect("google_bigquery_dataset.staging", map[string]string{
		"dataset_id": "staging", "default_table_expiration_ms": "86400000",
	})
	for _, kept := range []string{"raw", "mart"} {
		d.expect("google_bigquery_dataset."+kept, map[string]string{
			"dataset_id": kept, "default_table_expiration_ms": "", "default_partition_expiration_ms": "",
			"delete_contents_on_destroy": "",
		})
	}
	d.expect("google_storage_bucket.staging", map[string]string{
		"lifecycle_rule.action.type": "Delete", "lifecycle_rule.condition.age": "400",
	})
	d.expect("google_storage_bucket.drops", map[string]string{"versioning.enabled": "true", "force_destroy": "false"})
}

// A schema file that lacks a column, as in an older release, must not drop the column from the table.
func TestATableKeepsTheColumnsThatItsSchemaFileLacks(t *testing.T) {
	tables := 0
	for _, i := range deploy(t).of("google_bigquery_table") {
		if i.text(t, "schema") == "" {
			continue
		}
		tables++
		if i.text(t, "ignore_auto_generated_schema") != "true" {
			t.Errorf("%s: a column that is removed from the schema file would be dropped; set ignore_auto_generated_schema",
				i.Address)
		}
	}
	if tables == 0 {
		t.Error("no table has a schema")
	}
}

// The coordinator knows only what it can list. Versioning would let a live object be hidden in spite of the retention policy.
func TestNothingHidesOrDeletesALedgerObject(t *testing.T) {
	d := deploy(t)
	d.expect("google_storage_bucket.ledger", map[string]string{
		"retention_policy.retention_period": "315360000", "versioning.enabled": "false", "lifecycle_rule": "",
		"soft_delete_policy": "", "force_destroy": "false",
	})
}

// The default is 400 days. A source compares a month with the month before, so a month of files is too little.
func TestStagedFilesAreKeptForMoreThanAMonth(t *testing.T) {
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	for days, accepted := range map[int64]bool{34: false, 35: true, 400: true} {
		given := given(t, p)
		given["staging_days"] = cty.NumberIntVal(days)
		refusals := load(t, ".", "", given).refusals()
		if accepted != (len(refusals) == 0) {
			t.Errorf("%d days: %q", days, refusals)
		}
		if !accepted && !strings.Contains(strings.Join(refusals, ""), "at least 35") {
			t.Errorf("%d days: %q does not say how many are enough", days, refusals)
		}
	}
	_, env := deploy(t).function("sweep")
	sweep := function.SweepConfig{}
	err = envconfig.ProcessWith(t.Context(), &envconfig.Config{Target: &sweep, Lookuper: envconfig.MapLookuper(env)})
	if err != nil {
		t.Fatal(err)
	}
	if sweep.Days == 0 || sweep.Days > 35 {
		t.Errorf("the sweep looks back %d days, and staged files may be deleted after 35", sweep.Days)
	}
}

func TestSettingsOfAnUnknownFunctionAreRefused(t *testing.T) {
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	for name, accepted := range map[string]bool{
		"sheets": true, "coordinator": true, "sweep": true, "sheet": false, "Stripe": false,
	} {
		given := given(t, p)
		given["environment"] = cty.ObjectVal(map[string]cty.Value{
			name: cty.ObjectVal(map[string]cty.Value{"SETTING": cty.StringVal("value")}),
		})
		if refusals := load(t, ".", "", given).refusals(); accepted != (len(refusals) == 0) {
			t.Errorf("%s: %q", name, refusals)
		}
	}
}

// Reads across regions cost money, and load jobs refuse them.
func TestEverythingIsInOneRegionAndNoBucketIsPublic(t *testing.T) {
	d := deploy(t)
	for _, i := range d.list {
		for _, arg := range []string{"location", "region"} {
			if got := i.text(t, arg); got != "" && got != region {
				t.Errorf("%s: %s is %s", i.Address, arg, got)
			}
		}
		if i.Type == "google_storage_bucket" {
			d.expect(i.Address, map[string]string{
				"location": region, "uniform_bucket_level_access": "true", "public_access_prevention": "enforced",
			})
		}
	}
}

func TestVariablesAndOutputsAreDescribedAndFewAreRequired(t *testing.T) {
	required := map[string]bool{}
	for _, dir := range []string{".", "modules/function"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.tf"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			f, diags := hclparse.NewParser().ParseHCLFile(file)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			for _, b := range f.Body.(*hclsyntax.Body).Blocks {
				if b.Type != "variable" && b.Type != "output" {
					continue
				}
				if b.Body.Attributes["description"] == nil {
					t.Errorf("%s: %s %s has no description", file, b.Type, b.Labels[0])
				}
				if b.Type == "variable" && dir == "." && b.Body.Attributes["default"] == nil {
					required[b.Labels[0]] = true
				}
			}
		}
	}
	want := map[string]bool{"project": true, "region": true, "timezone": true, "secrets": true, "accounts": true}
	if diff := cmp.Diff(want, required); diff != "" {
		t.Errorf("variables without a default (-want +got):\n%s", diff)
	}
}
