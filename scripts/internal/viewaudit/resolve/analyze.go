package resolve

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql/analysis"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
)

// freeEvery is after how many views memory is freed: each has a catalog of its own.
const freeEvery = 20

// analyze fills in what a view gives; false when GoogleSQL does not understand it, which is reported.
func (r *resolver) analyze(v *View) (ok bool, err error) {
	if r.analyzed++; r.analyzed%freeEvery == 0 {
		runtime.GC() // GoogleSQL's memory is only freed by finalizers
	}
	err = v.try()
	if bad, is := errors.AsType[*catalog.Error](err); is && v.guesses() {
		bad, err = v.guess(bad)
		if bad != nil {
			err = bad
		}
	}
	if bad, is := errors.AsType[*catalog.Error](err); is {
		r.fault(v, v.Place(bad.Pos), "%s%s%s", bad.Message, v.pseudo(bad.Message), v.doubt())
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", v.File, err)
	}
	if table := r.viewTable(v); table.Columns == nil {
		for _, c := range v.Columns {
			table.Columns = append(table.Columns, c.Column)
		}
	}
	return true, nil
}

// guesses reports whether the view reads a table whose columns are guessed.
func (v *View) guesses() bool {
	return slices.ContainsFunc(v.Reads, func(in Read) bool { return in.Table.Origin == Guessed })
}

// pseudo says what takes the place of the pseudo-columns of tables that are partitioned by the time of loading.
func (v *View) pseudo(message string) string {
	if !strings.Contains(message, "_PARTITION") {
		return ""
	}
	for _, in := range v.Reads {
		if in.Table.Origin == Project && in.Table.PartitionBy != "" {
			return fmt.Sprintf(" (%s has the date of its partition in the column %s)", in.Table.Name, in.Table.PartitionBy)
		}
	}
	return ""
}

// doubt says whose guessed columns may be to blame.
func (v *View) doubt() string {
	var names []string
	for _, in := range v.Reads {
		if in.Table.Origin == Guessed && !slices.Contains(names, in.Table.Name) {
			names = append(names, in.Table.Name)
		}
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf(" (the columns of %s are not known: give them with --columns, or say with --map which table it is now)",
		strings.Join(names, ", "))
}

// try analyzes a view against the tables as they are known now. What GoogleSQL has against it is a *catalog.Error.
func (v *View) try() error {
	cat, err := v.catalog()
	if err != nil {
		return err
	}
	v.Relation, v.Opaque, v.Columns, v.Given = nil, "", nil, nil
	err = cat.Analyze(v.SQL, func(statement googlesql.ResolvedStatementNode) error {
		query, ok := statement.(*googlesql.ResolvedQueryStmt)
		if !ok {
			return &catalog.Error{Message: "not a query"}
		}
		if err := v.outputs(query); err != nil {
			return err
		}
		relation, err := algebra.Build(v.Name, query, v.relation)
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
	survey, _, err := analysis.Survey(cat, v.SQL)
	if err != nil {
		return err
	}
	for i := range v.Columns {
		for _, c := range survey.Columns {
			if c.Name == v.Columns[i].Name {
				v.Columns[i].Lineage = v.trace(c.Lineage)
			}
		}
	}
	return v.rename()
}

// catalog has the tables that the view reads, under the paths by which it does.
func (v *View) catalog() (*catalog.Catalog, error) {
	cat, err := catalog.New()
	if err != nil {
		return nil, err
	}
	added := map[string]bool{}
	for _, in := range v.Reads {
		if !added[in.Table.Name] {
			added[in.Table.Name] = true
			columns := make([]catalog.Column, len(in.Table.Columns))
			for i, c := range in.Table.Columns {
				typ, err := cat.TypeNamed(c.Type)
				if err != nil {
					return nil, fmt.Errorf("table %s: column %s: type %s: %w", in.Table.Name, c.Name, c.Type, err)
				}
				columns[i] = catalog.Column{Name: c.Name, Type: typ}
			}
			if err := cat.AddColumns(in.Table.Name, columns); err != nil {
				return nil, fmt.Errorf("table %s: %w", in.Table.Name, err)
			}
		}
		if err := cat.Spell(in.Table.Name, in.Path.Path()...); err != nil {
			return nil, err
		}
	}
	return cat, nil
}

func (v *View) outputs(query *googlesql.ResolvedQueryStmt) error {
	list, err := query.OutputColumnList()
	if err != nil {
		return err
	}
	for i, output := range list {
		name, err := output.Name()
		if err != nil {
			return err
		}
		column, err := output.Column()
		if err != nil {
			return err
		}
		typ, err := column.Type()
		if err != nil {
			return err
		}
		text, err := typ.DebugString(false)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "$") {
			v.Given = append(v.Given, "")
			name = fmt.Sprintf("f%d_", i) // as BigQuery calls it
		} else {
			v.Given = append(v.Given, name)
		}
		v.Columns = append(v.Columns, Output{Column: Column{Name: name, Type: strings.ReplaceAll(text, "DOUBLE", "FLOAT64")}})
	}
	return nil
}

// relation is that of a view that this one reads.
func (v *View) relation(table string) (*algebra.Relation, bool) {
	for _, in := range v.Reads {
		if in.Table.Name == table && in.View != nil {
			return in.View.Relation, in.View.Relation != nil
		}
	}
	return nil, true
}

// trace follows columns of views to the columns of tables that they are made from.
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

// rename gives the columns the names and descriptions that CREATE VIEW lists.
func (v *View) rename() error {
	if len(v.View.Columns) == 0 {
		return nil
	}
	if len(v.View.Columns) != len(v.Columns) {
		return &catalog.Error{Message: fmt.Sprintf("the view lists %d columns, but its query gives %d",
			len(v.View.Columns), len(v.Columns))}
	}
	for i, c := range v.View.Columns {
		v.Columns[i].Name, v.Columns[i].Description = c.Name, c.Description
		if v.Relation != nil {
			v.Relation.Columns[i].Name = strings.ToLower(c.Name)
		}
	}
	return nil
}
