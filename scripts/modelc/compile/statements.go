package compile

import (
	"errors"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/modelc/catalog"
	"example.com/rollcall/scripts/modelc/fault"
	"example.com/rollcall/scripts/modelc/statement"
	"example.com/rollcall/shared/manifest"
)

// writeStatements gives the model its SQL in each dialect. What surrounds the query is analyzed too, so that a test that
// the analyzer refuses is a fault here and not a failure at night.
func writeStatements(s *source, m *manifest.Model, cat *catalog.Catalog, faults *fault.List) error {
	m.SQL = map[manifest.Dialect]manifest.Statements{
		manifest.BigQuery: surround(s, m, cat, manifest.StagePlaceholder, s.text()),
	}
	stage := "staging." + s.name
	named := surround(s, m, cat, stage, s.query)
	for _, sql := range []string{named.Audit, named.Merge} {
		if sql == "" {
			continue
		}
		err := cat.Analyze(sql, func(googlesql.ResolvedStatementNode) error { return nil })
		if _, ok := errors.AsType[*catalog.Error](err); ok {
			faults.Add(s.file, s.header.At("columns"), "what the header asks for is no GoogleSQL: %v, in:\n%s", err, sql)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// surround is the query with its audit and its merge, in GoogleSQL.
func surround(s *source, m *manifest.Model, cat *catalog.Catalog, stage, query string) manifest.Statements {
	statements := manifest.Statements{
		Stage: query,
		Audit: statement.Audit(statement.Checks(s.header, m.Inputs, cat, stage), stage),
	}
	if m.Strategy == manifest.Merge {
		statements.Merge = statement.Merge(m, stage)
	}
	return statements
}
