package terraform_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"go.yaml.in/yaml/v3"
)

// terraformFunctions holds the functions of Terraform's language that the files use. Most come from its own library, cty.
var terraformFunctions = map[string]function.Function{
	"basename": ofStrings(func(s []string) (cty.Value, error) { return cty.StringVal(filepath.Base(s[0])), nil }, 1),
	"alltrue": function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for it := args[0].ElementIterator(); it.Next(); {
				if _, v := it.Element(); v.False() {
					return cty.False, nil
				}
			}
			return cty.True, nil
		},
	}),
	"contains":   stdlib.ContainsFunc,
	"distinct":   stdlib.DistinctFunc,
	"length":     stdlib.LengthFunc,
	"can":        tryfunc.CanFunc,
	"concat":     stdlib.ConcatFunc,
	"file":       ofStrings(fileFunc, 1),
	"format":     stdlib.FormatFunc,
	"join":       stdlib.JoinFunc,
	"jsondecode": stdlib.JSONDecodeFunc,
	"jsonencode": stdlib.JSONEncodeFunc,
	"keys":       stdlib.KeysFunc,
	"lookup":     stdlib.LookupFunc,
	"merge":      stdlib.MergeFunc,
	"regex":      stdlib.RegexFunc,
	"replace":    stdlib.ReplaceFunc,
	"sort":       stdlib.SortFunc,
	"startswith": ofStrings(func(s []string) (cty.Value, error) { return cty.BoolVal(strings.HasPrefix(s[0], s[1])), nil }, 2),
	"title":      stdlib.TitleFunc,
	"substr":     stdlib.SubstrFunc,
	"tomap":      stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	"tonumber":   stdlib.MakeToFunc(cty.Number),
	"toset":      stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
	"tostring":   stdlib.MakeToFunc(cty.String),
	"try":        tryfunc.TryFunc,
	"upper":      stdlib.UpperFunc,
	"values":     stdlib.ValuesFunc,
	"yamldecode": ofStrings(yamlFunc, 1),
}

// ofStrings returns a function of n strings.
func ofStrings(f func([]string) (cty.Value, error), n int) function.Function {
	spec := &function.Spec{
		Type: func(args []cty.Value) (cty.Type, error) {
			for _, a := range args {
				if !a.IsKnown() {
					return cty.DynamicPseudoType, nil
				}
			}
			v, err := f(texts(args))
			return v.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f(texts(args)) },
	}
	for range n {
		spec.Params = append(spec.Params, function.Parameter{Name: "text", Type: cty.String})
	}
	return function.New(spec)
}

func texts(args []cty.Value) (list []string) {
	for _, a := range args {
		list = append(list, a.AsString())
	}
	return list
}

func fileFunc(s []string) (cty.Value, error) {
	data, err := os.ReadFile(s[0])
	return cty.StringVal(string(data)), err
}

func yamlFunc(s []string) (cty.Value, error) {
	var v any
	if err := yaml.Unmarshal([]byte(s[0]), &v); err != nil {
		return cty.NilVal, err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return cty.NilVal, err
	}
	return decodeJSON(data)
}

// decodeJSON returns the value of a JSON text, with the type that it implies.
func decodeJSON(data []byte) (cty.Value, error) {
	t, err := ctyjson.ImpliedType(data)
	if err != nil {
		return cty.NilVal, err
	}
	return ctyjson.Unmarshal(data, t)
}
