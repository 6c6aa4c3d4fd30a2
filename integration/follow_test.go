//go:build integration

package integration

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
)

// TestFollow follows addresses in all namespaces: in one that begins meanwhile it yields what is there and what
// changes, and leaves it when its last process ends, so that it can be removed.
func TestFollow(t *testing.T) {
	ns := harness.New(t)
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // read-only
	var other *visitor
	var inode uint64
	var told []string
	for a, err := range inspect.Follow(toldOf(t), s, link.GroupAddresses, link.Dial, (*link.Conn).WatchAddresses) {
		if _, lost := errors.AsType[*link.LostError](err); lost {
			continue // of a busy namespace of this host
		}
		if err != nil {
			t.Fatalf("%v: %q", err, told)
		}
		if other == nil {
			other = visit(t, ns, "sh", "-c", `ip link set lo up
echo there
read word
ip addr add 10.4.0.1/32 dev lo
read word || true`)
			var st unix.Stat_t
			if err := unix.Stat(fmt.Sprintf("/proc/%d/ns/net", other.cmd.Process.Pid), &st); err != nil {
				t.Fatal(err)
			}
			inode = st.Ino
		}
		if a.NetNS != inode {
			continue
		}
		if a.Gone {
			break
		}
		text := a.Row.String()
		told = append(told, text)
		switch text {
		case "127.0.0.1/8 if1":
			other.goOn()
		case "10.4.0.1/32 if1":
			if err := errors.Join(other.in.Close(), other.cmd.Wait()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for late := time.Now().Add(patience); other.tied(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("the namespace is kept alive")
		}
	}
}
