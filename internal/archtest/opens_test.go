package archtest

import (
	"go/ast"
	"testing"
)

// openers are the functions that open, read or make a file by its path with all rights of the process.
var openers = map[string]bool{
	"os.Open": true, "os.OpenFile": true, "os.OpenRoot": true, "os.OpenInRoot": true, "os.ReadFile": true, "os.ReadDir": true,
	"os.Create": true, "os.CreateTemp": true, "os.MkdirTemp": true, "os.WriteFile": true, "os.DirFS": true,
	"os.Rename": true, "os.Remove": true, "os.RemoveAll": true, "os.Mkdir": true, "os.MkdirAll": true, "os.Chmod": true,
	"os.Chown": true, "os.Link": true, "os.Symlink": true, "os.Truncate": true, "filepath.WalkDir": true,
	"unix.Open": true, "unix.Openat": true, "unix.Openat2": true, "unix.OpenByHandleAt": true, "unix.NameToHandleAt": true,
	"unix.Creat": true, "unix.Rename": true, "unix.Unlink": true, "syscall.Open": true, "os.CopyFS": true, "os.Lchown": true,
	"os.Chtimes": true, "os.Chdir": true, "filepath.Walk": true, "filepath.Glob": true, "filepath.EvalSymlinks": true,
	"ioutil.ReadFile": true, "ioutil.ReadDir": true, "ioutil.WriteFile": true, "ioutil.TempFile": true,
	"unix.Renameat": true, "unix.Renameat2": true, "unix.Unlinkat": true, "unix.Link": true, "unix.Linkat": true,
	"unix.Symlink": true, "unix.Mkdir": true, "unix.Mkdirat": true, "unix.Mknod": true, "unix.Mkfifo": true,
	"unix.Chmod": true, "unix.Fchmodat": true, "unix.Chown": true, "unix.Lchown": true, "unix.Fchownat": true,
	"unix.Truncate": true, "unix.Chdir": true, "unix.Chroot": true, "unix.Mount": true, "unix.Setxattr": true,
	"syscall.Openat": true, "syscall.Rename": true, "syscall.Unlink": true, "syscall.Mkdir": true,
	"tls.LoadX509KeyPair": true, "http.FileServer": true, "http.ServeFile": true, "http.Dir": true,
	"template.ParseFiles": true, "template.ParseGlob": true, "template.ParseFS": true, "tea.LogToFile": true,
	"web.Serve": true, "web.ListenAndServe": true,
}

// opens are those who may call them, each with the reason why the caller of the program has no say in what
// is opened. Everything that he names goes through internal/rights.
var opens = []permit{
	{"internal/rights/open.go", "this is the function"},
	{"internal/names/lines.go", "files below /etc"},
	{"internal/atomicfile/", "writes recordings: whoever calls it does so by rights.AsCaller"},
	{"pkg/nl/spool.go", "a file without a name in TMPDIR, which rights.CleanEnvironment unsets"},
	{"internal/netstat/procfile.go", "files below /proc"},
	{"internal/netstat/procselinux.go", "/proc/PID/attr/current"},
	{"internal/ss/cgroup.go", "the mount point of the control groups"},
	{"internal/ss/command.go", "/proc/PID/stat: rights.CleanEnvironment unsets PROC_ROOT"},
	{"internal/ss/filter.go", "the mount point of the control groups"},
	{"internal/ss/filternames.go", "called with the caller's rights"},
	{"internal/ss/namespace.go", "lists /etc/netns of a namespace that was entered"},
	{"internal/ss/nlprotos.go", "tables of names of iproute2"},
	{"internal/pty/", "for tests alone: terminals"},
	{"internal/tools/", "not part of the programs"},
	{"integration/", "tests look at the machine"},
	{"internal/bpf/types.go", "the kernel's types"},
	{"pkg/owner/", "files below /proc, and of container runtimes"},
	{"pkg/netns/", "namespaces: files below /proc and those that mount tables name, checked"},
	{"pkg/mib/", "files below /proc"},
	{"internal/doctor/", "files below /proc"},
	{"cmd/nlstat-exporter/serve.go", "the file of --web.config.file, by a library: a copy with rights of its file refuses to start"},
	{"compat/gopsutil/", "/proc/PID/status"},
	{"pkg/inspect/host.go", "the boot id below /proc"},
	{"pkg/diag/", "files below /proc"},
}

// TestOpens walks the source for files that are opened without internal/rights.
func TestOpens(t *testing.T) {
	used := map[string]bool{}
	sources(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			name := selected(n)
			if !openers[name] {
				return true
			}
			if o := permitted(opens, path); o != nil {
				used[o.path] = true
				return true
			}
			t.Errorf("%s calls %s: what the caller names is opened by internal/rights", path, name)
			return true
		})
	})
	for _, o := range opens {
		if !used[o.path] {
			t.Errorf("%s opens nothing any more: strike it from the list", o.path)
		}
	}
}

// selected returns package.Name of such an expression, "" for any other node.
func selected(n ast.Node) string {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return pkg.Name + "." + s.Sel.Name
}
