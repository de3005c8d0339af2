package function

import (
	"strings"
	"testing"

	"example.com/rollcall/coordinator"
)

func TestInvalidConfigIsReportedWithAllFaults(t *testing.T) {
	err := SweepConfig{Config: Config{Limits: coordinator.Limits{Parallel: 100}}}.Validate()
	for _, name := range []string{"LEDGER_BUCKET", "DEAD_LETTER_TOPIC", "STAGING_BUCKET", "LOAD_QUEUE", "LOAD_ACCOUNT",
		"SOURCE_URLS", "SWEEP_DAYS", "DEADLINE", "LEASE", "ATTEMPTS", "PARALLEL", "MAX_BYTES_BILLED"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// The environment overrides a limit that it names, and leaves the others as they are.
func TestEnvironmentOverridesTheDefaultLimits(t *testing.T) {
	t.Setenv("LEDGER_BUCKET", "ledger")
	t.Setenv("DEAD_LETTER_TOPIC", "dead-letter")
	t.Setenv("PARALLEL", "7")
	cfg := Config{Limits: coordinator.DefaultLimits()}
	if err := read(t.Context(), &cfg); err != nil {
		t.Fatal(err)
	}
	want := coordinator.DefaultLimits()
	want.Parallel = 7
	if cfg.Limits != want || cfg.LedgerBucket != "ledger" {
		t.Errorf("got %+v, want limits %+v", cfg, want)
	}
}
