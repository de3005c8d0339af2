package duckdb

import (
	"errors"
	"regexp/syntax"
)

// captures is the number of groups that a regular expression captures. An expression whose group may be left out of a
// match is an error, since GoogleSQL then gives NULL and DuckDB an empty string; so is one that may match nothing at
// all, since the dialects go on differently after an empty match.
func captures(pattern string) (int, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, errors.New("the pattern is not of the syntax that both dialects know: " + err.Error())
	}
	if leavesOut(tree, false) {
		return 0, errors.New("the pattern's group may be left out of a match, which gives NULL in GoogleSQL alone")
	}
	if mayBeEmpty(tree) {
		return 0, errors.New("the pattern may match an empty string, after which the dialects differ")
	}
	return tree.MaxCap(), nil
}

func leavesOut(tree *syntax.Regexp, optional bool) bool {
	if tree.Op == syntax.OpCapture && optional {
		return true
	}
	switch tree.Op {
	case syntax.OpStar, syntax.OpQuest, syntax.OpAlternate:
		optional = true
	case syntax.OpRepeat:
		optional = optional || tree.Min == 0
	}
	for _, sub := range tree.Sub {
		if leavesOut(sub, optional) {
			return true
		}
	}
	return false
}

func mayBeEmpty(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			if !mayBeEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range tree.Sub {
			if mayBeEmpty(sub) {
				return true
			}
		}
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return mayBeEmpty(tree.Sub[0])
	case syntax.OpRepeat:
		return tree.Min == 0 || mayBeEmpty(tree.Sub[0])
	}
	return true
}
