package mutation

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTable checks that every change can be applied.
func TestTable(t *testing.T) {
	for _, s := range suites {
		if len(s.mutants) < 10 {
			t.Errorf("%s: %d changes, want ten", s.program, len(s.mutants))
		}
		for _, m := range s.mutants {
			text, err := os.ReadFile(filepath.Join("..", "..", m.file))
			if err != nil {
				t.Error(err)
				continue
			}
			if changed, err := m.apply(string(text)); err != nil || changed == string(text) {
				t.Errorf("%s: %v", m.file, err)
			}
		}
	}
}

func TestApply(t *testing.T) {
	m := mutant{old: "a < b", new: "a <= b"}
	if got, err := m.apply("if a < b {"); got != "if a <= b {" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"", "a < b || a < b"} {
		if _, err := m.apply(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
