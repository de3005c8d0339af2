package compile

import (
	"errors"
	"fmt"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/modelc/duckdb"
	"example.com/rollcall/shared/manifest"
)

// writer writes the SQL of a model in each dialect.
type writer struct {
	*source
	model    *manifest.Model
	catalog  *googlesql.Catalog
	findings *diag.List
}

// stage and hashed return the names that the catalog gives to the staged table, and to the same table with
// the hashes of its rows. In the manifest, a placeholder replaces the first, and the second is written out.
func (w *writer) stage() string  { return "staging." + w.name }
func (w *writer) hashed() string { return "hashed." + w.name }

// write sets the model's SQL. It analyzes the statements around the query too, so that an error in them is
// found here and not when the model runs.
func (w *writer) write() error {
	if err := w.addTables(); err != nil {
		return err
	}
	bigquery := manifest.Statements{
		Stage: w.text(),
		Audit: w.audit(manifest.StagePlaceholder, hashed(manifest.BigQuery, manifest.StagePlaceholder)),
	}
	audit := w.audit(w.stage(), hashed(manifest.BigQuery, w.stage()))
	if err := w.catalog.Analyze(audit, func(goccy.ResolvedStatementNode) error { return nil }); err != nil {
		return fmt.Errorf("audit: %w, in:\n%s", err, audit)
	}
	var duck manifest.Statements
	var err error
	if duck.Stage, err = w.rewrite(w.query, true); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	if duck.Audit, err = w.rewrite(w.audit(w.stage(), w.hashed()), false); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if w.model.Strategy == manifest.Merge {
		bigquery.Merge = merge(w.model, manifest.StagePlaceholder)
		if duck.Merge, err = w.rewrite(merge(w.model, w.stage()), false); err != nil {
			return fmt.Errorf("merge: %w", err)
		}
	}
	w.model.SQL = map[manifest.Dialect]manifest.Statements{manifest.BigQuery: bigquery, manifest.DuckDB: duck}
	return nil
}

// addTables adds the model's own table, which other models may read, and the tables of its run to the
// catalog.
func (w *writer) addTables() error {
	columns := w.model.Schema()
	table := googlesql.Table{
		Name: w.model.TableName(), Grain: w.model.Grain, PartitionBy: w.model.PartitionBy, Schema: columns,
	}
	staged, hashed := table, table
	staged.Name, hashed.Name = w.stage(), w.hashed()
	hashed.Schema = append(columns, hashColumns()...)
	return errors.Join(w.catalog.Add(table), w.catalog.Add(staged), w.catalog.Add(hashed))
}

func (w *writer) audit(stage, from string) string {
	return audit(checks(w.header, w.model.Inputs, w.catalog, stage), from)
}

// rewrite translates a statement to DuckDB's dialect and reports what cannot be translated. own means that
// places in the statement are places in the model's file.
func (w *writer) rewrite(sql string, own bool) (string, error) {
	text, err := duckdb.Rewrite(w.catalog, sql)
	refusals := refusalsOf(err)
	if err != nil && refusals == nil {
		return "", fmt.Errorf("%w, in:\n%s", err, sql)
	}
	for _, r := range refusals {
		pos, where := w.header.At("columns"), "in the tests, "
		if own {
			pos, where = diag.Pos{Line: r.Line, Col: r.Column}, ""
		}
		w.findings.Add(w.file, pos, "not possible in DuckDB: %s%s: %s", where, r.Construct, r.Reason)
	}
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), ";")) // the header's blanks and a semicolon
	text = strings.ReplaceAll(text, w.hashed(), hashed(manifest.DuckDB, manifest.StagePlaceholder))
	return strings.ReplaceAll(text, w.stage(), manifest.StagePlaceholder), nil
}

// refusalsOf returns the refusals that an error of the rewrite joins, nil when it is another error.
func refusalsOf(err error) (list []*duckdb.Refusal) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range several.Unwrap() {
			list = append(list, refusalsOf(e)...)
		}
	} else if r, ok := errors.AsType[*duckdb.Refusal](err); ok {
		list = append(list, r)
	}
	return list
}

// merge returns the statement that makes the run's partition of the model's table equal to the staged rows:
// rows match by the unique key, and rows of the partition that are no longer staged are deleted.
func merge(m *manifest.Model, stage string) string {
	var on, set, names, values []string
	keyed := map[string]bool{}
	for _, key := range m.UniqueKey {
		keyed[key] = true
		on = append(on, fmt.Sprintf("target.%s = source.%[1]s", key))
	}
	by := m.PartitionBy
	inPartition := fmt.Sprintf("target.%s >= @partition_date AND target.%[1]s < @partition_end", by)
	if keyed[by] { // a match then lies in the run's partition, so that no other partition is read
		on = append(on, inPartition)
	}
	for _, column := range m.Columns {
		names = append(names, column.Name)
		values = append(values, "source."+column.Name)
		if !keyed[column.Name] {
			set = append(set, fmt.Sprintf("%s = source.%[1]s", column.Name))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "MERGE INTO %s AS target\nUSING %s AS source\nON %s\n",
		m.TableName(), stage, strings.Join(on, " AND "))
	if len(set) > 0 {
		fmt.Fprintf(&b, "WHEN MATCHED THEN\n  UPDATE SET %s\n", strings.Join(set, ", "))
	}
	fmt.Fprintf(&b, "WHEN NOT MATCHED BY TARGET THEN\n  INSERT (%s)\n  VALUES (%s)\n",
		strings.Join(names, ", "), strings.Join(values, ", "))
	fmt.Fprintf(&b, "WHEN NOT MATCHED BY SOURCE AND %s THEN\n  DELETE", inPartition)
	return b.String()
}
