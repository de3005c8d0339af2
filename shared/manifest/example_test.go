package manifest_test

import (
	"fmt"

	"example.com/rollcall/shared/manifest"
)

// Find the models to run after a table has changed.
func ExampleManifest_Readers() {
	m, err := manifest.Parse([]byte(`{"version": 1, "models": [
		{"name": "story_days", "grain": "daily", "inputs": [{"table": "raw.medium_story_days", "grain": "daily", "mapping": "same"}]},
		{"name": "story_months", "grain": "monthly", "inputs": [{"table": "mart.story_days", "grain": "daily", "mapping": "each_day"}]}
	]}`), manifest.BigQuery)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, model := range m.Readers("mart.story_days") {
		fmt.Println(model.TableName(), "waits for", model.Inputs[0].Mapping, "of", model.Inputs[0].Table)
	}
	// Output: mart.story_months waits for each_day of mart.story_days
}

// A model must come after the models that it reads.
func ExampleParse() {
	_, err := manifest.Parse([]byte(`{"version": 1, "models": [
		{"name": "story_months", "inputs": [{"table": "mart.story_days"}]}, {"name": "story_days"}
	]}`), manifest.BigQuery)
	fmt.Println(err)
	// Output: manifest: model story_months reads mart.story_days, which does not come before it
}
