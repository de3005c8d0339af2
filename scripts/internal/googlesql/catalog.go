package googlesql

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Table describes a table that statements may read.
type Table struct {
	Name        string // "raw.medium_stories"
	Grain       partition.Grain
	PartitionBy string // empty: not partitioned
	Schema      schema.Schema
}

// Column describes a column by its name and the name of its type, such as ARRAY<STRUCT<a INT64>>. The type
// may be one that no table of Rollcall can have.
type Column struct{ Name, Type string }

// Catalog holds the tables and parameters that statements may use, beside GoogleSQL's own functions.
type Catalog struct {
	language   *goccy.LanguageOptions
	types      *goccy.TypeFactory
	root       *goccy.SimpleCatalog
	paths      map[string]*goccy.SimpleTable   // by lower-case path, its parts joined by blanks
	datasets   map[string]*goccy.SimpleCatalog // likewise
	tables     map[string]Table
	parameters map[string]schema.Type
	keep       []any // referenced by the analyzer; Go would free it otherwise
}

// New returns a catalog without tables. Its parameters are those of every model's statement, @partition_date
// and @partition_end, both of type DATE.
func New() (c *Catalog, err error) {
	if err := goccy.Init(); err != nil {
		return nil, fmt.Errorf("start GoogleSQL: %w", err)
	}
	defer Catch(&err)
	language, types := newLanguage(), Must(goccy.NewTypeFactory())
	root := Must(goccy.NewSimpleCatalog("rollcall", types))
	builtins := &goccy.BuiltinFunctionOptions{LanguageOptions: language}
	if err := root.AddBuiltinFunctionsAndTypes(builtins); err != nil {
		return nil, fmt.Errorf("add GoogleSQL's functions: %w", err)
	}
	for _, name := range []string{"INT", "SMALLINT", "INTEGER", "BIGINT", "TINYINT", "BYTEINT"} { // BigQuery's own names
		if err := root.AddType(name, Must(types.MakeSimpleType(goccy.TypeKindTypeInt64))); err != nil {
			return nil, fmt.Errorf("add GoogleSQL's types: %w", err)
		}
	}
	return &Catalog{
		language: language, types: types, root: root,
		paths: map[string]*goccy.SimpleTable{}, datasets: map[string]*goccy.SimpleCatalog{}, tables: map[string]Table{},
		parameters: map[string]schema.Type{"partition_date": schema.Date, "partition_end": schema.Date},
	}, nil
}

// newLanguage returns BigQuery's dialect: GoogleSQL's released features, except those that BigQuery does not
// document, and BigQuery's public type names.
func newLanguage() *goccy.LanguageOptions {
	language := Must(goccy.NewLanguageOptions())
	err := errors.Join(
		language.EnableMaximumLanguageFeatures(),
		language.SetProductMode(goccy.ProductModeProductExternal),
		language.EnableReservableKeyword("QUALIFY", true),
		language.SetSupportedStatementKinds([]goccy.ResolvedNodeKind{
			goccy.ResolvedNodeKindResolvedQueryStmt,
			goccy.ResolvedNodeKindResolvedMergeStmt,
			goccy.ResolvedNodeKindResolvedDeleteStmt,
		}))
	for _, feature := range []goccy.LanguageFeature{ // of other products than BigQuery
		goccy.LanguageFeatureFeatureAnonymization,
		goccy.LanguageFeatureFeatureForUpdate,
		goccy.LanguageFeatureFeatureLateralColumnReferences,
		goccy.LanguageFeatureFeatureLateralJoin,
		goccy.LanguageFeatureFeatureLimitAll,
		goccy.LanguageFeatureFeatureMapType,
		goccy.LanguageFeatureFeatureProtoBase,
		goccy.LanguageFeatureFeatureRowType,
		goccy.LanguageFeatureFeatureUnnestAndFlattenArrays,
		goccy.LanguageFeatureFeatureUuidType,
	} {
		err = errors.Join(err, language.DisableLanguageFeature(feature))
	}
	return Must(language, err)
}

// options returns new analyzer options that declare the catalog's parameters and record the places of nodes.
// The time zone of a timestamp without one is UTC, as in BigQuery, instead of America/Los_Angeles.
func (c *Catalog) options() *goccy.AnalyzerOptions {
	options := Must(goccy.NewAnalyzerOptions(c.language))
	utc := &goccy.TimeZone{} // the library has no other constructor, and its zero value is UTC
	Must(options, options.SetDefaultTimeZone(utc))
	for name, t := range c.parameters {
		typ := c.typeOf(schema.Field{Name: name, Type: t})
		Must(options, options.AddQueryParameter(name, typ))
	}
	scope := goccy.ParseLocationRecordTypeParseLocationRecordFullNodeScope
	return Must(options, options.SetParseLocationRecordType(scope))
}

// AddParameter declares a query parameter.
func (c *Catalog) AddParameter(name string, t schema.Type) { c.parameters[name] = t }

// RemoveParameter makes a query parameter unknown again.
func (c *Catalog) RemoveParameter(name string) { delete(c.parameters, name) }

// Add makes a table known as dataset.table, with or without backticks around the whole name or its parts.
func (c *Catalog) Add(t Table) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("add table %s to the catalog: %w", t.Name, err)
		}
	}()
	defer Catch(&err)
	table, err := c.newTable(t.Name)
	if err != nil {
		return err
	}
	for _, f := range t.Schema {
		c.addColumn(table, t.Name, f.Name, c.typeOf(f))
	}
	c.tables[t.Name] = t
	return c.Alias(t.Name, t.Name) // `dataset.table` in backticks is a single identifier
}

// AddColumns makes a table with columns of any type known as dataset.table. [Catalog.Table] does not find it.
func (c *Catalog) AddColumns(name string, columns []Column) (err error) {
	defer Catch(&err)
	table, err := c.newTable(name)
	if err != nil {
		return fmt.Errorf("table %s: %w", name, err)
	}
	for _, f := range columns {
		typ, err := goccy.AnalyzeType(f.Type, c.options(), c.root, c.types)
		if err != nil {
			return fmt.Errorf("table %s: column %s: type %s: %w", name, f.Name, f.Type, statementError(err))
		}
		c.addColumn(table, name, f.Name, typ)
	}
	return nil
}

func (c *Catalog) newTable(name string) (*goccy.SimpleTable, error) {
	parts := strings.Split(name, ".")
	if len(parts) != 2 {
		return nil, errors.New("the name is not dataset.table")
	}
	if c.paths[pathKey(parts)] != nil {
		return nil, errors.New("the table already exists")
	}
	table := Must(goccy.NewSimpleTable(parts[1], 0))
	c.keep = append(c.keep, table)
	return Must(table, errors.Join(table.SetFullName(name), c.addPath(table, parts))), nil
}

func (c *Catalog) addColumn(table *goccy.SimpleTable, tableName, name string, typ goccy.Googlesql_TypeNode) {
	column := Must(goccy.NewSimpleColumn(tableName, name, typ, false, true))
	c.keep = append(c.keep, typ, Must(column, table.AddColumn2(column, false)))
}

// Alias makes the table called name known by another path, whose parts are given without quotes. It does
// nothing when the path is already taken.
func (c *Catalog) Alias(name string, path ...string) error {
	table := c.paths[pathKey(strings.Split(name, "."))]
	if table == nil {
		return fmt.Errorf("the catalog has no table %s", name)
	}
	if c.paths[pathKey(path)] != nil {
		return nil
	}
	return c.addPath(table, path)
}

func (c *Catalog) addPath(table *goccy.SimpleTable, path []string) error {
	in := c.root
	for i := range path[:len(path)-1] {
		dataset := pathKey(path[:i+1])
		if c.datasets[dataset] == nil {
			created, err := in.MakeOwnedSimpleCatalog(path[i])
			if err != nil {
				return err
			}
			c.datasets[dataset] = created
		}
		in = c.datasets[dataset]
	}
	c.paths[pathKey(path)] = table
	return in.AddTable2(path[len(path)-1], table)
}

// pathKey folds case, as the analyzer does when it looks up names.
func pathKey(path []string) string { return strings.ToLower(strings.Join(path, " ")) }

// Table returns the table with the given name.
func (c *Catalog) Table(name string) (Table, bool) {
	t, ok := c.tables[name]
	return t, ok
}

// Reserved reports whether a word must be quoted to be used as a name.
func (c *Catalog) Reserved(word string) bool {
	reserved, err := c.language.IsReservedKeyword(word)
	return err == nil && reserved
}

// Analyze resolves a statement and passes it to use, which must not keep it and may call [Must] on the
// results of the analyzer's accessors. A statement that is not valid gives an *Error.
func (c *Catalog) Analyze(sql string, use func(goccy.ResolvedStatementNode) error) (err error) {
	defer Catch(&err)
	output, err := goccy.AnalyzeStatement(sql, c.options(), c.root, c.types)
	if err != nil {
		return statementError(err)
	}
	defer runtime.KeepAlive(output)
	defer runtime.KeepAlive(c) // the output refers to its tables
	return use(Must(output.ResolvedStatement()))
}

// analyzeCondition is Analyze for one boolean expression over the given columns.
func (c *Catalog) analyzeCondition(sql string, columns schema.Schema, use func(goccy.ResolvedExprNode)) (err error) {
	defer Catch(&err)
	options := c.options()
	for _, f := range columns {
		Must(options, options.AddExpressionColumn(f.Name, c.typeOf(f)))
	}
	output, err := goccy.AnalyzeExpression(sql, options, c.root, c.types)
	if err != nil {
		return statementError(err)
	}
	defer runtime.KeepAlive(output)
	defer runtime.KeepAlive(c)
	expr := Must(output.ResolvedExpr())
	if !Must(Must(expr.Type()).IsBool()) {
		return &Error{Message: "the condition is not a BOOL"}
	}
	use(expr)
	return nil
}

// kinds maps the analyzer's types to those that a table of Rollcall can have.
var kinds = map[goccy.TypeKind]schema.Type{
	goccy.TypeKindTypeString:    schema.String,
	goccy.TypeKindTypeInt64:     schema.Int64,
	goccy.TypeKindTypeDouble:    schema.Float64,
	goccy.TypeKindTypeNumeric:   schema.Numeric,
	goccy.TypeKindTypeBool:      schema.Bool,
	goccy.TypeKindTypeDate:      schema.Date,
	goccy.TypeKindTypeTimestamp: schema.Timestamp,
	goccy.TypeKindTypeJson:      schema.JSON,
}

func (c *Catalog) typeOf(f schema.Field) goccy.Googlesql_TypeNode {
	for kind, t := range kinds {
		if t != f.Type {
			continue
		}
		typ, err := c.types.MakeSimpleType(kind)
		if err == nil && f.Mode == schema.Repeated {
			return Must(c.types.MakeArrayType2(typ))
		}
		return Must(typ, err)
	}
	Abort(fmt.Errorf("column %s: the analyzer has no type %q", f.Name, f.Type))
	return nil
}

// fieldType returns a type as table schemas write it: an array is its element's type in mode REPEATED. It
// fails for a type that no table can have.
func fieldType(typ goccy.Googlesql_TypeNode) (schema.Type, schema.Mode, error) {
	mode := schema.Nullable
	if Must(typ.IsArray()) {
		typ, mode = Must(Must(typ.AsArray()).ElementType()), schema.Repeated
	}
	kind := Must(typ.Kind())
	if t, ok := kinds[kind]; ok {
		return t, mode, nil
	}
	name := kind.String()
	if named, ok := typ.(interface {
		ShortTypeName(goccy.ProductMode) (string, error)
	}); ok {
		name = Must(named.ShortTypeName(goccy.ProductModeProductExternal))
	}
	return "", "", fmt.Errorf("a model's table cannot have the type %s", name)
}
