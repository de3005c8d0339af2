package viewaudit

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
)

// freeEvery is the number of views after which memory is freed: each view has its own catalog.
const freeEvery = 20

// analyze determines what a view returns. It reports false, and a finding, when GoogleSQL rejects the view, or the audit
// cannot read it, so that it does not keep the others from being read.
func (r *resolver) analyze(v *View) bool {
	if r.analyzed++; r.analyzed%freeEvery == 0 {
		runtime.GC() // GoogleSQL's memory is freed by finalizers only
	}
	err := v.try()
	if bad, is := errors.AsType[*googlesql.Error](err); is && v.guesses() {
		bad, err = v.guess(bad)
		if bad != nil {
			err = bad
		}
	}
	if bad, is := errors.AsType[*googlesql.Error](err); is {
		r.find(v, v.Place(bad.Pos), "%s%s%s", bad.Message, v.pseudoColumnHint(bad.Message), v.guessHint())
		return false
	}
	if err != nil {
		r.find(v, v.At(0), "the audit cannot read it: %v", err)
		return false
	}
	if table := r.known(v.Name, OfView); table.Columns == nil {
		for _, c := range v.Columns {
			table.Columns = append(table.Columns, c.Column)
		}
	}
	return true
}

// guesses reports whether the view reads a table whose columns are guessed.
func (v *View) guesses() bool {
	return slices.ContainsFunc(v.Reads, func(in Read) bool { return in.Table.Origin == Guessed })
}

// pseudoColumnHint names the column to use instead of a pseudo-column of ingestion-time partitioned tables.
func (v *View) pseudoColumnHint(message string) string {
	if !strings.Contains(message, "_PARTITION") {
		return ""
	}
	for _, in := range v.Reads {
		if in.Table.Origin == OfProject && in.Table.PartitionBy != "" {
			return fmt.Sprintf(" (use the column %s of %s, which holds the date of the partition)",
				in.Table.PartitionBy, in.Table.Name)
		}
	}
	return ""
}

// guessHint names the tables whose guessed columns may be the cause.
func (v *View) guessHint() string {
	var names []string
	for _, in := range v.Reads {
		if in.Table.Origin == Guessed && !slices.Contains(names, in.Table.Name) {
			names = append(names, in.Table.Name)
		}
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf(" (the columns of %s are unknown: give them with --columns, or its new name with --map)",
		strings.Join(names, ", "))
}

// try analyzes a view with the tables as they are known now. If GoogleSQL rejects it, the error is a
// *googlesql.Error.
func (v *View) try() error {
	catalog, err := v.catalog()
	if err != nil {
		return err
	}
	v.Relation, v.Opaque, v.Columns, v.QueryNames = nil, "", nil, nil
	err = catalog.Analyze(v.SQL, func(statement goccy.ResolvedStatementNode) error {
		query, ok := statement.(*goccy.ResolvedQueryStmt)
		if !ok {
			return &googlesql.Error{Message: "the statement is not a query"}
		}
		v.outputs(query)
		relation, err := algebra.Build(v.Name, query, algebra.Inputs{Relation: v.relation, Ranges: v.ranges})
		if what, ok := algebra.IsUnsupported(err); ok {
			v.Opaque = what
			return nil
		}
		v.Relation = relation
		return err
	})
	if err != nil {
		return err
	}
	query, _, err := catalog.InspectQuery(v.SQL)
	if err != nil {
		return err
	}
	for i := range v.Columns {
		for _, c := range query.Columns {
			if c.Name == v.Columns[i].Name {
				v.Columns[i].Lineage = v.trace(c.Lineage)
			}
		}
	}
	return v.rename()
}

// catalog returns a catalog with the tables that the view reads, under the paths that it uses.
func (v *View) catalog() (*googlesql.Catalog, error) {
	catalog, err := googlesql.New()
	if err != nil {
		return nil, err
	}
	added := map[string]bool{}
	for _, in := range v.Reads {
		if !added[in.Table.Name] {
			added[in.Table.Name] = true
			columns := make([]googlesql.Column, len(in.Table.Columns))
			for i, c := range in.Table.Columns {
				columns[i] = googlesql.Column{Name: c.Name, Type: c.Type}
			}
			if err := catalog.AddColumns(in.Table.Name, columns); err != nil {
				return nil, err
			}
		}
		if err := catalog.Alias(in.Table.Name, in.Path.Path()...); err != nil {
			return nil, err
		}
	}
	return catalog, nil
}

func (v *View) outputs(query *goccy.ResolvedQueryStmt) {
	for i, output := range googlesql.Must(query.OutputColumnList()) {
		name, column := googlesql.Must(output.Name()), googlesql.Must(output.Column())
		given := name
		if strings.HasPrefix(name, "$") {
			given, name = "", fmt.Sprintf("f%d_", i) // BigQuery's name for it
		}
		v.QueryNames = append(v.QueryNames, given)
		typ := googlesql.TypeName(googlesql.Must(column.Type()))
		v.Columns = append(v.Columns, Output{Column: Column{Name: name, Type: typ}})
	}
}

// relation returns the relation of a view that this one reads, and nil for a table. It reports false for a
// view without one.
func (v *View) relation(table string) (*algebra.Relation, bool) {
	for _, in := range v.Reads {
		if in.Table.Name == table && in.View != nil {
			return in.View.Relation, in.View.Relation != nil
		}
	}
	return nil, true
}

// trace replaces columns of views with the table columns that they are computed from.
func (v *View) trace(refs []manifest.ColumnRef) (traced []manifest.ColumnRef) {
	for _, ref := range refs {
		from := []manifest.ColumnRef{ref}
		for _, in := range v.Reads {
			if in.Table.Name != ref.Table || in.View == nil {
				continue
			}
			from = nil
			for _, c := range in.View.Columns {
				if strings.EqualFold(c.Name, ref.Column) {
					from = c.Lineage
				}
			}
		}
		for _, f := range from {
			if !slices.Contains(traced, f) {
				traced = append(traced, f)
			}
		}
	}
	slices.SortFunc(traced, func(a, b manifest.ColumnRef) int { return strings.Compare(a.String(), b.String()) })
	return traced
}

// rename gives the columns the names and descriptions of CREATE VIEW.
func (v *View) rename() error {
	if len(v.Listed) == 0 {
		return nil
	}
	if len(v.Listed) != len(v.Columns) {
		return &googlesql.Error{Message: fmt.Sprintf("the view lists %d columns, but its query returns %d",
			len(v.Listed), len(v.Columns))}
	}
	for i, c := range v.Listed {
		v.Columns[i].Name, v.Columns[i].Description = c.Name, c.Description
		if v.Relation != nil {
			v.Relation.Columns[i].Name = strings.ToLower(c.Name)
		}
	}
	return nil
}
