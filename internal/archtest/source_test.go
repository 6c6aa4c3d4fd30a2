package archtest

import (
	"bytes"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// procReaders are those who may name a file under /proc, each with the reason. Everything else comes
// over netlink.
var procReaders = []permit{
	{"pkg/owner/", "who holds a socket is known to /proc/PID/fd alone where BPF iterators are not"},
	{"pkg/inspect/host.go", "the boot id has no netlink source"},
	{"internal/doctor/softnet.go", "what processors drop before a socket sees it has no netlink source"},
	{"internal/doctor/limit.go", "how many descriptors a process may have"},
	{"internal/doctor/whoproc.go", "names the files of a process as sources"},
	{"pkg/mib/", "the protocol counters have no netlink source"},
	{"pkg/netns/", "namespaces are entered by /proc/PID/ns/net, and their settings have no netlink source"},
	{"pkg/maddr/", "group user counts are in /proc/net/igmp and igmp6 alone"},
	{"pkg/route/", "the Ref column of IPv6 routes is in /proc/net/ipv6_route alone"},
	{"pkg/diag/proc", "families whose diag module the kernel lacks"},
	{"internal/netstat/proc", "unix connections that wait, SCTP socket states, AX.25 and other dead families"},
	{"internal/netstat/routes.go", "routes of AX.25, NET/ROM and ROSE"},
	{"internal/atomicfile/", "a file without a name gets one by /proc/self/fd"},
	{"internal/rights/open.go", "a namespace that was found stays so by /proc/self/fd"},
	{"pkg/nltest/", "a test program is started again, and its namespaces have paths"},
	{"compat/gopsutil/", "its user ids are those of /proc/PID/status, and HOST_PROC is another /proc"},
	{"integration/", "tests look at the machine"},
}

// maxLines is what a file may grow to. Tables may be longer: they say so by their name. So may generated files.
const maxLines = 450

func TestSource(t *testing.T) {
	used := make([]bool, len(procReaders))
	files(t, func(path string, text []byte) {
		for i, p := range procReaders {
			used[i] = used[i] || strings.HasPrefix(path, p.path)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return
		}
		if bytes.HasPrefix(text, []byte("// Code generated ")) {
			return
		}
		if n := bytes.Count(text, []byte("\n")); n > maxLines && !strings.Contains(path, "table") {
			t.Errorf("%s has %d lines: one idea a file, %d lines at most", path, n, maxLines)
		}
	})
	for i, u := range used {
		if !u {
			t.Errorf("no file is left that may read /proc as %s", procReaders[i].path)
		}
	}
}

// TestProc walks the source for names below /proc.
func TestProc(t *testing.T) {
	sources(t, func(path string, file *ast.File) {
		if permitted(procReaders, path) != nil {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if s, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(s, "/proc/") {
				t.Errorf("%s names %q: only the packages listed in internal/archtest may read /proc", path, s)
			}
			return true
		})
	})
}
