package harness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Reachable skips a test whose processes of other users need a path that is closed to them.
func Reachable(t testing.TB, path string) {
	t.Helper()
	if at := closedAt(path); at != "" {
		t.Skipf("other users cannot reach %s: %s is closed", path, at)
	}
}

// Everybody returns a path by which every user can run a program: its own or, where a clone lies below a home
// that is closed to others, that of a copy in a folder of this run.
func Everybody(t testing.TB, program string) string {
	t.Helper()
	path, err := everybody(program, program, "programs")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// everybody is Everybody for a program that needs what lies below whole.
func everybody(program, whole, kind string) (string, error) {
	work := os.Getenv(workEnv)
	if closedAt(program) == "" || work == "" {
		return program, nil
	}
	inside, err := filepath.Rel(whole, program)
	if err != nil {
		return "", err
	}
	to := filepath.Join(work, kind, filepath.Base(whole))
	if _, err := os.Stat(to); errors.Is(err, fs.ErrNotExist) {
		if err := copyOpen(whole, to); err != nil {
			return "", fmt.Errorf("copy for other users: %w", err)
		}
	}
	return filepath.Join(to, inside), nil
}

// closedAt returns what keeps other users from running a program or from entering a folder, "" = nothing.
func closedAt(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	// Scripts, and programs that their own loader runs, are read too.
	for need := fs.FileMode(0o005); ; need = 0o001 {
		if info, err := os.Stat(path); err != nil || info.Mode()&need != need {
			return path
		}
		if path == "/" {
			return ""
		}
		path = filepath.Dir(path)
	}
}

// copyOpen copies a file, or the files below a directory, for all users. A helper process of this run may
// do the same concurrently: the first one wins.
func copyOpen(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(to), "copy-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // temporary
	top := filepath.Join(dir, filepath.Base(to))
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Mkdir(filepath.Join(top, inside), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(top, inside), data, 0o755)
	})
	if err != nil {
		return err
	}
	if err := os.Rename(top, to); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
