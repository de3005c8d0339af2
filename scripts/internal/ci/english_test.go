package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the project's folder.
const root = "../../.."

// phrases are turns that a reader has to read twice, with the plain words for them. Comments, messages and documents are
// held to the list; what tests and fakes quote is not.
var phrases = []struct{ pattern, instead string }{
	{`nought`, "zero"},
	{`whoever`, "the caller, the reader, anyone who"},
	{`seldom`, "rarely"},
	{`nobody|somebody`, "no one, or who it is"},
	{`in vain`, "without success"},
	{`of no use`, "unusable"},
	{`is at it`, "holds the lease, runs"},
	{`lets? go of|is let go|are let go`, "releases, drops, deletes"},
	{`mend|mends|mended`, "fix"},
	{`to be had`, "available"},
	{`(is|are|has|have) to be`, "must be"},
	{`save (for|that|what)`, "except"},
	{`anew`, "again"},
	{`wish(es)? for`, "request"},
	{`told`, "reported, announced, given"},
	{`tells? of`, "reports, announces"},
	{`it is that`, "say it directly"},
}

// checker collects what a file says in words that are on the list.
type checker struct {
	t *testing.T
}

var banned = func() []*regexp.Regexp {
	list := make([]*regexp.Regexp, 0, len(phrases))
	for _, p := range phrases {
		list = append(list, regexp.MustCompile(`(?i)\b(?:`+p.pattern+`)\b`))
	}
	return list
}()

func (c checker) text(place, text string) {
	text = strings.Join(strings.Fields(text), " ")
	for i, pattern := range banned {
		if found := pattern.FindString(text); found != "" {
			c.t.Errorf("%s: %q: plainly: %s", place, found, phrases[i].instead)
		}
	}
}

// TestCommentsAndMessagesAreInPlainWords reads every Go file that is no test, and every document.
func TestCommentsAndMessagesAreInPlainWords(t *testing.T) {
	c := checker{t}
	walk(t, func(name string, text []byte) {
		switch {
		case strings.HasSuffix(name, ".md"):
			for i, paragraph := range strings.Split(string(text), "\n\n") {
				c.text(fmt.Sprintf("%s paragraph %d", name, i+1), paragraph)
			}
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, name, text, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, group := range file.Comments {
				c.text(files.Position(group.Pos()).String(), group.Text())
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && strings.Contains(literal.Value, " ") { // a message
					c.text(files.Position(literal.Pos()).String(), literal.Value)
				}
				return true
			})
		}
	})
}

// TestDocCommentsBeginWithAVerb refuses "Following are the targets that …": "Following returns all targets …" says it.
func TestDocCommentsBeginWithAVerb(t *testing.T) {
	walk(t, func(name string, text []byte) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		check := func(name *ast.Ident, doc *ast.CommentGroup, forms string) {
			if !name.IsExported() {
				return
			}
			begin := regexp.MustCompile(`^(?:An? |The )?` + name.Name + `,? (?:` + forms + `)\b`).FindString(doc.Text())
			if begin != "" && !strings.HasSuffix(begin, " like") {
				t.Errorf("%s: %q: begin with a verb: %[2]s", files.Position(name.Pos()), begin)
			}
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				check(d.Name, d.Doc, "is|are|was|were")
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok {
						doc := s.Doc
						if doc == nil {
							doc = d.Doc
						}
						check(s.Name, doc, "are|is (?:what|who|how|where|when|all)")
					}
				}
			}
		}
	})
}

// walk reads the project's files, but for those that tests and fakes read.
func walk(t *testing.T, read func(name string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base == "testdata" || len(base) > 2 && base[0] == '.' && base != ".github" {
				return fs.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		read(name, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
