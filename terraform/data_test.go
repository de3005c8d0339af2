package terraform_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"example.com/rollcall/shared/partition"
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
	d.expect("google_storage_bucket.ledger", map[string]string{
		"versioning.enabled": "true", "retention_policy.retention_period": "315360000", "force_destroy": "false",
		"lifecycle_rule": "",
	})
	d.expect("google_storage_bucket.drops", map[string]string{"versioning.enabled": "true", "force_destroy": "false"})
}

// Reads across regions cost money, and load jobs refuse them.
func TestEverythingIsInOneRegionAndNoBucketIsPublic(t *testing.T) {
	d := deploy(t)
	for _, i := range d.list {
		for _, arg := range []string{"location", "region"} {
			if got := i.text(t, arg); got != "" && got != "europe-west2" {
				t.Errorf("%s: %s is %s", i.Address, arg, got)
			}
		}
		if i.Type == "google_storage_bucket" {
			d.expect(i.Address, map[string]string{
				"location": "europe-west2", "uniform_bucket_level_access": "true", "public_access_prevention": "enforced",
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
