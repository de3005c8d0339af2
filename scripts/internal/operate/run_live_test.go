package operate

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/functions/kit/kittest"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Of a real service, only the newest snapshot can be had: older ones are expected of nobody, and neither is what needs them.
func TestRealServiceIsReadAndItsPastIsNotExpected(t *testing.T) {
	service := kittest.New(creator.New(7))
	service.SetNow(morningAfter)
	url, err := upstreamtest.Listen(t.Context(), service)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"KIT_URL": url + "/v4", "KIT_API_KEY": kittest.Key, "KIT_INTERVAL": "0s"}
	dir := filepath.Join(t.TempDir(), "data")
	withKey := func(sys *System) { sys.Env = envconfig.MapLookuper(env) }
	r := localIn(t, dir, RunOptions{Source: []string{"kit"}}, withKey)
	if r.status != complete || len(r.Missing) > 0 {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	if !strings.Contains(r.stderr, "Read from the real service: kit") {
		t.Errorf("standard error:\n%s", r.stderr)
	}
	for _, row := range r.Partitions {
		if row.Partition.Grain() != partition.Daily {
			continue
		}
		growth := row.Models["subscriber_growth"]
		if newest := row.Partition == day("2026-11-01"); newest != (growth == term.Ran) || !newest && growth != term.NotExpected {
			t.Errorf("%s: subscriber_growth is %q", row.Partition, growth)
		}
	}

	if r := runLocal(t, dir, RunOptions{}); r.status != broken || !strings.Contains(r.stderr, "kit was live and is now invented") {
		t.Errorf("without the key: status %d\n%s", r.status, r.stderr)
	}
	wrong := maps.Clone(env)
	wrong["KIT_URL"] = "ftp://kit"
	r = localIn(t, filepath.Join(t.TempDir(), "data"), RunOptions{}, func(sys *System) { sys.Env = envconfig.MapLookuper(wrong) })
	if r.status != broken || !strings.Contains(r.stderr, "KIT_URL") || strings.Contains(r.stderr, kittest.Key) {
		t.Errorf("with a wrong address: status %d\n%s", r.status, r.stderr)
	}
}
