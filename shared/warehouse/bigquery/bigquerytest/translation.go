package bigquerytest

import (
	"fmt"
	"regexp"
	"strings"

	"example.com/rollcall/shared/manifest"
)

var (
	staged   = regexp.MustCompile(`\bstaging\.\w+`)
	instants = regexp.MustCompile(`\bTIMESTAMP '`)
)

// Translation translates the statements that the coordinator sends: of a model, those that its manifest holds in both
// dialects; of the coordinator's own, mart.freshness's MERGE, the DELETE of an empty partition, and the fence. It refuses
// every other statement, so that no meaning is guessed.
func Translation(m *manifest.Manifest) func(googleSQL string) (string, error) {
	known := map[string]string{}
	for _, model := range m.Models {
		from, to := model.SQL[manifest.BigQuery], model.SQL[manifest.DuckDB]
		known[from.Stage], known[from.Audit] = to.Stage, to.Audit
		if from.Merge != "" {
			known[from.Merge] = to.Merge
		}
	}
	return func(googleSQL string) (string, error) {
		if text, ok := known[googleSQL]; ok {
			return text, nil
		}
		stage := staged.FindString(googleSQL)
		if text, ok := known[strings.ReplaceAll(googleSQL, stage, manifest.StagePlaceholder)]; ok && stage != "" {
			return strings.ReplaceAll(text, manifest.StagePlaceholder, stage), nil
		}
		switch {
		case strings.HasPrefix(googleSQL, "MERGE INTO mart.freshness "):
			return instants.ReplaceAllString(googleSQL, "TIMESTAMPTZ '"), nil
		case googleSQL == "SELECT 1 AS fence", strings.HasPrefix(googleSQL, "DELETE FROM mart."):
			return googleSQL, nil
		}
		return "", fmt.Errorf("the manifest has no DuckDB statement for this one: %.200s", googleSQL)
	}
}
