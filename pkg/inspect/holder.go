package inspect

import (
	"strconv"

	"github.com/nlstat/nlstat/pkg/owner"
)

// A Process is an owner of a socket.
type Process struct {
	PID  int32  `json:"pid"`
	Name string `json:"name"` // from its command line where that is longer than the kernel's 15 bytes
}

// String returns name and number: "nginx/812".
func (p Process) String() string { return p.Name + "/" + strconv.Itoa(int(p.PID)) }

// Processes returns the owners of the socket by ascending process id. It needs [NeedOwner]. An empty result
// means that there is none or that it is unknown: see [Row.HoldersKnown] and [Row.Absence]. It allocates;
// [Row.Holders] does not.
func (r *Row) Processes() []Process { return r.processes(r.Holders()) }

// PeerProcesses returns the owners of the other end, if that is on this host. It needs [NeedPeer]. See
// [Row.PeerHoldersKnown].
func (r *Row) PeerProcesses() []Process { return r.processes(r.PeerHolders()) }

// processes returns the processes of descriptors, each once.
func (r *Row) processes(refs []owner.Ref) (list []Process) {
	for _, ref := range refs {
		if n := len(list); n == 0 || list[n-1].PID != ref.PID {
			list = append(list, Process{PID: ref.PID, Name: string(r.ProcessName(ref.PID))})
		}
	}
	return list
}
