//go:build linux

package inspect

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

// failing is a file whose reads fail once broken is set, as on a failing disk.
type failing struct {
	*bytes.Reader
	broken bool
}

var errBroken = errors.New("the disk is broken")

func (f *failing) ReadAt(b []byte, off int64) (int, error) {
	if f.broken {
		return 0, errBroken
	}
	return f.Reader.ReadAt(b, off)
}

var _ io.ReaderAt = (*failing)(nil)

// TestBrokenTable checks that a run or a session fails if any table cannot be read, instead of treating it
// as empty.
func TestBrokenTable(t *testing.T) {
	t.Parallel()
	for _, name := range tablesOfRecordings {
		var b bytes.Buffer
		w := diag.NewRecorder(&b, nil)
		w.Chunk(name, []byte("1 2 3\n"))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file := &failing{Reader: bytes.NewReader(b.Bytes())}
		rec, err := diag.OpenRecording(file)
		if err != nil {
			t.Fatal(err)
		}
		file.broken = true
		s, err := Open(&Config{Replay: rec})
		if err == nil {
			plan := Plan{Queries: Ask(), Needs: NeedOwner}
			err = s.Visit(t.Context(), &plan, 1, func(int, *Row) error { return nil })
		}
		if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %v", name, err, errBroken)
		}
	}
}

// TestRecordByOne checks that a recording is made by one worker: the rows of others would not be recorded.
func TestRecordByOne(t *testing.T) {
	t.Parallel()
	s, err := Open(&Config{Record: diag.NewRecorder(io.Discard, nil)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	most := 0
	plan := Plan{Queries: Ask(), Filter: func(worker int) func(*Row) bool {
		most = max(most, worker+1)
		return func(*Row) bool { return true }
	}}
	if err := s.Visit(t.Context(), &plan, 4, func(int, *Row) error { return nil }); err != nil || most != 1 {
		t.Errorf("%d workers, %v; want 1", most, err)
	}
}
