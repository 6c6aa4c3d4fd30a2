package reference

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A tool is a program that one of ours copies.
type tool struct {
	name    string
	option  string // requests its version
	answer  string // is in what it says then
	source  string // Debian's package
	version string // the package's version begins so
}

var tools = []tool{
	{"ss", "-V", "iproute2-7.3.0", "iproute2", "7.3.0-"},
	{"netstat", "--version", "net-tools 2.10", "net-tools", "2.10-"},
}

// environment names a folder with ss and netstat.
const environment = "NLSTAT_REFERENCE"

// ErrNone is wrapped by the errors of Path: there is nothing to compare with.
var ErrNone = errors.New("nothing to compare with")

// Remedy is what a person does about ErrNone.
const Remedy = "`go -C integration run ./cmd/reference` gets both from Debian; " +
	"or name a folder that has them in " + environment

// Top returns the top of the repository: the closest folder above this one with our go.mod.
func Top() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module github.com/nlstat/nlstat\n")) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod of nlstat above the working directory")
		}
		dir = up
	}
}

// Cache returns where Install puts the programs, for a repository.
func Cache(top string) string { return filepath.Join(top, ".cache", "reference") }

// Folder returns the folder that has the programs, "" where only PATH is left.
func Folder(top string) string {
	if dir := os.Getenv(environment); dir != "" {
		return dir
	}
	for _, dir := range []string{filepath.Join(top, "..", "shared", "reference"), Cache(top)} {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	return ""
}

// Path returns the path of the program that ours of this name must equal.
func Path(ctx context.Context, top, name string) (string, error) {
	for _, t := range tools {
		if t.name != name {
			continue
		}
		path := filepath.Join(Folder(top), name)
		if path == name {
			found, err := exec.LookPath(name)
			if err != nil {
				return "", fmt.Errorf("%w: no %s with %q in its version", ErrNone, name, t.answer)
			}
			path = found
		}
		return path, t.check(ctx, path)
	}
	return "", fmt.Errorf("%w: no program that is called %q", ErrNone, name)
}

// check runs a program and sees whether it is the version that we copy.
func (t *tool) check(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, t.option).CombinedOutput()
	if bytes.Contains(out, []byte(t.answer)) {
		return nil // netstat exits with 5 here
	}
	first, _, _ := bytes.Cut(out, []byte("\n"))
	if len(first) == 0 && err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNone, path, err)
	}
	return fmt.Errorf("%w: %s says %q, ours copies %q", ErrNone, path, first, t.answer)
}
