package bigquerytest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	engine "github.com/duckdb/duckdb-go/v2"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// valueSize is the number of bytes that each value counts as. BigQuery counts a text by its length, and a null as zero.
// https://cloud.google.com/bigquery/docs/data-types#data-type-sizes
const valueSize = 8

// Read tells how much a statement reads of one table.
type Read struct {
	Rows    int64 // of the partitions that are read
	Columns int   // that are used
}

// Reads returns how much a statement in GoogleSQL reads of each table, without running it.
//
// A partition is left out only where BigQuery leaves it out: by a comparison of the partition column itself with constants
// or parameters. A function around the column, a condition on another column, or a subquery leaves nothing out.
// https://cloud.google.com/bigquery/docs/querying-partitioned-tables
//
// This counts more than BigQuery does if a table's columns are used in different partitions, if partitions are chosen by
// IN, by a filter on a WITH that is used twice, by arithmetic with dates within OR, or by the condition of a MERGE, and for
// a DELETE of whole partitions, which is free there. It counts less if a join on two partition columns carries a filter
// from one table to the other, or if a filter on other columns contradicts itself. A DELETE or MERGE also uses all columns
// of its target.
func (s *Server) Reads(ctx context.Context, googleSQL string,
	params map[string]partition.Partition) (map[warehouse.Table]Read, error) {
	text, err := s.Translate(googleSQL)
	if err != nil {
		return nil, err
	}
	_, target := change(googleSQL)
	return s.reads(ctx, &warehouse.Query{SQL: text, Params: params, Target: target})
}

// reads does what Reads does, for a statement that is translated already.
func (s *Server) reads(ctx context.Context, q *warehouse.Query) (map[warehouse.Table]Read, error) {
	named := map[warehouse.Table]*bq.Table{}
	s.mu.Lock()
	for t, have := range s.tables {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(t.String()) + `\b`).MatchString(q.SQL) {
			named[t] = have
		}
	}
	s.mu.Unlock()
	scans, err := s.planner.scans(ctx, literals(q), named)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "invalidQuery", "%v", err)
	}
	reads := map[warehouse.Table]Read{}
	for t, list := range scans {
		have := named[t]
		var r Read
		for _, f := range have.Schema.Fields {
			if q.Target != nil && *q.Target == t || slices.ContainsFunc(list, func(s scan) bool { return s.uses(f.Name) }) {
				r.Columns++
			}
		}
		count := fmt.Sprintf(`SELECT count(*) AS n FROM %q.%q WHERE %s`, t.Dataset, t.Name, partitions(t, have, list))
		rows, err := s.rows.Query(ctx, count, nil, 1)
		if err != nil {
			return nil, fmt.Errorf("count the rows that are read of %s: %w", t, err)
		}
		r.Rows = rows[0]["n"].(int64)
		reads[t] = r
	}
	return reads, nil
}

// bytesOf returns how many bytes are read.
func bytesOf(reads map[warehouse.Table]Read) (sum int64) {
	for _, r := range reads {
		sum += r.Rows * int64(r.Columns) * valueSize
	}
	return sum
}

// literals returns a statement with its parameters as literals, because EXPLAIN and DESCRIBE cannot have parameters.
func literals(q *warehouse.Query) string {
	text := q.SQL
	for name, p := range q.Params {
		text = regexp.MustCompile(`\$`+name+`\b`).ReplaceAllString(text, "DATE '"+p.Start().Format(time.DateOnly)+"'")
	}
	return text
}

// scan is one place where a plan reads a table. DuckDB writes one item as text, and several as a list.
type scan struct {
	Table   string
	Columns texts `json:"Projections"` // those that leave the scan
	Filters texts // the conditions that are applied to each row; all must be true
}

// uses reports whether a scan returns or filters by a column.
func (s scan) uses(column string) bool {
	word := regexp.MustCompile(`\b` + column + `\b`)
	return slices.Contains(s.Columns, column) || slices.ContainsFunc(s.Filters, word.MatchString)
}

// partitions returns the condition that a row is in a partition that one of a table's scans reads.
func partitions(t warehouse.Table, have *bq.Table, scans []scan) string {
	if have.TimePartitioning == nil {
		return "true"
	}
	column := have.TimePartitioning.Field
	var either []string
	for _, s := range scans {
		all := []string{"true"}
		for _, f := range s.Filters {
			if prunes(column, f) {
				all = append(all, "("+f+")")
			}
		}
		either = append(either, strings.Join(all, " AND "))
	}
	partition := fmt.Sprintf("date_trunc('%s', %q)", have.TimePartitioning.Type, column)
	return fmt.Sprintf("%s IN (SELECT %[1]s FROM %q.%q WHERE %s)", partition, t.Dataset, t.Name, strings.Join(either, " OR "))
}

// prunes reports whether a condition consists only of comparisons of a column with dates.
func prunes(column, condition string) bool {
	comparison := regexp.MustCompile(`(^|[( ])"?` + column + `"? ?(=|<|<=|>|>=) ?('[\d-]+'::DATE|CAST\('[\d-]+' AS DATE\))`)
	rest := comparison.ReplaceAllString(condition, "$1")
	return rest != condition && strings.Trim(connectives.ReplaceAllString(rest, ""), "() ") == ""
}

var connectives = regexp.MustCompile(`\b(AND|OR)\b`)

// planner plans statements over empty tables, in a database of its own in memory: which optimizers run can be set only
// for a whole database.
type planner struct {
	mu sync.Mutex // held while a statement's tables exist
	db *sql.DB
}

func newPlanner(ctx context.Context) (*planner, error) {
	connector, err := engine.NewConnector("?"+url.Values{"memory_limit": {"50MB"}}.Encode(), nil)
	if err != nil {
		return nil, err
	}
	p := &planner{db: sql.OpenDB(connector)}
	p.db.SetMaxOpenConns(1)
	// The optimizers that stay move a filter to the scan, and leave out columns. Others prune where BigQuery does not: they
	// rewrite a function around a column as a range of the column, or know from statistics that no row matches.
	settings := []string{`SET VARIABLE others = (SELECT string_agg(name, ',') FROM duckdb_optimizers()
		WHERE name NOT IN ('filter_pushdown', 'unused_columns', 'cte_inlining'))`, `SET disabled_optimizers = getvariable('others')`}
	for name, value := range duckdb.Settings {
		settings = append(settings, fmt.Sprintf("SET %s = '%s'", name, value))
	}
	for _, text := range settings {
		if _, err := p.db.ExecContext(ctx, text); err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
	}
	return p, nil
}

// scans returns where a statement reads which table, of the tables that it may name.
func (p *planner) scans(ctx context.Context, text string,
	tables map[warehouse.Table]*bq.Table) (map[warehouse.Table][]scan, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := map[string]warehouse.Table{}
	for t, have := range tables {
		def, err := define(t, have.Schema, have.TimePartitioning, have.Clustering)
		if err != nil {
			return nil, err
		}
		var columns []string
		for _, f := range def.Schema {
			columns = append(columns, fmt.Sprintf("%q %s", f.Name, duckdb.ColumnType(f)))
		}
		create := fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %q; CREATE OR REPLACE TABLE %[1]q.%[2]q (%s)", t.Dataset, t.Name,
			strings.Join(columns, ", "))
		if _, err := p.db.ExecContext(ctx, create); err != nil {
			return nil, err
		}
		names["memory."+t.String()] = t
	}
	var kind, plan string
	if err := p.db.QueryRowContext(ctx, "EXPLAIN (FORMAT JSON) "+text).Scan(&kind, &plan); err != nil {
		return nil, err
	}
	var roots []node
	if err := json.Unmarshal([]byte(plan), &roots); err != nil {
		return nil, fmt.Errorf("DuckDB's plan: %w", err)
	}
	found := map[warehouse.Table][]scan{}
	for _, root := range roots {
		for _, s := range root.scans() {
			t, ok := names[strings.ReplaceAll(s.Table, `"`, "")]
			if !ok {
				return nil, fmt.Errorf("DuckDB's plan reads %s, which is none of %v", s.Table, slices.Sorted(maps.Keys(names)))
			}
			found[t] = append(found[t], s)
		}
	}
	return found, nil
}

// node is a node of a plan.
type node struct {
	Info     scan   `json:"extra_info"`
	Children []node `json:"children"`
}

// scans returns the scans of a node and of those below.
func (n node) scans() (list []scan) {
	if n.Info.Table != "" {
		list = append(list, n.Info)
	}
	for _, child := range n.Children {
		list = append(list, child.scans()...)
	}
	return list
}

// texts holds one text or several.
type texts []string

// UnmarshalJSON reads a string or a list.
func (t *texts) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]string)(t))
	}
	*t = texts{""}
	return json.Unmarshal(data, &(*t)[0])
}
