package googlesql

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Token is a word, number, quoted text, operator or sign of a statement, as it is written. [Lex] also returns
// comments and layout as tokens.
type Token struct {
	Text   string
	Offset int // in bytes
}

// Blank reports whether the token is a comment or layout.
func (t Token) Blank() bool { return t.Comment() || strings.TrimSpace(t.Text) == "" }

// Comment reports whether the token is a comment.
func (t Token) Comment() bool { return comment(t.Text) > 0 }

// Lex splits a text into tokens; their texts, joined, are the text. It is made for text that the parser
// accepts: it knows comments, quoted text in all forms, words, numbers, and operators of two characters, and
// every other character is a token of its own. It returns tokens for any other text too.
//
// https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
func Lex(sql string) []Token {
	var tokens []Token
	for at := 0; at < len(sql); {
		n := length(sql[at:])
		tokens = append(tokens, Token{sql[at : at+n], at})
		at += n
	}
	return tokens
}

// Scan returns the tokens of a text without comments and layout, so that two texts can be compared for what
// they say.
func Scan(sql string) []Token {
	return slices.DeleteFunc(Lex(sql), Token.Blank)
}

// HasComment reports whether the text contains a comment.
func HasComment(sql string) bool { return slices.ContainsFunc(Lex(sql), Token.Comment) }

// length returns the number of bytes of the token that s begins with, at least 1. Each blank is a token.
func length(s string) int {
	if n := comment(s); n > 0 {
		return n
	}
	if n := quoted(s); n > 0 {
		return n
	}
	if n := len(number.FindString(s)); n > 0 {
		return n
	}
	if n := len(word.FindString(s)); n > 0 {
		return n
	}
	if len(s) > 1 && slices.Contains(operators, s[:2]) {
		return 2
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

var (
	number    = regexp.MustCompile(`^(0[xX][0-9a-fA-F]+|[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|\.[0-9]+([eE][+-]?[0-9]+)?)`)
	word      = regexp.MustCompile(`^@{0,2}[\pL_][\pL\pN_]*`)
	operators = []string{"<=", ">=", "<>", "!=", "||", "=>", "->", "<<", ">>", "|>", "@@"}
)

// comment returns the length of the comment that s begins with, or 0.
func comment(s string) int {
	switch {
	case strings.HasPrefix(s, "--"), strings.HasPrefix(s, "#"):
		return through(s, 0, "\n")
	case strings.HasPrefix(s, "/*"):
		return through(s, 2, "*/")
	}
	return 0
}

func through(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

// quoted returns the length of the string, bytes or quoted name that s begins with, including its prefix, or
// 0.
func quoted(s string) int {
	prefix := 0
	for prefix < 2 && prefix < len(s) && strings.ContainsRune("rRbB", rune(s[prefix])) {
		prefix++
	}
	rest := s[prefix:]
	for _, quote := range []string{`"""`, `'''`, `"`, `'`, "`"} {
		if !strings.HasPrefix(rest, quote) || (quote == "`" && prefix > 0) {
			continue
		}
		for i := len(quote); i < len(rest); i++ {
			if rest[i] == '\\' { // the next character does not end the string, in a raw string either
				i++
			} else if strings.HasPrefix(rest[i:], quote) {
				return prefix + i + len(quote)
			}
		}
		return len(s)
	}
	return 0
}
