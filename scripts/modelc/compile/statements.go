package compile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/modelc/duckdb"
	"example.com/rollcall/scripts/modelc/statement"
	"example.com/rollcall/shared/manifest"
)

// writer gives a model its SQL in each dialect.
type writer struct {
	*source
	model   *manifest.Model
	catalog *catalog.Catalog
	faults  *diag.List
}

// The names of the staged table, and of the same with its rows' hashes, in the catalog. In the manifest a placeholder
// stands for the first, and the second is written out.
func (w *writer) stage() string  { return "staging." + w.name }
func (w *writer) hashed() string { return "hashed." + w.name }

// write sets the model's SQL. What surrounds the query is analyzed too, so that what the analyzer refuses of it is found
// here and not at night.
func (w *writer) write() error {
	if err := w.addTables(); err != nil {
		return err
	}
	bigquery := manifest.Statements{
		Stage: w.text(),
		Audit: w.audit(manifest.StagePlaceholder, statement.Hashed(manifest.BigQuery, manifest.StagePlaceholder)),
	}
	audit := w.audit(w.stage(), statement.Hashed(manifest.BigQuery, w.stage()))
	if err := w.catalog.Analyze(audit, func(googlesql.ResolvedStatementNode) error { return nil }); err != nil {
		return fmt.Errorf("the audit: %w, in:\n%s", err, audit)
	}
	var duck manifest.Statements
	var err error
	if duck.Stage, err = w.rewrite(w.query, true); err != nil {
		return fmt.Errorf("the query: %w", err)
	}
	if duck.Audit, err = w.rewrite(w.audit(w.stage(), w.hashed()), false); err != nil {
		return fmt.Errorf("the audit: %w", err)
	}
	if w.model.Strategy == manifest.Merge {
		bigquery.Merge = statement.Merge(w.model, manifest.StagePlaceholder)
		if duck.Merge, err = w.rewrite(statement.Merge(w.model, w.stage()), false); err != nil {
			return fmt.Errorf("the merge: %w", err)
		}
	}
	w.model.SQL = map[manifest.Dialect]manifest.Statements{manifest.BigQuery: bigquery, manifest.DuckDB: duck}
	return nil
}

// addTables adds the model's own table, which others may read, and those of its run to the catalog.
func (w *writer) addTables() error {
	columns := w.model.Schema()
	table := catalog.Table{
		Name: w.model.TableName(), Grain: w.model.Grain, PartitionBy: w.model.PartitionBy, Schema: columns,
	}
	staged, hashed := table, table
	staged.Name, hashed.Name = w.stage(), w.hashed()
	hashed.Schema = append(columns, statement.HashColumns()...)
	return errors.Join(w.catalog.Add(table), w.catalog.Add(staged), w.catalog.Add(hashed))
}

func (w *writer) audit(stage, from string) string {
	return statement.Audit(statement.Checks(w.header, w.model.Inputs, w.catalog, stage), from)
}

// rewrite is a statement's meaning in DuckDB's dialect; what cannot be said there is a fault. own says that the places in
// the statement are those of the model's file.
func (w *writer) rewrite(sql string, own bool) (string, error) {
	options, err := w.catalog.Options()
	if err != nil {
		return "", err
	}
	text, err := duckdb.Rewrite(sql, w.catalog.GoogleSQL(), options)
	refusals := refusalsOf(err)
	if err != nil && refusals == nil {
		return "", fmt.Errorf("%w, in:\n%s", err, sql)
	}
	for _, r := range refusals {
		pos, where := w.header.At("columns"), "in the tests, "
		if own {
			pos, where = diag.Pos{Line: r.Line, Col: r.Column}, ""
		}
		w.faults.Add(w.file, pos, "not possible in DuckDB: %s%s: %s", where, r.Construct, r.Reason)
	}
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), ";")) // the header's blanks and a semicolon
	text = strings.ReplaceAll(text, w.hashed(), statement.Hashed(manifest.DuckDB, manifest.StagePlaceholder))
	return strings.ReplaceAll(text, w.stage(), manifest.StagePlaceholder), nil
}

// refusalsOf are the refusals that an error of the rewrite joins; nil when it is another error.
func refusalsOf(err error) []*duckdb.Refusal {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []*duckdb.Refusal
		for _, e := range joined.Unwrap() {
			list = append(list, refusalsOf(e)...)
		}
		return list
	}
	if r, ok := errors.AsType[*duckdb.Refusal](err); ok {
		return []*duckdb.Refusal{r}
	}
	return nil
}
