package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// guestInit is the guest's first process.
//
//go:embed init.sh
var guestInit []byte

// A file goes into the guest's file system. Folders come by themselves.
type file struct {
	name string // relative to the root
	mode uint32 // permissions
	data []byte
	link bool // a symbolic link to data
}

// buildPayload builds what all guests get: the tests, the commands, busybox and the reference tools.
func buildPayload(ctx context.Context, o *options) ([]file, error) {
	dir, err := os.MkdirTemp("", "nlstat-kernels")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	test := filepath.Join(dir, "integration.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-tags", "integration", "-o", test, ".")
	build.Dir = "integration"
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the tests: %w: %s", err, out)
	}
	sources := map[string]string{"integration.test": test, "bin/busybox": busybox()}
	mains, err := filepath.Glob("cmd/*/main.go")
	if err != nil {
		return nil, err
	}
	for _, main := range mains {
		name := filepath.Base(filepath.Dir(main))
		bin := filepath.Join(dir, name)
		build := exec.CommandContext(ctx, "go", "build", "-o", bin, ".")
		build.Dir = filepath.Dir(main) // nlstat-exporter is a module of its own
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w: %s", name, err, out)
		}
		sources["nlstat-bin/"+name] = bin
	}
	files := []file{{name: "init", mode: 0o755, data: guestInit}}
	for name, from := range sources {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: name, mode: 0o755, data: data})
	}
	ref, err := tree(o.reference, "reference")
	if err != nil {
		o.log.Printf("note: no reference tools in %s: nothing is compared with them", o.reference)
	}
	return append(files, ref...), nil
}

// busybox finds a static busybox.
func busybox() string {
	for _, name := range []string{"/bin/busybox", "/usr/bin/busybox"} {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	return "busybox"
}

// tree reads a folder with its subfolders.
func tree(root, as string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, file{name: as + strings.TrimPrefix(name, root), mode: 0o755, data: data})
		return nil
	})
	return files, err
}

// Types of files in struct stat's st_mode.
const (
	typeDir  = 0o040000
	typeFile = 0o100000
	typeLink = 0o120000
)

// archive writes files in the form that the kernel unpacks: cpio's "newc" (initramfs buffer format).
func archive(files []file) []byte {
	var b bytes.Buffer
	seen := map[string]bool{".": true, "/": true}
	ino := 0
	entry := func(name string, mode uint32, data []byte) {
		ino++
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
		pad(&b)
		b.Write(data)
		pad(&b)
	}
	var folders func(name string)
	folders = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		folders(path.Dir(name))
		entry(name, typeDir|0o755, nil)
	}
	for _, f := range files {
		folders(path.Dir(f.name))
		kind := uint32(typeFile)
		if f.link {
			kind = typeLink
		}
		entry(f.name, kind|f.mode, f.data)
	}
	entry("TRAILER!!!", 0, nil)
	return b.Bytes()
}

func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
