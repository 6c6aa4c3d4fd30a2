//go:build linux

package inspect

import (
	"strconv"

	"github.com/nlstat/nlstat/pkg/owner"
)

// A Process holds a socket.
type Process struct {
	PID  int32
	Name string // from its command line where that is longer than the kernel's 15 bytes
}

// String returns name and number: "nginx/812".
func (p Process) String() string { return p.Name + "/" + strconv.Itoa(int(p.PID)) }

// Processes returns the processes that hold the socket, by ascending number. It takes [NeedOwner]. None means
// that none holds it or that it is not known: see [Row.HoldersKnown] and [Row.Absence]. It allocates:
// [Row.Holders] does not.
func (r *Row) Processes() []Process { return r.processes(r.Holders()) }

// PeerProcesses returns the processes that hold the socket at the other end, if that is on this host. It
// takes [NeedPeer]. See [Row.PeerHoldersKnown].
func (r *Row) PeerProcesses() []Process { return r.processes(r.PeerHolders()) }

// processes names those of descriptors, each once.
func (r *Row) processes(refs []owner.Ref) (list []Process) {
	for _, ref := range refs {
		if n := len(list); n == 0 || list[n-1].PID != ref.PID {
			list = append(list, Process{PID: ref.PID, Name: string(r.ProcessName(ref.PID))})
		}
	}
	return list
}
