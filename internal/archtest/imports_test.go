package archtest

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// A rule says what the packages that match one pattern may import. Patterns are those of path.Match;
// a trailing /... means the package and all below it. The standard library is always allowed.
type rule struct {
	pkg   string   // from the top of the module
	allow []string // of this module, or whole import paths
}

// frontEnds may import these.
var frontEnds = []string{
	"internal/view", "internal/query", "internal/names", "pkg/netns", "internal/getopt", "internal/version", "internal/atomicfile",
	"internal/rights", "pkg/...",
}

// rules are the arrows of ARCHITECTURE.md. The first that matches counts; a package that none matches fails.
var rules = []rule{
	{"cmd/nlstat-exporter/collector", []string{
		"cmd/nlstat-exporter/internal/prom", "internal/metrics", "pkg/inspect", "github.com/prometheus/client_golang/prometheus",
	}},
	{"cmd/nlstat-exporter/internal/prom", []string{"internal/metrics", "github.com/prometheus/client_golang/prometheus"}},
	{"cmd/nlstat-exporter", []string{
		"cmd/nlstat-exporter/internal/prom",
		"internal/metrics", "internal/query", "internal/atomicfile", "internal/rights", "internal/signals",
		"internal/version", "pkg/inspect",
		"github.com/prometheus/client_golang/...", "github.com/prometheus/common/expfmt", "github.com/prometheus/exporter-toolkit/web",
	}},
	{"cmd/*", []string{
		"internal/netstat", "internal/ss", "internal/cli", "internal/rights", "internal/signals", "golang.org/x/sys/unix",
	}},
	{"internal/netstat/...", append([]string{"internal/netstat/...", "golang.org/x/sys/unix"}, frontEnds...)},
	{"internal/ss/...", append([]string{"internal/ss/...", "internal/bpf", "internal/btf", "golang.org/x/sys/unix"}, frontEnds...)},
	{"internal/cli/...", append([]string{
		"internal/cli/...", "internal/doctor", "internal/live", "internal/term", "internal/signals", "golang.org/x/sys/unix",
		"github.com/spf13/cobra", "github.com/spf13/cobra/...", "github.com/spf13/pflag",
	}, frontEnds...)},
	{"internal/doctor", []string{
		"pkg/inspect", "pkg/diag", "pkg/conntrack", "pkg/link", "pkg/route", "pkg/mib", "pkg/netns", "pkg/owner",
		"pkg/owner/cgroup", "pkg/render", "golang.org/x/sys/unix",
	}},
	{"internal/live", []string{
		"internal/view", "internal/names", "internal/doctor", "pkg/inspect", "pkg/diag", "pkg/render", "pkg/route",
		"pkg/link", "pkg/mib", "pkg/conntrack", "pkg/netns", "pkg/owner", "internal/term", "golang.org/x/sys/unix",
	}},
	{"internal/metrics", []string{
		"internal/doctor", "internal/version", "pkg/inspect", "pkg/diag", "pkg/render",
		"golang.org/x/sys/unix",
	}},
	{"internal/view/...", []string{"pkg/...", "internal/names", "golang.org/x/sys/unix"}},
	{"internal/query", []string{
		"internal/view", "pkg/diag", "pkg/filter", "pkg/inspect", "pkg/render", "golang.org/x/sys/unix",
	}},
	{"pkg/query", []string{"internal/names", "internal/query", "internal/view", "pkg/inspect"}},
	{"pkg/nl", []string{"pkg/netns", "github.com/mdlayher/netlink", "golang.org/x/sys/unix"}},
	{"pkg/netns", []string{"internal/bpf", "internal/btf", "golang.org/x/sys/unix"}}, // for namespaces of sockets alone
	{"internal/bpf", []string{"internal/btf", "golang.org/x/sys/unix"}},
	{"internal/btf", nil},
	{"internal/atomicfile", []string{"golang.org/x/sys/unix"}},
	{"internal/rights", []string{"golang.org/x/sys/unix"}},
	{"internal/signals", []string{"golang.org/x/sys/unix"}},
	{"internal/term", []string{"internal/rights", "internal/signals", "pkg/render", "golang.org/x/sys/unix"}},
	{"internal/picture", []string{"pkg/render"}},
	{"internal/pty", []string{"golang.org/x/sys/unix"}},
	{"internal/names", nil},
	{"internal/getopt", nil},
	{"internal/version", nil},
	{"internal/archtest", nil},
	{"internal/race", nil},
	{"internal/enum", nil},
	{"internal/object", nil},
	{"pkg/inspect", []string{
		"internal/enum",
		"pkg/diag", "pkg/filter", "pkg/owner", "pkg/owner/cgroup", "pkg/owner/container", "pkg/conntrack", "pkg/link", "pkg/netns",
		"pkg/nl", "pkg/route",
		"internal/names", "golang.org/x/sys/unix",
	}},
	{"compat/gopsutil", []string{
		"pkg/diag", "pkg/owner", "golang.org/x/sys/unix", "github.com/shirou/gopsutil/v4/common", "github.com/shirou/gopsutil/v4/net",
	}},
	{"completions", nil}, // tests alone
	{"pkg/filter/...", []string{"internal/enum", "pkg/filter/...", "pkg/diag", "golang.org/x/sys/unix"}},
	{"pkg/diag/...", []string{"internal/enum", "internal/object", "pkg/diag/...", "pkg/nl", "pkg/netns", "golang.org/x/sys/unix"}},
	{"pkg/conntrack", []string{"internal/enum", "internal/object", "pkg/nl", "golang.org/x/sys/unix"}},
	{"pkg/link", []string{"internal/enum", "internal/object", "pkg/nl", "pkg/netns", "golang.org/x/sys/unix"}},
	{"pkg/route", []string{"internal/enum", "internal/object", "pkg/nl", "pkg/netns", "golang.org/x/sys/unix"}},
	{"pkg/maddr", []string{"internal/enum", "internal/object", "pkg/nl", "pkg/netns", "golang.org/x/sys/unix"}},
	{"pkg/owner/...", []string{
		"pkg/owner/...", "internal/enum", "internal/bpf", "internal/btf", "golang.org/x/sys/unix", "github.com/cilium/ebpf", "github.com/cilium/ebpf/...",
	}},
	{"pkg/nltest", []string{
		"pkg/diag", "pkg/inspect", "pkg/netns", "github.com/jsimonetti/rtnetlink/v2", "github.com/jsimonetti/rtnetlink/v2/driver",
		"golang.org/x/sys/unix",
	}},
	{"pkg/render", []string{"internal/enum"}},
	{"pkg/mib", []string{"internal/enum", "pkg/netns"}},
	{"integration/...", []string{
		"integration/...", "pkg/...", "pkg/nl", "internal/pty", "internal/cli", "pkg/netns", "golang.org/x/sys/unix", "github.com/google/go-cmp/cmp",
		"github.com/vishvananda/netlink", "github.com/vishvananda/netlink/nl",
	}},
}

func matches(pattern, pkg string) bool {
	if stem, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == stem || strings.HasPrefix(pkg, stem+"/")
	}
	ok, err := path.Match(pattern, pkg)
	return ok && err == nil
}

// TestImports checks the imports of every package, its tests left out, and that every rule still has a
// package.
func TestImports(t *testing.T) {
	used := make([]bool, len(rules))
	list := []string{"list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./..."}
	lines := run(t, "go", list...)
	for _, nested := range []string{"integration", "cmd/nlstat-exporter", "compat/gopsutil"} { // modules of their own
		lines = append(lines, run(t, "go", append([]string{"-C", nested}, list...)...)...)
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		i := slices.IndexFunc(rules, func(r rule) bool { return matches(r.pkg, pkg) })
		if i < 0 {
			t.Errorf("%s: no rule in internal/archtest says what it may import", pkg)
			continue
		}
		used[i] = true
		for _, imp := range fields[1:] {
			if standard(imp) {
				continue
			}
			imp = strings.TrimPrefix(imp, module)
			if !slices.ContainsFunc(rules[i].allow, func(p string) bool { return matches(p, imp) }) {
				t.Errorf("%s imports %s: not among the arrows of ARCHITECTURE.md", pkg, imp)
			}
		}
	}
	for i, u := range used {
		if !u {
			t.Errorf("no package is left that the rule for %s is about", rules[i].pkg)
		}
	}
}

// standard reports whether an import path belongs to the standard library: no dot in its first element.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

// TestLightCommands checks that the compatible tools, which scripts start in loops, link neither a
// command line library nor a terminal library nor a network stack.
func TestLightCommands(t *testing.T) {
	heavy := []string{
		"github.com/spf13/...", "github.com/charmbracelet/...", "charm.land/...", "github.com/gdamore/...",
		"golang.org/x/term", "net/http", "encoding/json", "text/template", "html/template",
	}
	for _, cmd := range []string{"cmd/netstat", "cmd/ss"} {
		deps := run(t, "go", "list", "-deps", "./"+cmd) // fails where there is no such package
		if face := module + "internal/" + path.Base(cmd); !slices.Contains(deps, face) {
			t.Errorf("%s does not link %s: this test looks at something else", cmd, face)
		}
		for _, dep := range deps {
			for _, pattern := range heavy {
				if matches(pattern, dep) {
					t.Errorf("%s links %s (go mod why -m, or go list -deps, says by what)", cmd, dep)
				}
			}
		}
	}
}

// TestFrontEndsAreIndependent checks over all dependencies, not only direct ones, that no front end imports
// another.
func TestFrontEndsAreIndependent(t *testing.T) {
	names := []string{"internal/netstat", "internal/ss", "internal/cli"}
	for _, name := range names {
		for _, dep := range run(t, "go", "list", "-deps", "./"+name) {
			dep = strings.TrimPrefix(dep, module)
			if dep != name && slices.Contains(names, dep) {
				t.Errorf("%s depends on %s", name, dep)
			}
		}
	}
}

// TestFewVariables checks that no program for hosts in trouble links the generator of random numbers of package
// crypto: the kernel starts none whose variables, 32 MiB of them there, exceed the limit of data.
func TestFewVariables(t *testing.T) {
	for _, cmd := range []string{"cmd/nlstat", "cmd/netstat", "cmd/ss"} {
		if slices.Contains(run(t, "go", "list", "-deps", "./"+cmd), "crypto/internal/fips140/drbg") {
			t.Errorf("%s links crypto/internal/fips140/drbg", cmd)
		}
	}
}
