package mutation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Run tries all mutants of the programs that are named, or of all, and writes a line about each. It fails if
// the tests passed over one, or if one can no longer be made.
func Run(ctx context.Context, top string, programs []string, out io.Writer) error {
	dir, err := os.MkdirTemp("", "nlstat-mutation-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // temporary
	var all error
	for i := range suites {
		s := &suites[i]
		if len(programs) > 0 && !slices.Contains(programs, s.program) {
			continue
		}
		caught := 0
		for k := range s.mutants {
			m := &s.mutants[k]
			err := s.try(ctx, m, top, dir)
			if err == nil {
				caught++
				continue
			}
			all = errors.Join(all, err)
			if _, err := fmt.Fprintf(out, "%s: %v\n", s.program, err); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(out, "%s: %d of %d broken programs noticed\n", s.program, caught, len(s.mutants))
		if err != nil {
			return err
		}
	}
	if all != nil {
		return errors.New("the tests passed over a broken program")
	}
	return nil
}

var errUnnoticed = errors.New("the tests passed all the same")

// try runs the tests of a suite over a mutant and returns nil if they failed.
func (s *suite) try(ctx context.Context, m *mutant, top, dir string) error {
	overlay, err := m.overlay(top, dir)
	if err != nil {
		return fmt.Errorf("%s: %w", m.file, err)
	}
	inner := filepath.Join(top, "integration")
	for dir, packages := range map[string][]string{top: s.packages, inner: {"./transcript"}} {
		args := append([]string{"test", "-overlay", overlay, "-failfast", "-vet=off"}, packages...)
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = dir
		text, err := cmd.CombinedOutput()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			continue
		case bytes.Contains(text, []byte("[build failed]")), bytes.Contains(text, []byte("[setup failed]")):
			return fmt.Errorf("%s with %q does not build: %s", m.file, m.new, text)
		}
		return nil
	}
	return fmt.Errorf("%s with %q: %w", m.file, m.new, errUnnoticed)
}

// overlay writes the changed file and the compiler's overlay list.
func (m *mutant) overlay(top, dir string) (path string, err error) {
	original := filepath.Join(top, filepath.FromSlash(m.file))
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	changed, err := m.apply(string(text))
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "mutant.go")
	if err := os.WriteFile(to, []byte(changed), 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {original: to}})
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, list, 0o600)
}

// apply makes the change.
func (m *mutant) apply(text string) (string, error) {
	if n := strings.Count(text, m.old); n != 1 {
		return "", fmt.Errorf("%q is there %d times, not once: choose another change", m.old, n)
	}
	return strings.Replace(text, m.old, m.new, 1), nil
}
