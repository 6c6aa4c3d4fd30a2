//go:build linux

package nl_test

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/maddr"
)

// TestClosedFiles reads nothing of /proc either through a Conn that is closed.
func TestClosedFiles(t *testing.T) {
	groups, err1 := maddr.Dial(&maddr.Config{NoSocket: true})
	sockets, err2 := diag.Dial(&diag.Config{Sources: diag.SourcesProc})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(groups.Close(), sockets.Close()); err != nil {
		t.Fatal(err)
	}
	_, err1 = groups.List(t.Context(), nil)
	_, err2 = groups.List(t.Context(), &maddr.Query{Family: unix.AF_PACKET})
	_, err3 := diag.Collect(sockets.Sockets(t.Context(), &diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}))
	for i, err := range []error{err1, err2, err3} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%d: after Close: %v, want net.ErrClosed", i, err)
		}
	}
}
