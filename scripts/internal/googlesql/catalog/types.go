package catalog

import (
	"fmt"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/shared/schema"
)

// kinds are the types that a table of Rollcall's can have, in the analyzer's terms.
var kinds = map[googlesql.TypeKind]schema.Type{
	googlesql.TypeKindTypeString:    schema.String,
	googlesql.TypeKindTypeInt64:     schema.Int64,
	googlesql.TypeKindTypeDouble:    schema.Float64,
	googlesql.TypeKindTypeNumeric:   schema.Numeric,
	googlesql.TypeKindTypeBool:      schema.Bool,
	googlesql.TypeKindTypeDate:      schema.Date,
	googlesql.TypeKindTypeTimestamp: schema.Timestamp,
	googlesql.TypeKindTypeJson:      schema.JSON,
}

// typeOf is a column's type in the analyzer's terms.
func (c *Catalog) typeOf(f schema.Field) (googlesql.Googlesql_TypeNode, error) {
	for kind, t := range kinds {
		if t != f.Type {
			continue
		}
		typ, err := c.types.MakeSimpleType(kind)
		if err == nil && f.Mode == schema.Repeated {
			typ, err = c.types.MakeArrayType2(typ)
		}
		return typ, err
	}
	return nil, fmt.Errorf("column %s: the analyzer has no type %q", f.Name, f.Type)
}

// FieldType is a type in the terms of table schemas: an array is its element's type, REPEATED. The error of a type that
// no table has names it.
func FieldType(typ googlesql.Googlesql_TypeNode) (schema.Type, schema.Mode, error) {
	mode := schema.Nullable
	if isArray, err := typ.IsArray(); err != nil {
		return "", "", err
	} else if isArray {
		array, err := typ.AsArray()
		if err != nil {
			return "", "", err
		}
		if typ, err = array.ElementType(); err != nil {
			return "", "", err
		}
		mode = schema.Repeated
	}
	kind, err := typ.Kind()
	if err != nil {
		return "", "", err
	}
	if t, ok := kinds[kind]; ok {
		return t, mode, nil
	}
	name := kind.String()
	if named, ok := typ.(interface {
		ShortTypeName(googlesql.ProductMode) (string, error)
	}); ok {
		if name, err = named.ShortTypeName(googlesql.ProductModeProductExternal); err != nil {
			return "", "", err
		}
	}
	return "", "", fmt.Errorf("a model's table cannot have the type %s", name)
}
