package catalog

import (
	"fmt"
	"runtime"

	"github.com/goccy/go-googlesql"
)

// Parse parses a statement of any kind, whatever tables there are, and gives its tree to use, which must not keep it. What
// the parser has against the statement is an *Error.
func Parse(sql string, use func(googlesql.ASTStatementNode) error) error {
	if err := googlesql.Init(); err != nil {
		return fmt.Errorf("start GoogleSQL: %w", err)
	}
	language, err := newLanguage()
	if err != nil {
		return fmt.Errorf("GoogleSQL's language options: %w", err)
	}
	analyzer, err := googlesql.NewAnalyzerOptions(language)
	if err != nil {
		return fmt.Errorf("GoogleSQL's analyzer options: %w", err)
	}
	options, err := analyzer.GetParserOptions()
	if err != nil {
		return fmt.Errorf("GoogleSQL's parser options: %w", err)
	}
	output, err := googlesql.ParseStatement(sql, options)
	if err != nil {
		return parseError(err)
	}
	for _, kept := range []any{language, analyzer, options, output} {
		defer runtime.KeepAlive(kept)
	}
	statement, err := output.Statement()
	if err != nil {
		return fmt.Errorf("GoogleSQL's syntax tree: %w", err)
	}
	return use(statement)
}
