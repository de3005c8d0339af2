package lift

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
)

// framework is where a function registers itself. The buildpack starts only functions whose package imports it.
const framework = "github.com/GoogleCloudPlatform/functions-framework-go/functions"

// entryPoints are the names that the package in a folder registers with functions.HTTP, sorted.
func (p project) entryPoints(folder string) ([]string, error) {
	var names []string
	for _, name := range p.packages[folder].GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.root, folder, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		names = append(names, registered(file)...)
	}
	slices.Sort(names)
	if len(names) == 0 || len(slices.Compact(slices.Clone(names))) < len(names) {
		return nil, fmt.Errorf("%s registers %q with functions.HTTP; it has to register a name, and each once", folder, names)
	}
	return names, nil
}

// registered are the names that a file registers.
func registered(file *ast.File) []string {
	local := ""
	for _, i := range file.Imports {
		if p, _ := strconv.Unquote(i.Path.Value); p == framework { // the parser has seen to the quotes
			if local = "functions"; i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || selector.Sel.Name != "HTTP" {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		literal, isLiteral := call.Args[0].(*ast.BasicLit)
		if !ok || from.Name != local || !isLiteral || literal.Kind != token.STRING {
			return true
		}
		name, _ := strconv.Unquote(literal.Value) // likewise
		names = append(names, name)
		return true
	})
	return names
}
