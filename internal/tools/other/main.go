// Command other writes, for each package below pkg/, the file other.go for systems other than Linux. It has
// the exported types and constants; functions fail with errors.ErrUnsupported. So programs that use the
// packages compile on every system.
//
// Files of a package that have no build constraint are common to all systems, and not repeated.
//
//	go run ./other ../..
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A listed package has the fields of go list in use.
type listed struct {
	ImportPath, Dir, Export, Name string
	GoFiles                       []string
}

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(root string) error {
	cmd := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,Name,GoFiles", "./pkg/...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	exports := map[string]string{}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		exports[p.ImportPath] = p.Export
		all = append(all, p)
	}
	top, err := filepath.Abs(filepath.Join(root, "pkg"))
	if err != nil {
		return err
	}
	for i := range all {
		if strings.HasPrefix(all[i].Dir, top+string(filepath.Separator)) {
			if err := write(&all[i], exports); err != nil {
				return fmt.Errorf("%s: %w", all[i].ImportPath, err)
			}
		}
	}
	return nil
}

// write writes other.go of a package, or removes it if all files are common to all systems.
func write(p *listed, exports map[string]string) error {
	name := filepath.Join(p.Dir, "other.go")
	w := writer{fset: token.NewFileSet(), imports: map[string]string{}, common: map[string]bool{}}
	var files []*ast.File
	for _, file := range p.GoFiles {
		f, err := parser.ParseFile(w.fset, filepath.Join(p.Dir, file), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, f)
		w.common[w.fset.Position(f.Pos()).Filename] = !constrained(f)
	}
	var err error
	if w.written, err = byHand(p); err != nil {
		return err
	}
	if !slices.ContainsFunc(files, constrained) {
		if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	cfg := types.Config{Importer: importer.ForCompiler(w.fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	pkg, err := cfg.Check(p.ImportPath, w.fset, files, nil)
	if err != nil {
		return err
	}
	w.pkg = pkg
	text, err := format.Source(w.file())
	if err == nil {
		text, err = format.Source(dense(text))
	}
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

// byHand returns the functions declared in files that are for other systems only.
func byHand(p *listed) (map[string]bool, error) {
	paths, err := filepath.Glob(filepath.Join(p.Dir, "*_other.go"))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				names[fn.Name.Name] = true
			}
		}
	}
	return names, nil
}

// constrained reports whether a file is for Linux only.
func constrained(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, line := range group.List {
			if constraint.IsGoBuild(line.Text) {
				return true
			}
		}
	}
	return false
}
