package masking

import "strings"

// unknown returns message and remedy for a word that is none of the known ones. The word is shown only where it is a slip of the pen of
// one of them: anything else may be a value that was meant to stay out of sight.
func unknown(what, word string, known []string) (message, remedy string) {
	all := "write one of " + strings.Join(known, ", ")
	if near := closest(word, known); near != "" {
		return "unknown " + what + " " + shown(word), "did you mean " + near + "? " + all
	}
	if before, _, found := strings.Cut(word, ":"); found && closest(before, known) == before {
		return "unknown " + what, "write a space after the colon of " + before
	}
	return "unknown " + what, all
}

// Suggest returns the known name that a misspelt one is likely to mean, or "" where none is near.
func Suggest(name string, known []string) string { return closest(name, known) }

// closest returns the known word with the least edit distance, or "" where none is near: more than a third of its letters, at least
// one, would have to change.
func closest(word string, known []string) string {
	best, least := "", 1<<30
	for _, k := range known {
		if len(word) > 2*len(k)+2 {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least && d <= max(1, (len(k)+1)/3) {
			best, least = k, d
		}
	}
	return best
}

// distance returns how many bytes have to be inserted, removed, replaced, or swapped with the next, to make b of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
