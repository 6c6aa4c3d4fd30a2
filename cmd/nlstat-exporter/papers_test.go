package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/metrics"
)

// TestPapers checks that the manual and the completions have every option, collector and label.
func TestPapers(t *testing.T) {
	var words []string
	(&options{}).flags().VisitAll(func(f *flag.Flag) {
		if len(f.Name) > 1 {
			words = append(words, f.Name)
		}
	})
	words = append(words, metrics.PartNames()...)
	for _, l := range metrics.ListenerLabels {
		words = append(words, l.Name)
	}
	for _, path := range []string{
		"../../man/nlstat-exporter.8", "../../completions/nlstat-exporter.bash",
		"../../completions/_nlstat-exporter", "../../completions/nlstat-exporter.fish",
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(string(text), `\-`, "-")
		for _, word := range words {
			if !strings.Contains(plain, word) {
				t.Errorf("%s does not know %s", path, word)
			}
		}
	}
}
