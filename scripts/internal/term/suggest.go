package term

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean returns what to add to an error about an unknown name: the nearest known names, or all of them when there are few.
func DidYouMean(name string, known []string) string {
	var near []string
	for _, k := range known {
		if d := distance(name, k); d <= 1+len(name)/4 || len(name) > 2 && strings.Contains(k, name) {
			near = append(near, k)
		}
	}
	if near != nil {
		slices.SortStableFunc(near, func(a, b string) int { return distance(name, a) - distance(name, b) })
		return fmt.Sprintf("; do you mean %s?", strings.Join(near[:min(3, len(near))], " or "))
	}
	if len(known) > 20 {
		return ""
	}
	return fmt.Sprintf("; there are %s", strings.Join(known, ", "))
}

// distance counts the letters to insert, delete or replace to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
