package archtest

import (
	"regexp"
	"strings"
	"testing"
)

// A phrase is wording that the texts of the repository do not use, and what to write instead.
type phrase struct {
	pattern *regexp.Regexp
	instead string
}

func word(pattern, instead string) phrase {
	return phrase{regexp.MustCompile(`(?i)\b(?:` + pattern + `)\b`), instead}
}

// phrases are private vocabulary and wording that reads translated. CONTRIBUTING.md has the glossary.
var phrases = []phrase{
	word(`so many (?:rows|columns|cells|lines|names|bytes|characters|sockets|times|digits)`, "at most N rows"),
	word(`(?:ask|asks|asked|asking) about`, "query"),
	word(`(?:asks|asked|asking) for`, "request"),
	word(`who(?:ever|mever)`, "a caller that"),
	word(`somebody|anybody`, "a process, a user, a caller"),
	word(`(?:tell|tells|says) whether`, "reports whether"),
	word(`for ever`, "forever"),
	word(`of late`, "recently"),
	word(`look twice|(?:two|first|second|earlier|repeated|next|last) looks?`, "sample"),
	word(`sightings?`, "sample"),
	word(`knew`, "had"),
	word(`in whatever (?:case|order|way)`, "in any case"),
	word(`as the classic tools`, "as ss and netstat"),
	word(`faces`, "front ends"),
	word(`deaf|hearing`, "local, not listening"),
	word(`whom`, "which; name the process, the user or the peer"),
	word(`(?:writes?|wrote|written|writing) down`, "record, store"),
	word(`strangers`, "recordings that can be published"),
	word(`is the gate`, "limits the allocations"),
	word(`what is special about`, "the fields of"),
	word(`errs? on the right side`, "keeps the bound valid"),
	word(`what people calls?`, "the name of"),
	word(`in the hands of|(?:own|the caller's) affair`, "owned by; the caller must"),
	word(`irons? out`, "removes, normalizes"),
	word(`unasked`, "always, without a request"),
}

// wordsAllowed are files that may contain the phrases.
var wordsAllowed = []permit{
	{"internal/archtest/words_test.go", "the list itself"},
	{"integration/", "tests"},
}

// TestWords searches documents, manual pages and the source without its tests for such phrases.
func TestWords(t *testing.T) {
	searched := 0
	files(t, func(path string, text []byte) {
		if !isProse(path) || permitted(wordsAllowed, path) != nil {
			return
		}
		searched++
		for i, line := range strings.Split(string(text), "\n") {
			for _, p := range phrases {
				if found := p.pattern.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: write %q", path, i+1, found, p.instead)
				}
			}
		}
	})
	if searched < 100 {
		t.Errorf("searched %d files only", searched)
	}
}

// TestPhrases checks that each pattern finds what it is for.
func TestPhrases(t *testing.T) {
	for _, text := range []string{
		"show so many ROWS", "what it asks about", "what was asked for", "whoever holds it", "Somebody listens",
		"tells whether it is", "waits for ever", "round trip time of late", "two looks", "a sighting", "it knew",
		"in whatever case", "as the classic tools", "the three faces", "deaf sockets", "seen as whom",
		"it wrote down", "for strangers", "is the gate", "what is special about it", "errs on the right side",
		"what people call it", "in the hands of the caller", "irons out", "sent unasked",
	} {
		found := 0
		for _, p := range phrases {
			if p.pattern.MatchString(text) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%q is found by %d patterns, want 1", text, found)
		}
	}
}

// isProse reports whether a file is a document, a manual page or source without tests.
func isProse(path string) bool {
	for _, end := range []string{".md", ".1", ".8"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
}
