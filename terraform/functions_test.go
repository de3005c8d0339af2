package terraform_test

import (
	gocmp "cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"
	"github.com/zclconf/go-cty/cty"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/function"
	"example.com/rollcall/functions/drops"
	"example.com/rollcall/functions/kit"
	"example.com/rollcall/functions/medium"
	"example.com/rollcall/functions/sheets"
	"example.com/rollcall/functions/stripe"
	"example.com/rollcall/shared/cloud"
	"example.com/rollcall/shared/pipeline"
)

// configs returns the settings that each function reads from its environment, in addition to those of package cloud.
var configs = map[string]func() any{
	"medium":      func() any { return &medium.Config{} },
	"kit":         func() any { return &kit.Config{} },
	"stripe":      func() any { return &stripe.Config{} },
	"sheets":      func() any { return &sheets.Config{} },
	"drops":       func() any { return &drops.Config{} },
	"coordinator": func() any { return &function.Config{Limits: coordinator.DefaultLimits()} },
	"sweep":       func() any { return &function.SweepConfig{Config: function.Config{Limits: coordinator.DefaultLimits()}} },
}

// primaries names the function whose code and identity another function shares, as a second entry point.
var primaries = map[string]string{"sweep": "coordinator"}

// secretValues holds values of the secrets, which Terraform does not know.
var secretValues = map[string]string{
	"MEDIUM_SID": "1:made-up", "KIT_API_KEY": "kit_made_up", "STRIPE_API_KEY": "rk_live_made_up",
}

// function returns the deployed function of a name, and its environment including its secrets.
func (d *deployment) function(name string) (i *instance, env map[string]string) {
	d.t.Helper()
	address := fmt.Sprintf("module.function[%q]", name)
	if primaries[name] != "" {
		address = "module." + name
	}
	i = d.one(address + ".google_cloudfunctions2_function.this")
	service := i.json(d.t)["service_config"].([]any)[0].(map[string]any)
	env = map[string]string{}
	for key, value := range service["environment_variables"].(map[string]any) {
		env[key] = value.(string)
	}
	secrets, _ := service["secret_environment_variables"].([]any)
	for _, s := range secrets {
		s := s.(map[string]any)
		key := s["key"].(string)
		want := map[string]any{
			"key": key, "project_id": "demo-mart", "version": "latest",
			"secret": d.one(fmt.Sprintf("google_secret_manager_secret.this[%q]", key)).text(d.t, "secret_id"),
		}
		if diff := cmp.Diff(want, s); diff != "" {
			d.t.Errorf("%s (-want +got):\n%s", i.Address, diff)
		}
		if _, ok := env[key]; ok {
			d.t.Errorf("%s: %s is a secret, and also a plain environment variable", i.Address, key)
		}
		env[key] = secretValues[key]
	}
	return i, env
}

// variables returns the environment variables that a struct's tags name.
func variables(of reflect.Type) (names []string) {
	for f := range of.Fields() {
		if tag := f.Tag.Get("env"); tag != "" {
			name, _, _ := strings.Cut(tag, ",")
			names = append(names, name)
		} else if f.Type.Kind() == reflect.Struct {
			names = append(names, variables(f.Type)...)
		}
	}
	return names
}

func TestEachFunctionGetsTheSettingsItReadsAndNoOthers(t *testing.T) {
	d := deploy(t)
	names := []string{"coordinator", "sweep"}
	for name := range d.pipeline.Sources {
		names = append(names, name)
	}
	if n := len(d.of("google_cloudfunctions2_function")); n != len(names) {
		t.Errorf("%d functions are deployed, want %d", n, len(names))
	}
	for _, name := range names {
		config, ok := configs[name]
		if !ok {
			t.Errorf("function %s: add its Config to configs", name)
			continue
		}
		_, env := d.function(name)
		own, common := config(), any(&cloud.Config{})
		if d.pipeline.Sources[name] != nil {
			common = &cloud.SourceConfig{}
		}
		known := append(variables(reflect.TypeOf(own).Elem()), variables(reflect.TypeOf(common).Elem())...)
		for key, value := range env {
			if !slices.Contains(known, key) {
				t.Errorf("function %s does not know %s", name, key)
			}
			if value == "" {
				t.Errorf("function %s: %s is empty", name, key)
			}
		}
		for _, target := range []any{own, common} {
			err := envconfig.ProcessWith(t.Context(), &envconfig.Config{Target: target, Lookuper: envconfig.MapLookuper(env)})
			if err != nil {
				t.Errorf("function %s: %v", name, err)
			}
		}
		if err := own.(interface{ Validate() error }).Validate(); err != nil {
			t.Errorf("function %s would not start: %v", name, err)
		}
		want := cloud.Config{Project: "demo-mart", Location: region, Pipeline: d.pipeline.Name, EventsTopic: "loaded"}
		got, ok := common.(*cloud.Config)
		if !ok {
			ofSource := common.(*cloud.SourceConfig)
			if ofSource.StagingBucket != "demo-mart-rollcall-staging" {
				t.Errorf("function %s: STAGING_BUCKET is %q", name, ofSource.StagingBucket)
			}
			got = &ofSource.Config
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("function %s (-want +got):\n%s", name, diff)
		}
	}
	_, env := d.function("sheets")
	account := d.one(`module.function["sheets"].google_service_account.this[0]`)
	if got, want := env["SHEETS_SERVICE_ACCOUNT"], account.text(t, "email"); got != want {
		t.Errorf("the sheet would be shared with %s, but sheets runs as %s", got, want)
	}
}

// An optional setting, like the one that lets Stripe's test data in, is set only where the user sets it.
func TestAnOptionalSettingReachesItsFunctionAlone(t *testing.T) {
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	given := given(t, p)
	for _, set := range []bool{false, true} {
		if set {
			given["environment"] = cty.ObjectVal(map[string]cty.Value{
				"stripe": cty.ObjectVal(map[string]cty.Value{"STRIPE_TEST_DATA": cty.StringVal("yes")}),
			})
		}
		d := deployWith(t, ".", p, packages(t, p), given)
		for name := range configs {
			_, env := d.function(name)
			if got := env["STRIPE_TEST_DATA"] == "yes"; got != (set && name == "stripe") {
				t.Errorf("set: %v; function %s gets it: %v", set, name, got)
			}
		}
	}
}

// registered returns the names that a function's code registers with functions.HTTP.
func registered(t *testing.T, dir string) (names []string) {
	t.Helper()
	path := filepath.Join("..", dir, "function.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if lit, isLit := call.Args[0].(*ast.BasicLit); ok && isLit && fun.Sel.Name == "HTTP" {
			names = append(names, strings.Trim(lit.Value, `"`))
		}
		return true
	})
	return names
}

func TestEachEntryPointIsRegisteredInTheCode(t *testing.T) {
	d := deploy(t)
	for name := range configs {
		i, _ := d.function(name)
		dir := filepath.Join("functions", name)
		if d.pipeline.Sources[name] == nil {
			dir = filepath.Join("coordinator", "function")
		}
		if got, want := i.text(t, "build_config.entry_point"), registered(t, dir); !slices.Contains(want, got) {
			t.Errorf("function %s has the entry point %q, but registers %q", name, got, want)
		}
	}
}

func TestEachFunctionHasItsOwnPackageAndServiceAccount(t *testing.T) {
	d := deploy(t)
	for name := range configs {
		i, _ := d.function(name)
		of := gocmp.Or(primaries[name], name)
		for path, want := range map[string]string{
			"name": "rollcall-" + name,
			"build_config.source.storage_source.object": of + "-0123.zip", // a new hash is a new deployment
			"build_config.source.storage_source.bucket": "demo-mart-rollcall-sources",
			"build_config.service_account":              "rollcall-build",
			"build_config.runtime":                      "go126",
			"service_config.service_account_email":      "rollcall-" + of + "@demo-mart.iam.gserviceaccount.com",
			"service_config.min_instance_count":         "0",
		} {
			if got := i.text(t, path); got != want {
				t.Errorf("function %s: %s is %q, want %q", name, path, got, want)
			}
		}
		instances := i.text(t, "service_config.max_instance_count")
		concurrency := i.text(t, "service_config.max_instance_request_concurrency")
		if d.pipeline.Sources[name] != nil && (instances != "1" || concurrency != "1") {
			t.Errorf("source %s can run twice at the same time, which its service may not allow", name)
		}
	}
}

// The tests of package pack build each function with the build settings that packages.json lists. Google must use the same.
func TestEachFunctionIsBuiltWithTheSettingsOfItsPackage(t *testing.T) {
	d := deploy(t)
	for name := range configs {
		i, _ := d.function(name)
		of := gocmp.Or(primaries[name], name)
		if got, want := i.text(t, "build_config.environment_variables"), `{"GOFLAGS":"-tags=for_`+of+`"}`; got != want {
			t.Errorf("function %s: build_config.environment_variables is %q, want %s", name, got, want)
		}
	}
}

// A request to the coordinator ends before Pub/Sub stops waiting, and before its instance is stopped.
func TestTheCoordinatorEndsBeforePubSubGivesUp(t *testing.T) {
	d := deploy(t)
	i, _ := d.function("coordinator")
	limit, err := strconv.Atoi(i.text(t, "service_config.timeout_seconds"))
	if err != nil {
		t.Fatal(err)
	}
	if deadline := coordinator.DefaultLimits().Deadline.Seconds(); deadline >= float64(limit) {
		t.Errorf("DEADLINE is %v s, the function's limit %d s", deadline, limit)
	}
	if got := d.one("google_pubsub_subscription.coordinator").text(t, "ack_deadline_seconds"); got != strconv.Itoa(limit) {
		t.Errorf("Pub/Sub waits %s s, the function runs %d s", got, limit)
	}
}

// The sweep ends before its instance is stopped, and knows the address of every source that has a schedule.
func TestTheSweepCanRequestEveryScheduledSource(t *testing.T) {
	d := deploy(t)
	i, env := d.function("sweep")
	limit, err := strconv.Atoi(i.text(t, "service_config.timeout_seconds"))
	if deadline := coordinator.DefaultLimits().Deadline.Seconds(); err != nil || deadline >= float64(limit) {
		t.Errorf("DEADLINE is %v s, the function's limit %d s, %v", deadline, limit, err)
	}
	want := cloud.URLs{}
	for name, source := range d.pipeline.Sources {
		if source.Schedule != "" {
			want[name] = "https://rollcall-" + name + ".run.app"
		}
	}
	var got cloud.URLs
	if err := got.UnmarshalText([]byte(env["SOURCE_URLS"])); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for key, want := range map[string]string{
		"STAGING_BUCKET": "demo-mart-rollcall-staging",
		"LEDGER_BUCKET":  "demo-mart-rollcall-ledger",
		"LOAD_QUEUE":     "rollcall-ask",
		"LOAD_ACCOUNT":   "rollcall-scheduler@demo-mart.iam.gserviceaccount.com",
	} {
		if env[key] != want {
			t.Errorf("%s is %q, want %q", key, env[key], want)
		}
	}
	for name := range want {
		address := fmt.Sprintf(`module.function[%q].google_cloud_run_v2_service_iam_member.invoker["scheduler"]`, name)
		if invoker := d.one(address).text(t, "member"); invoker != "serviceAccount:"+env["LOAD_ACCOUNT"] {
			t.Errorf("%s does not accept calls from LOAD_ACCOUNT", name)
		}
	}
}
