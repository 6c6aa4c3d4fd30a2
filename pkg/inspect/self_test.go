//go:build linux

package inspect

import (
	"fmt"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestRecordedSelf finds the namespace of the recorder by its inode, whatever its name.
func TestRecordedSelf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		self  uint64 // 0 = a recording without it
		names [2]string
		own   uint64
	}{
		{8, [2]string{"blue", "green"}, 8},
		{8, [2]string{Self, "green"}, 8}, // a namespace named self
		{7, [2]string{"blue", "green"}, 7},
		{0, [2]string{"blue", Self}, 8},
		{0, [2]string{"blue", "green"}, 7},
		{9, [2]string{"blue", "green"}, 7},
	} {
		rec := recordingOf(t, func(w *diag.Recorder) {
			if c.self != 0 {
				w.Chunk(selfTable, fmt.Appendf(nil, "%d\n", c.self))
			}
			for i, name := range c.names {
				w.In(diag.Namespace{Inode: uint64(7 + i), Name: name}).Chunk("x", []byte("y"))
			}
		})
		s, err := Open(&Config{Replay: rec})
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Namespaces(t.Context())
		if err != nil || len(list) != 1 || list[0].Inode != c.own || list[0].Name != "" {
			t.Errorf("%+v: %v, %v", c, list, err)
		}
	}
}
