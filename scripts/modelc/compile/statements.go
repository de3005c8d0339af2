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
	"example.com/rollcall/shared/schema"
)

// writer writes the SQL of a model in each dialect.
type writer struct {
	*source
	model    *manifest.Model
	catalog  *googlesql.Catalog
	findings *diag.List
}

// stage and hashed return the names that the catalog gives to the staged table, and to the same table with
// the hashes of its rows. In the manifest, a placeholder replaces the first, and the second is written out. With the
// prefix, they are keywords of no dialect, so that they stand in the statements without quotes.
func (w *writer) stage() string  { return "staging." + hashPrefix + "_" + w.name }
func (w *writer) hashed() string { return "hashed." + hashPrefix + "_" + w.name }

// write sets the model's SQL and its hashes. It analyzes the statements around the query too, so that an error in them
// is found here and not when the model runs.
func (w *writer) write() error {
	before := len(*w.findings)
	if err := w.addTables(); err != nil {
		return err
	}
	query, err := restrict(w.query, w.model.Inputs, w.catalog)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	audit := map[manifest.Dialect]restricted{}
	for dialect, from := range map[manifest.Dialect]string{
		manifest.BigQuery: hashed(manifest.BigQuery, w.stage()), manifest.DuckDB: w.hashed(),
	} {
		if audit[dialect], err = restrict(w.audit(w.stage(), from), w.model.Inputs, w.catalog); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	for _, in := range w.model.Inputs {
		for _, name := range ownParameters(in) {
			w.catalog.AddParameter(name, schema.Date)
			defer w.catalog.RemoveParameter(name) // the next model's author cannot use it
		}
	}
	text := audit[manifest.BigQuery].text // the rewrite analyzes the other statements
	if err := w.catalog.Analyze(text, func(goccy.ResolvedStatementNode) error { return nil }); err != nil {
		return fmt.Errorf("audit: %w, in:\n%s", err, text)
	}
	bigquery := manifest.Statements{
		Stage: statement(query.text),
		Audit: strings.ReplaceAll(audit[manifest.BigQuery].text, w.stage(), manifest.StagePlaceholder),
	}
	var duck manifest.Statements
	place := func(offset int) (diag.Pos, string) { return diag.At(w.query, query.written(offset)), "" }
	if duck.Stage, err = w.rewrite(query.text, place); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	place = func(int) (diag.Pos, string) { return w.header.At("columns"), "in the tests, " }
	if duck.Audit, err = w.rewrite(audit[manifest.DuckDB].text, place); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if w.model.Strategy == manifest.Merge {
		bigquery.Merge = merge(w.model, manifest.StagePlaceholder)
		if duck.Merge, err = w.rewrite(merge(w.model, w.stage()), place); err != nil {
			return fmt.Errorf("merge: %w", err)
		}
	}
	if len(*w.findings) > before {
		return nil
	}
	bigquery.Hash, err = hash(w.model, oneLayout(query.text, w.catalog), oneLayout(audit[manifest.BigQuery].text, w.catalog),
		bigquery.Merge)
	if err != nil {
		return err
	}
	// Layout passes through the rewrite, so the query for the hash is rewritten from one layout.
	oneQuery, err := duckdb.Rewrite(w.catalog, oneLayout(query.text, w.catalog))
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	if duck.Hash, err = hash(w.model, oneQuery, duck.Audit, duck.Merge); err != nil {
		return err
	}
	w.model.SQL = map[manifest.Dialect]manifest.Statements{manifest.BigQuery: bigquery, manifest.DuckDB: duck}
	return nil
}

// ownParameters returns the names of the parameters that restrict an input and that no author can use.
func ownParameters(in manifest.Input) []string {
	from, until := in.Parameters()
	if from == manifest.PartitionDate {
		return nil
	}
	return []string{from, until}
}

// statement returns a model's query without its header, the comments around it and a closing semicolon.
func statement(sql string) string {
	list := tokens(sql)
	last := list[len(list)-1]
	return sql[list[0].Offset : last.Offset+len(last.Text)]
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
	return audit(checks(w.header, stage), from)
}

// rewrite translates a statement to DuckDB's dialect and reports what cannot be translated. place returns the place in
// the model's file of one in the statement, and words that introduce the construct.
func (w *writer) rewrite(sql string, place func(offset int) (diag.Pos, string)) (string, error) {
	text, err := duckdb.Rewrite(w.catalog, sql)
	refusals := refusalsOf(err)
	if err != nil && refusals == nil {
		return "", fmt.Errorf("%w, in:\n%s", err, sql)
	}
	for _, r := range refusals {
		pos, where := place(r.Offset)
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
