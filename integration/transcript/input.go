package transcript

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// An Input is recorded data of a kernel: files below proc, links there, and the datagrams of its TCP
// sockets.
type Input struct {
	Files map[string]string // by path below proc
	Links map[string]string // symbolic links likewise, by their places
	Dump  []byte            // as ss -D writes it, nil = none
}

// Unpack writes an input into a folder: proc/... and dump.
func (in *Input) Unpack(dir string) error {
	proc := filepath.Join(dir, "proc")
	if err := os.MkdirAll(proc, 0o755); err != nil {
		return err
	}
	for name, text := range in.Files {
		path := filepath.Join(proc, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if strings.HasSuffix(name, "/") { // a folder where a file is looked for
			if err := os.MkdirAll(path, 0o755); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for name, to := range in.Links {
		path := filepath.Join(proc, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(to, path); err != nil {
			return err
		}
	}
	if in.Dump == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, "dump"), in.Dump, 0o644)
}

// ReadInput reads name.txt and, if there is one, name.dump.gz from a folder.
func ReadInput(dir, name string) (*Input, error) {
	text, err := os.ReadFile(filepath.Join(dir, name+".txt"))
	if err != nil {
		return nil, err
	}
	in, err := parseInput(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	dump, err := readFile(filepath.Join(dir, name+".dump.gz"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	in.Dump = dump
	return in, nil
}

// Lines between files: what follows is a file, or a link to what stands behind the arrow.
const (
	fileMark = "-- "
	markEnd  = " --"
	arrow    = " -> "
)

func parseInput(text string) (*Input, error) {
	in := &Input{Files: map[string]string{}, Links: map[string]string{}}
	name := ""
	for line := range strings.Lines(text) {
		word := strings.TrimSuffix(line, "\n")
		if marked, ok := marked(word); ok {
			name = marked
			if place, to, ok := strings.Cut(name, arrow); ok {
				in.Links[place] = to
				name = ""
			} else {
				in.Files[name] = ""
			}
			continue
		}
		if name != "" {
			in.Files[name] += line
		} else if strings.TrimSpace(word) != "" && word[0] != '#' {
			return nil, fmt.Errorf("text outside of a file: %q", word)
		}
	}
	return in, nil
}

// marked returns what stands between the marks.
func marked(word string) (name string, ok bool) {
	name, begins := strings.CutPrefix(word, fileMark)
	name, ends := strings.CutSuffix(name, markEnd)
	return name, begins && ends && name != ""
}

// Write writes an input as ReadInput reads it.
func (in *Input) Write(dir, name string) error {
	var b strings.Builder
	for _, file := range sorted(in.Files) {
		text := in.Files[file]
		if text != "" && !strings.HasSuffix(text, "\n") {
			return fmt.Errorf("%s does not end with a newline", file)
		}
		fmt.Fprintf(&b, "%s%s%s\n%s", fileMark, file, markEnd, text)
	}
	for _, place := range sorted(in.Links) {
		fmt.Fprintf(&b, "%s%s%s%s%s\n", fileMark, place, arrow, in.Links[place], markEnd)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".txt"), []byte(b.String()), 0o644); err != nil {
		return err
	}
	if in.Dump == nil {
		return nil
	}
	return writeFile(filepath.Join(dir, name+".dump.gz"), in.Dump)
}
