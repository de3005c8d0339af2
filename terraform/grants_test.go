package terraform_test

import (
	"bytes"
	gocmp "cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/grants.golden")

// grant holds one role of one identity on one resource.
type grant struct{ identity, role, resource, condition string }

// scopes holds the arguments that name the resource of a grant, by the type of the grant.
var scopes = map[string][]string{
	"google_project_iam_member":                      {"project"},
	"google_storage_bucket_iam_member":               {"bucket"},
	"google_pubsub_topic_iam_member":                 {"topic"},
	"google_pubsub_subscription_iam_member":          {"subscription"},
	"google_bigquery_dataset_iam_member":             {"dataset_id"},
	"google_bigquery_table_iam_member":               {"dataset_id", "table_id"},
	"google_secret_manager_secret_iam_member":        {"secret_id"},
	"google_cloud_run_v2_service_iam_member":         {"name"},
	"google_artifact_registry_repository_iam_member": {"repository"},
	"google_cloud_tasks_queue_iam_member":            {"name"},
	"google_service_account_iam_member":              {"service_account_id"},
}

func (d *deployment) grants() (list []grant) {
	d.t.Helper()
	custom := map[string]string{} // permissions of the custom roles, by id
	for _, i := range d.of("google_project_iam_custom_role") {
		custom[i.text(d.t, "id")] = i.text(d.t, "permissions")
	}
	for _, i := range d.list {
		if !strings.Contains(i.Type, "_iam_") || i.Type == "google_project_iam_custom_role" {
			continue
		}
		args, ok := scopes[i.Type]
		if !ok {
			d.t.Fatalf("%s: the tests do not know this type of grant; add it to scopes", i.Address)
		}
		kind := strings.TrimSuffix(strings.TrimPrefix(i.Type, "google_"), "_iam_member")
		kind = kind[strings.LastIndex(kind, "_")+1:]
		var name []string
		for _, arg := range args {
			name = append(name, strings.TrimPrefix(i.text(d.t, arg), "demo-mart-"))
		}
		member := strings.TrimPrefix(i.text(d.t, "member"), "serviceAccount:")
		role := strings.TrimPrefix(i.text(d.t, "role"), "roles/")
		list = append(list, grant{
			strings.TrimSuffix(member, "@demo-mart.iam.gserviceaccount.com"), gocmp.Or(custom[role], role),
			kind + " " + strings.Join(name, "."), i.text(d.t, "condition.expression"),
		})
	}
	slices.SortFunc(list, func(a, b grant) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	return list
}

// The table lists everything that the pipeline's accounts and operators may do. Read the difference when it changes.
func TestEachIdentityMayDoOnlyWhatTheTableSays(t *testing.T) {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	last := ""
	for _, g := range deploy(t).grants() {
		if last != "" && g.identity != last {
			fmt.Fprintln(w)
		}
		last = g.identity
		line := fmt.Sprintf("%s\t%s\t%s", g.identity, g.role, g.resource)
		if g.condition != "" {
			line += "\tif " + g.condition
		}
		fmt.Fprintln(w, line)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/grants.golden"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, golden)), b.String()); diff != "" {
		t.Errorf("(-want +got); go test ./terraform -update writes it:\n%s", diff)
	}
}

func TestNothingIsPublicAndNoAccountHasABasicRoleOrAKey(t *testing.T) {
	d := deploy(t)
	grants := d.grants()
	if len(grants) == 0 {
		t.Fatal("no grants")
	}
	basic := []string{"owner", "editor", "viewer", "browser", "iam.serviceAccountUser", "iam.serviceAccountTokenCreator"}
	for _, g := range grants {
		person := strings.HasPrefix(g.identity, "user:")
		if person && (g.role != "iam.serviceAccountTokenCreator" || g.resource != "account rollcall-scheduler") {
			t.Errorf("%v: an operator may only call as Cloud Scheduler does", g)
		}
		if person {
			continue
		}
		if !strings.Contains(g.identity, "gserviceaccount.com") && !strings.HasPrefix(g.identity, "rollcall-") {
			t.Errorf("%v: not a service account", g)
		}
		// A task that calls a source runs as another account, which needs this role on that account.
		ofOne := g.role == "iam.serviceAccountUser" && strings.HasPrefix(g.resource, "account ")
		if slices.Contains(basic, g.role) && !ofOne || strings.HasSuffix(strings.ToLower(g.role), "admin") {
			t.Errorf("%v: the role is too wide", g)
		}
	}
	for _, i := range d.list {
		switch i.Type {
		case "google_service_account_key", "google_storage_hmac_key", "google_secret_manager_secret_version":
			t.Errorf("%s puts a secret into the state", i.Address)
		}
		if strings.Contains(i.Type, "_iam_policy") || strings.Contains(i.Type, "_iam_binding") {
			t.Errorf("%s would remove grants made elsewhere", i.Address)
		}
	}
}

func TestASourceWritesOnlyItsOwnTablesAndFolder(t *testing.T) {
	d := deploy(t)
	grants := d.grants()
	for name, source := range d.pipeline.Sources {
		want := []grant{
			{"rollcall-" + name, "bigquery.jobUser", "project demo-mart", ""},
			{"rollcall-" + name, "pubsub.publisher", "topic loaded", ""},
			{"rollcall-" + name, "storage.legacyBucketReader", "bucket rollcall-staging", ""},
			{"rollcall-" + name, "storage.objectUser", "bucket rollcall-staging",
				`resource.name.startsWith("projects/_/buckets/demo-mart-rollcall-staging/objects/` + name + `/")`},
		}
		for _, table := range source.SortedTables() {
			want = append(want, grant{"rollcall-" + name, "bigquery.dataEditor", "table " + table, ""})
		}
		switch name {
		case "medium":
			want = append(want, grant{"rollcall-medium", "secretmanager.secretAccessor", "secret medium-sid", ""})
		case "kit":
			want = append(want, grant{"rollcall-kit", "secretmanager.secretAccessor", "secret kit-api-key", ""})
		case "stripe":
			want = append(want, grant{"rollcall-stripe", "secretmanager.secretAccessor", "secret stripe-api-key", ""})
		case "drops":
			want = append(want, grant{"rollcall-drops", "storage.objectViewer", "bucket rollcall-drops", ""},
				grant{"rollcall-drops", "storage.objectUser", "bucket rollcall-drops",
					`resource.name.startsWith("projects/_/buckets/demo-mart-rollcall-drops/objects/quarantine/")`})
		}
		var got []grant
		for _, g := range grants {
			if g.identity == "rollcall-"+name {
				got = append(got, g)
			}
		}
		sorted := cmp.Transformer("sorted", func(list []grant) []string {
			var lines []string
			for _, g := range list {
				lines = append(lines, fmt.Sprintf("%s | %s | %s", g.role, g.resource, g.condition))
			}
			slices.Sort(lines)
			return lines
		})
		if diff := cmp.Diff(want, got, sorted); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The ledger is only reliable if nothing in it ever changes.
func TestNoAccountMayDeleteFromTheLedger(t *testing.T) {
	var roles []string
	for _, g := range deploy(t).grants() {
		if g.resource == "bucket rollcall-ledger" {
			roles = append(roles, g.identity+" "+g.role)
		}
		if g.resource == "project demo-mart" && strings.HasPrefix(g.role, "storage.") && g.condition == "" {
			t.Errorf("%v applies to every bucket", g)
		}
	}
	slices.Sort(roles)
	want := []string{"rollcall-coordinator storage.objectCreator", "rollcall-coordinator storage.objectViewer"}
	if diff := cmp.Diff(want, roles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
