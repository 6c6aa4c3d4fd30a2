package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// borders is how many borders between files the calls of a package may cross, one after the other, before they
// leave the package or end. Who reads what a command does turns as many pages.
var borders = map[string]int{"internal/cli": 4, "pkg/inspect": 4}

func TestChains(t *testing.T) {
	for dir, most := range borders {
		parsed := token.NewFileSet()
		var files []*ast.File
		paths, err := filepath.Glob(filepath.Join(root(t), dir, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no files, or %v", dir, err)
		}
		for _, name := range paths {
			if strings.HasSuffix(name, "_test.go") || filepath.Base(name) == "other.go" { // of other systems
				continue
			}
			file, err := parser.ParseFile(parsed, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		if chain := longest(parsed, files); len(chain) > most+1 {
			t.Errorf("%s: calls cross %d borders between files, %d are allowed: %s",
				dir, len(chain)-1, most, strings.Join(chain, " -> "))
		}
	}
}

func TestLongest(t *testing.T) {
	parsed := token.NewFileSet()
	var files []*ast.File
	for name, text := range map[string]string{
		"a.go": "package p; func A() { B(); AA() }; func AA() { new(T[int]).B() }",
		"b.go": "package p; func B() {}; type T[V any] struct{}; func (t *T[V]) B() { func() { C(t) }() }",
		"c.go": "package p; func C(v any) { elsewhere.A(); C(v); AA(); v.(interface{ D() }).D() }",
		"d.go": "package p; type d int; func (d) D() { A() }",
	} {
		file, err := parser.ParseFile(parsed, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	// Recursion is no chain, an interface's method is not known.
	if got, want := strings.Join(longest(parsed, files), " "), "d.D a.A b.B c.C"; got != want {
		t.Errorf("longest chain: %s, want %s", got, want)
	}
}

// calls are the functions of a package that each of them calls by name, its function literals included.
type calls struct {
	file map[types.Object]string
	made map[types.Object][]types.Object
	best map[types.Object][]string // the longest chain from each; nil while it is searched for
}

// longest returns the chain of static calls with most borders between files: the first function of each file.
func longest(parsed *token.FileSet, files []*ast.File) (chain []string) {
	info := types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	// Of imports only the names are known: what is missing are calls that never come back to the package.
	cfg := types.Config{Importer: empty{}, Error: func(error) {}}
	_, _ = cfg.Check("p", parsed, files, &info) // incomplete for that reason
	c := calls{map[types.Object]string{}, map[types.Object][]types.Object{}, map[types.Object][]string{}}
	for _, file := range files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				c.file[info.Defs[f.Name]] = parsed.Position(f.Pos()).Filename
				c.made[info.Defs[f.Name]] = called(&info, f)
			}
		}
	}
	byPosition := func(a, b types.Object) int { return strings.Compare(c.name(a), c.name(b)) }
	for _, f := range slices.SortedFunc(maps.Keys(c.made), byPosition) {
		if from := c.chain(f); len(from) > len(chain) {
			chain = from
		}
	}
	return chain
}

// called returns what a function calls, each once.
func called(info *types.Info, f *ast.FuncDecl) (list []types.Object) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun := call.Fun
		if instance, ok := fun.(*ast.IndexExpr); ok {
			fun = instance.X
		}
		var name *ast.Ident
		switch fun := fun.(type) {
		case *ast.Ident:
			name = fun
		case *ast.SelectorExpr:
			name = fun.Sel
		}
		if callee, ok := info.Uses[name].(*types.Func); ok && !slices.Contains(list, types.Object(callee.Origin())) {
			list = append(list, callee.Origin())
		}
		return true
	})
	return list
}

func (c *calls) name(f types.Object) string {
	return strings.TrimSuffix(path.Base(c.file[f]), ".go") + "." + f.Name()
}

// chain returns the longest chain that begins with a function.
func (c *calls) chain(f types.Object) []string {
	if known, ok := c.best[f]; ok || c.file[f] == "" { // a method of an interface has no file
		return known
	}
	c.best[f] = nil
	best := []string{c.name(f)}
	for _, callee := range c.made[f] {
		next := c.chain(callee)
		if len(next) == 0 {
			continue // recursion, or of another package
		}
		if c.file[callee] == c.file[f] {
			next = next[1:]
		}
		if len(next)+1 > len(best) {
			best = append([]string{c.name(f)}, next...)
		}
	}
	c.best[f] = best
	return best
}

// empty imports packages without what they hold.
type empty struct{}

func (empty) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}
