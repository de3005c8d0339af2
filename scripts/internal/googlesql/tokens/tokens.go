// Package tokens splits GoogleSQL into its words, so that two texts can be compared for what they say.
//
// Only as much of the lexical structure is known as that needs: comments, quoted text in all its forms, words, numbers,
// and operators of two characters; every other character is a token of its own.
// https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
package tokens

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Token is one word of a statement as it is written, and the byte offset at which it begins.
type Token struct {
	Text   string
	Offset int
}

// Scan gives the tokens of a GoogleSQL text without its comments and layout. It is made for text that GoogleSQL's parser
// has accepted; of any other it still gives some tokens, and always ends.
func Scan(sql string) []Token {
	var tokens []Token
	for at := 0; at < len(sql); {
		n := length(sql[at:])
		if text := sql[at : at+n]; !isBlank(text) {
			tokens = append(tokens, Token{text, at})
		}
		at += n
	}
	return tokens
}

// Comments reports whether the text has a comment.
func Comments(sql string) bool {
	for at := 0; at < len(sql); at += length(sql[at:]) {
		if comment(sql[at:]) > 0 {
			return true
		}
	}
	return false
}

// isBlank reports whether what length measured is a comment or white space.
func isBlank(text string) bool { return comment(text) > 0 || strings.TrimSpace(text) == "" }

// length is the number of bytes of the token, comment or white space that s begins with; at least 1.
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

// comment is the length of the comment that s begins with, or 0.
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

// quoted is the length of the string, bytes or quoted name that s begins with, its prefix included, or 0.
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
			if rest[i] == '\\' { // in a raw string too, the character after it does not end the string
				i++
			} else if strings.HasPrefix(rest[i:], quote) {
				return prefix + i + len(quote)
			}
		}
		return len(s)
	}
	return 0
}
