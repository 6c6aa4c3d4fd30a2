package doctor

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// wanted are the fields that checks need of each kind of socket besides its basic ones.
var wanted = map[string]diag.Fields{
	"tcp": diag.HasTCPInfo | diag.HasSkMem, "udp": diag.HasSkMem, "unix": 0, "netlink": 0, "packet": 0,
}

// dumps are the requests to the kernel. Recordings do not hold sockets that are only bound; these matter for
// the use of ports alone.
func (x *examination) dumps() (list []diag.Query) {
	for k := range diag.Kinds() {
		want, ok := wanted[k.Table]
		if !ok || !k.Listed {
			continue
		}
		states := k.States
		switch {
		case k.Family == unix.AF_UNIX:
			states = 1 << diag.StateListen
		case k.Protocol == unix.IPPROTO_TCP && x.cfg.Replay:
			states &^= diag.States(diag.StateClose, diag.StateUnknown)
		}
		for _, family := range k.Families() {
			q := diag.Query{Family: family, Protocol: k.Protocol, States: states, Want: want | k.Basic}
			if x.needs&kindOf(&q) != 0 {
				list = append(list, q)
			}
		}
	}
	return list
}

// absent notes the kinds of sockets that the kernel, or a recording, does not list at all.
func (x *examination) absent() {
	asked, absent := map[need]int{}, map[need]int{}
	for _, q := range x.dumps() {
		asked[kindOf(&q)]++
	}
	rep := x.session.Report()
	for i := range rep.Absent {
		absent[kindOf(&rep.Absent[i])]++
	}
	for which, n := range absent {
		if n < asked[which]*len(x.scenes) {
			continue
		}
		for _, s := range x.scenes {
			s.missing[which] = Missing{Why: x.nowhere("this kernel has no socket diagnosis for them")}
		}
	}
}

// kindOf returns the source that a query reads.
func kindOf(q *diag.Query) need {
	switch {
	case q.Family == unix.AF_UNIX:
		return needUnix
	case q.Family == unix.AF_NETLINK, q.Family == unix.AF_PACKET:
		return needOthers
	case q.Protocol == unix.IPPROTO_UDP:
		return needUDP
	default:
		return needTCP
	}
}
