package doctor

import "strings"

// shellWord quotes a word for a shell, if it needs quotes.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
			strings.ContainsRune("-_./:@%+,=", r)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// operand is shellWord for a command that takes a word with a dash for an option.
func operand(word string) string {
	if strings.HasPrefix(word, "-") {
		return "-- " + shellWord(word)
	}
	return shellWord(word)
}
