package manifest_test

import (
	"strings"
	"testing"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

const small = `{"version": 1, "models": [
	{"name": "story_days", "grain": "daily", "inputs": [{"table": "raw.medium_story_days", "grain": "daily", "mapping": "same"}],
		"columns": [{"name": "day", "type": "DATE", "lineage": [{"table": "raw.medium_story_days", "column": "day"}]}],
		"sql": {"bigquery": {"stage": "SELECT 1"}}, "checks": [{"name": "not_null"}]},
	{"name": "story_months", "grain": "monthly", "inputs": [{"table": "mart.story_days", "grain": "daily", "mapping": "each_day"}]}]}`

func TestModelThatIsNullIsRefused(t *testing.T) {
	for _, text := range []string{`{"version": 1, "models": [null]}`, strings.Replace(small, `{"version": 1, "models": [`, `{"version": 1, "models": [null,`, 1)} {
		if _, err := manifest.Parse([]byte(text), manifest.BigQuery); err == nil || !strings.Contains(err.Error(), "model 1 is null; fix: go generate") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Whatever Parse takes can be used.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for document := range upstreamtest.Nulls([]byte(small)) {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data, manifest.BigQuery)
		if err != nil {
			return
		}
		for _, model := range m.Models {
			if m.Model(model.Name) == nil || len(model.Schema()) != len(model.Columns) {
				t.Errorf("model %q", model.Name)
			}
			m.Readers(model.TableName())
		}
	})
}
