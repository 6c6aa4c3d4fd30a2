package query

import "strings"

// Suggest returns the candidate most similar to word, "" if none is close.
func Suggest(word string, candidates []string) string {
	best, least := "", 1+min(3, max(1, len(word)/4))
	for _, c := range candidates {
		if d := Distance(word, c); d < least {
			best, least = c, d
		}
	}
	if best != "" {
		return best
	}
	for _, c := range candidates {
		longer := len(c) >= 3 && len(word) <= 2*len(c) && strings.HasPrefix(word, c)
		if len(word) >= 3 && (longer || strings.Contains(c, word)) {
			return c
		}
	}
	return ""
}

// Distance is the number of letters to insert, remove, replace or transpose to get from a to b.
func Distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
