package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/query"
)

// oneOf checks the value of an enumerated flag.
func oneOf(flag, value, words string) error {
	list := strings.Fields(words)
	if slices.Contains(list, value) {
		return nil
	}
	return fmt.Errorf("--%s %q: expected one of %s%s",
		flag, value, strings.Join(list, ", "), didYouMean(value, list))
}

// didYouMean returns the suggestion at the end of a message about an unknown word.
func didYouMean(word string, candidates []string) string {
	if s := query.Suggest(word, candidates); s != "" {
		return "; did you mean \"" + s + "\"?"
	}
	return ""
}
