package archtest

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// prefixes are how the constants of a type begin where that is not the name of the type.
var prefixes = []struct{ suffix, prefix string }{
	{"EventGroups", "Group"},
	{"EventKind", "Event"},
	{"DetailForm", "Detail"},
	{"TCPOptions", "TCPOpt"},
	{"EncapType", "Encap"},
	{"MetricUnit", "Metric"},
	{"OwnerSource", "Owner"},
	{"StateSet", "States"},
	{"Fields", "Has"}, // RuleFields: RuleHas
}

// prefixOf returns what the constants of a type begin with.
func prefixOf(typ string) string {
	for _, p := range prefixes {
		if before, ok := strings.CutSuffix(typ, p.suffix); ok {
			return before + p.prefix
		}
	}
	return strings.TrimSuffix(typ, "s")
}

// TestConstants checks that a reader of pkg.Name sees what type a constant has: its name begins with it.
func TestConstants(t *testing.T) {
	checked := 0
	sources(t, func(path string, file *ast.File) {
		if !strings.HasPrefix(path, "pkg/") {
			return
		}
		for _, decl := range file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, c := range constants(group) {
				checked++
				if !strings.HasPrefix(c.name, prefixOf(c.typ)) {
					t.Errorf("%s: %s is a %s: its name must begin with %s", path, c.name, c.typ, prefixOf(c.typ))
				}
			}
		}
	})
	if checked < 100 {
		t.Errorf("%d constants: this test looks at something else", checked)
	}
}

type constant struct{ name, typ string }

// constants returns the exported constants of a declaration whose type belongs to the package.
func constants(group *ast.GenDecl) (all []constant) {
	typ := "" // of the line, and of those below it that repeat it
	for _, spec := range group.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if own, ok := value.Type.(*ast.Ident); ok {
			typ = own.Name
		} else if value.Type != nil || len(value.Values) > 0 {
			typ = ""
		}
		for _, name := range value.Names {
			if name.IsExported() && ast.IsExported(typ) {
				all = append(all, constant{name.Name, typ})
			}
		}
	}
	return all
}

// unnamed are how the types end whose constants need no name: bits that tell what was sent, groups to join,
// lengths of structs.
var unnamed = []string{"Fields", "EventGroups", "Field"}

// TestNamesMarshal checks that each integer type with constants has names for them (String), and that what has
// names is written by them: in JSON, in logs.
func TestNamesMarshal(t *testing.T) {
	integers, named, marshaled := map[string]bool{}, map[string]bool{}, map[string]bool{}
	enums := map[string]bool{}
	sources(t, func(path string, file *ast.File) {
		dir := filepath.Dir(path) + "."
		if !strings.HasPrefix(path, "pkg/") || filepath.Base(path) == "other.go" {
			return
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				for _, c := range constants(d) {
					enums[dir+c.typ] = true
				}
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() {
						kind, ok := s.Type.(*ast.Ident)
						integers[dir+s.Name.Name] = ok && strings.HasPrefix(kind.Name, "uint")
					}
				}
			case *ast.FuncDecl:
				if d.Recv == nil {
					continue
				}
				recv, _ := d.Recv.List[0].Type.(*ast.Ident) // nil: a pointer
				switch {
				case recv != nil && d.Name.Name == "String":
					named[dir+recv.Name] = true
				case recv != nil && d.Name.Name == "MarshalText":
					marshaled[dir+recv.Name] = true
				}
			}
		}
	})
	for name := range enums {
		ends := func(suffix string) bool { return strings.HasSuffix(name, suffix) }
		if integers[name] && !named[name] && !slices.ContainsFunc(unnamed, ends) {
			t.Errorf("%s has constants, but no String", name)
		}
	}
	checked := 0
	for name := range named {
		if !integers[name] || slices.Contains(spans, name) {
			continue
		}
		checked++
		if !marshaled[name] {
			t.Errorf("%s has String, but no MarshalText", name)
		}
	}
	if checked < 15 {
		t.Errorf("%d types: this test looks at something else", checked)
	}
}

// spans are numbers with a unit: in JSON they are numbers.
var spans = []string{"pkg/diag.Microseconds", "pkg/diag.Microseconds64", "pkg/diag.Milliseconds"}
