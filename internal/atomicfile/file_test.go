package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// list returns the names in a directory.
func list(t *testing.T, dir string) string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// ways are all ways to make a file.
var ways = map[string]func(*File) error{"unnamed": (*File).unnamed, "beside": (*File).beside}

// write makes a file in one of the ways.
func write(t *testing.T, path, text string, way func(*File) error) *File {
	t.Helper()
	f, err := create(path, way)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("wrote %d bytes, %v", n, err)
	}
	return f
}

// content reads a file that only its owner may read.
func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCommit(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { commits(t, way) })
	}
}

func commits(t *testing.T, way func(*File) error) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"file", strings.Repeat("n", 255)} {
		path := filepath.Join(dir, name)
		for _, text := range []string{"one", "two"} { // the second replaces the first
			f := write(t, path, text, way)
			if b, err := os.ReadFile(path); string(b) == text {
				t.Errorf("it has its name before it is complete: %v", err)
			}
			if err := f.Commit(); err != nil {
				t.Fatal(err)
			}
			if err := f.Abort(); err != nil {
				t.Errorf("Abort after Commit: %v", err)
			}
			if got := content(t, path); got != text {
				t.Errorf("content %q, want %q", got, text)
			}
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != mode {
			t.Errorf("mode %v, %v, want %v", info.Mode(), err, fs.FileMode(mode))
		}
		if got := list(t, dir); got != name {
			t.Errorf("left: %s", got)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRelative follows the directory, not its name.
func TestRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	f := write(t, "file", "text", (*File).unnamed)
	if err := os.Mkdir("sub", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir("sub")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, "../file"); got != "text" {
		t.Errorf("content %q", got)
	}
}

// TestKilled leaves nothing of a file whose writer is gone before it is complete.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	f := write(t, filepath.Join(dir, "file"), "text", (*File).unnamed)
	if f.temp != "" {
		t.Skip("the file system of temporary files makes none without a name")
	}
	if got := list(t, dir); got != "" {
		t.Errorf("meanwhile there is %s", got)
	}
	if err := errors.Join(f.file.Close(), f.dir.Close()); err != nil { // as the kernel does
		t.Fatal(err)
	}
	if got := list(t, dir); got != "" {
		t.Errorf("left: %s", got)
	}
}

func TestFailed(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { fails(t, way) })
	}
}

func fails(t *testing.T, way func(*File) error) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("no device that is always full: %v", err)
	}
	for name, fail := range map[string]func(*File) error{
		"aborted": func(f *File) error {
			if err := f.Abort(); err != nil {
				return err
			}
			return f.Commit() // too late
		},
		"full disk": func(f *File) error {
			_ = f.file.Close() // another takes its place
			f.file = full
			_, err := f.Write([]byte("more"))
			_, again := f.Write([]byte("more"))
			if !errors.Is(err, unix.ENOSPC) || !errors.Is(again, unix.ENOSPC) {
				return nil
			}
			return f.Commit()
		},
		"not closed": func(f *File) error {
			_ = f.file.Close() // so that Commit cannot
			return f.Commit()
		},
		"no rename": func(f *File) error {
			f.name = "none/file"
			return f.Commit()
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := fail(write(t, path, "new", way))
			if err == nil || !strings.HasPrefix(err.Error(), "write "+path+": ") || strings.Contains(err.Error(), ".part") {
				t.Errorf("error = %v, want one that names the file", err)
			}
			if got := list(t, dir); got != "file" || content(t, path) != "old" {
				t.Errorf("left %s, want the old file", got)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.Mkdir(at("sub"), 0o700), unix.Mkfifo(at("fifo"), 0o600), os.Symlink("file", at("link")),
	); err != nil {
		t.Fatal(err)
	}
	before := list(t, dir)
	for _, tt := range []struct {
		path string
		want error
	}{
		{"", fs.ErrNotExist},
		{".", errDirectory},
		{at("sub"), errDirectory},
		{at("sub") + "/", errDirectory},
		{at("sub") + "/..", errDirectory},
		{at("fifo"), errIrregular},
		{"/dev/null", errIrregular},
		{at("link"), errSymlink},
		{at("none/file"), fs.ErrNotExist},
		{at("fifo/file"), unix.ENOTDIR},
		{at(strings.Repeat("n", 256)), unix.ENAMETOOLONG},
	} {
		if _, err := Create(tt.path); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, want %v", tt.path, err, tt.want)
		}
	}
	if got := list(t, dir); got != before {
		t.Errorf("left %s, want %s", got, before)
	}
}

// TestShare makes a file that everybody may read, whatever the umask.
func TestShare(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	path := filepath.Join(t.TempDir(), "file")
	f := write(t, path, "text", (*File).unnamed)
	if err := errors.Join(f.Share(), f.Commit()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
