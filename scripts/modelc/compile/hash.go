package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// meaning holds everything that affects what a run publishes, and nothing else: no comments, layout or
// descriptions. A change of any value makes every partition of the model run again.
type meaning struct {
	Statements   []string // as they are sent, in one layout
	Columns      []column
	Grain        partition.Grain
	Materialized manifest.Materialization
	Strategy     manifest.Strategy
	PartitionBy  string
	UniqueKey    []string
	ClusterBy    []string
	Inputs       []manifest.Input    // whose mappings give the parameters their values
	Severities   []manifest.Severity // of the checks
}

type column struct {
	Name string
	Type schema.Type
	Mode schema.Mode
}

// hash returns the SHA-256, in hexadecimal, of a model's meaning with the given statements.
func hash(m *manifest.Model, statements ...string) (string, error) {
	what := meaning{
		Statements: statements, Grain: m.Grain, Materialized: m.Materialized, Strategy: m.Strategy,
		PartitionBy: m.PartitionBy, UniqueKey: m.UniqueKey, ClusterBy: m.ClusterBy, Inputs: m.Inputs,
	}
	for _, c := range m.Columns {
		what.Columns = append(what.Columns, column{c.Name, c.Type, c.Mode})
	}
	for _, c := range m.Checks {
		what.Severities = append(what.Severities, c.Severity)
	}
	data, err := json.Marshal(what)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// oneLayout returns a statement without comments and with one blank between tokens, keywords in lower case. Other words
// keep their case: the fields of a JSON value are case-sensitive.
func oneLayout(sql string, catalog *googlesql.Catalog) string {
	var words []string
	for _, t := range tokens(sql) {
		text := t.Text
		if catalog.Reserved(text) {
			text = strings.ToLower(text)
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}
