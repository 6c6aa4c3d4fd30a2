package native

import (
	"fmt"
	"slices"
	"strings"
)

// oneOf checks a flag that takes one of some words.
func oneOf(flag, value, words string) error {
	list := strings.Fields(words)
	if slices.Contains(list, value) {
		return nil
	}
	return fmt.Errorf("--%s %q: want one of %s%s",
		flag, value, strings.Join(list, ", "), didYouMean(value, list))
}
