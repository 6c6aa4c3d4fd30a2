//go:build linux

package nl

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSpoolFile checks that a file is copied only if a part of it was read.
func TestSpoolFile(t *testing.T) {
	in, err := os.Create(t.TempDir() + "/recording")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // removed with the test
	if _, err := in.Write(append([]byte("junk"), sample(t)...)); err != nil {
		t.Fatal(err)
	}
	for at, same := range map[int64]bool{0: true, 4: false} {
		if _, err := in.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		f, err := Spool(in)
		if err != nil {
			t.Fatal(err)
		}
		one, err := in.Stat()
		two, err2 := f.Stat()
		if err := errors.Join(err, err2); err != nil || os.SameFile(one, two) != same {
			t.Errorf("from offset %d: the same file: %v, want %v (%v)", at, !same, same, err)
		}
		if _, err := OpenRecording(f); (err != nil) != same {
			t.Errorf("from offset %d: %v", at, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	f, err := spool(bytes.NewReader(sample(t)), dir, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRecording(f); err != nil {
		t.Error(err)
	}
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if f, err = spool(strings.NewReader("1234"), dir, 4); err != nil {
		t.Errorf("exactly the limit: %v", err)
	} else {
		_ = f.Close() // it has no name
	}
	if _, err := spool(strings.NewReader("12345"), dir, 4); err == nil || !strings.Contains(err.Error(), "longer than 4") {
		t.Errorf("more than the limit: %v", err)
	}
	if _, err := spool(io.MultiReader(strings.NewReader("1"), failing{unix.EIO}), dir, 4); !errors.Is(err, unix.EIO) {
		t.Errorf("stream that breaks: %v, want EIO", err)
	}
	if _, err := spool(strings.NewReader("1"), dir+"/none", 4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such directory: %v, want ErrNotExist", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
