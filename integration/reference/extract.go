package reference

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// wrapper runs a program through its own loader, with its own libraries.
const wrapper = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/lib/%[1]s" --argv0 %[2]s --library-path "$here/lib" "$here/bin/%[2]s" "$@"
`

// extract copies a program, its loader and the libraries that it needs out of unpacked packages, and writes
// the script that runs it.
func (t *tool) extract(root, to string) error {
	files, err := regularFiles(root)
	if err != nil {
		return err
	}
	interpreter, err := copyProgram(files, t.name, filepath.Join(to, "bin"))
	if err != nil {
		return err
	}
	loader := filepath.Base(interpreter)
	queue := []string{loader}
	program := files[t.name]
	for seen := map[string]bool{}; ; {
		needs, err := needed(program)
		if err != nil {
			return err
		}
		for _, name := range needs {
			if !seen[name] {
				seen[name] = true
				queue = append(queue, name)
			}
		}
		if len(queue) == 0 {
			break
		}
		program = files[queue[0]]
		if program == "" {
			return fmt.Errorf("%s needs %s, which no package has", t.name, queue[0])
		}
		if err := copyFile(program, filepath.Join(to, "lib", queue[0])); err != nil {
			return err
		}
		queue = queue[1:]
	}
	script := fmt.Sprintf(wrapper, loader, t.name)
	return os.WriteFile(filepath.Join(to, t.name), []byte(script), 0o755)
}

// regularFiles maps the names of files and of links to them to the files below a folder. Programs win over
// other files of their name.
func regularFiles(root string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := os.Stat(path) // a library's name is a link to its file
		if err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // a link to what another package would have
		}
		old := files[d.Name()]
		if old == "" || !executable(old) {
			files[d.Name()] = path
		}
		return nil
	})
	return files, err
}

// executable reports whether a file is a program or a library.
func executable(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	_ = f.Close() // read-only
	return true
}

// copyProgram copies a program and returns the loader that it requests.
func copyProgram(files map[string]string, name, to string) (interpreter string, err error) {
	f, err := elf.Open(files[name])
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer func() { _ = f.Close() }() // read-only
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz > 1<<10 {
			continue
		}
		b := make([]byte, p.Filesz)
		if _, err := p.ReadAt(b, 0); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		for len(b) > 0 && b[len(b)-1] == 0 {
			b = b[:len(b)-1]
		}
		return string(b), copyFile(files[name], filepath.Join(to, name))
	}
	return "", fmt.Errorf("%s asks for no loader", name)
}

// needed returns the libraries that a program or library is linked with.
func needed(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { _ = f.Close() }() // read-only
	return f.ImportedLibraries()
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}
