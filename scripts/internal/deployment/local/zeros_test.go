package local

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/partition"
)

// Medium may send the zeros of days without views, or leave them out. All marts are the same, averages by day among them.
func TestMartsAreTheSameWhetherMediumSendsZerosOrNot(t *testing.T) {
	from, to := day("2026-10-30"), day("2026-10-31")
	marts := func(steering string) string {
		dir := datadir.Dir{Path: t.TempDir()}
		if err := os.WriteFile(dir.Steering(), []byte(steering), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := Open(t.Context(), Options{
			Dir: dir, From: from, To: to, Env: envconfig.MapLookuper(nil), Now: func() time.Time { return to.End().Add(9 * time.Hour) },
		})
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for p := range partition.Range(from, to) {
			load(t, m, p, "kit", "sheets", "medium")
			text.WriteString(mart(t, m, p, "a day"))
		}
		load(t, m, to.Month(), "stripe")
		text.WriteString(mart(t, m, to.Month(), "the month"))
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		return text.String()
	}
	sparse := marts("")
	if !strings.Contains(sparse, "viewers_per_story_day=") || !strings.Contains(sparse, "viewers=0 ") {
		t.Errorf("the marts have no average by day, or no story without views:\n%s", sparse)
	}
	if diff := cmp.Diff(sparse, marts("fail: {medium: dense}")); diff != "" {
		t.Errorf("(-sparse +dense):\n%s", diff)
	}
}
