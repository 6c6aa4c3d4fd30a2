package names

import (
	"bytes"
	"iter"
	"os"
	"strconv"
)

// readFile returns a file's content, nothing if it cannot be read: name service
// files are optional, and without them numbers are printed as numbers.
func readFile(path string) []byte {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return content
}

// lines yields the words of each line that has any, without its comment. The
// slice is reused by the next line, the words are not.
func lines(content []byte) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var words []string
		for line := range bytes.Lines(content) {
			line, _, _ = bytes.Cut(line, []byte("#"))
			words = words[:0]
			for word := range bytes.FieldsSeq(line) {
				words = append(words, string(word))
			}
			if len(words) > 0 && !yield(words) {
				return
			}
		}
	}
}

// number parses an unsigned decimal number as glibc's files reader does; it fails
// if other characters follow.
func number(word string) (uint32, bool) {
	v, err := strconv.ParseUint(word, 10, 32)
	return uint32(v), err == nil
}
