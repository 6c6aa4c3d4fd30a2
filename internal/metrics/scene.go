package metrics

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A scene holds the counts of sockets of each namespace in one sample.
type scene struct{ spaces map[string]*space }

// A space holds the counts of one namespace.
type space struct {
	tcp, udp [16]int
	// Bytes in the queues: received, to be sent.
	tcpQueues, udpQueues [2]uint64
	all                  int
}

func newScene() scene { return scene{map[string]*space{}} }

// The states with series even if they are zero.
var (
	tcpStates = []diag.State{
		diag.StateEstablished, diag.StateSynSent, diag.StateSynRecv, diag.StateFinWait1, diag.StateFinWait2,
		diag.StateTimeWait, diag.StateClose, diag.StateCloseWait, diag.StateLastAck, diag.StateListen,
		diag.StateClosing,
	}
	udpStates = []diag.State{diag.StateEstablished, diag.StateClose}
)

// add counts a row of a namespace.
func (s *scene) add(netns string, r *inspect.Row) {
	at := s.spaces[netns]
	if at == nil {
		at = &space{}
		s.spaces[netns] = at
	}
	states, queues := &at.udp, &at.udpQueues
	if r.Protocol == unix.IPPROTO_TCP {
		states, queues = &at.tcp, &at.tcpQueues
	}
	state := r.State
	if state == diag.StateNewSynRecv {
		state = diag.StateSynRecv
	}
	states[min(int(state), len(states)-1)]++
	at.all++
	if state != diag.StateListen {
		queues[0] += uint64(r.RecvQ)
		queues[1] += uint64(r.SendQ)
	}
}

// join adds another namespace.
func (at *space) join(more *space) {
	for i := range at.tcp {
		at.tcp[i] += more.tcp[i]
		at.udp[i] += more.udp[i]
	}
	for i := range at.tcpQueues {
		at.tcpQueues[i] += more.tcpQueues[i]
		at.udpQueues[i] += more.udpQueues[i]
	}
}

// shown returns the namespaces with their own series, those with the most sockets, and the number of others.
func (s *scene) shown(most int) (list []string, leftOut int) {
	if len(s.spaces) == 0 {
		s.spaces[inspect.Self] = &space{}
	}
	for name := range s.spaces {
		list = append(list, name)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.spaces[b].all, s.spaces[a].all), cmp.Compare(a, b))
	})
	if len(list) <= most {
		return list, 0
	}
	rest := &space{}
	for _, name := range list[most:] {
		rest.join(s.spaces[name])
	}
	leftOut = len(list) - most
	s.spaces[other] = rest
	return append(list[:most:most], other), leftOut
}

func (s *scene) families(all *[numMetrics][]Sample, shown []string) {
	for _, name := range shown {
		at := s.spaces[name]
		for _, of := range [...]struct {
			proto  string
			states []diag.State
			counts *[16]int
		}{{"tcp", tcpStates, &at.tcp}, {"udp", udpStates, &at.udp}} {
			for _, state := range of.states {
				labels := []string{name, of.proto, stateLabel(state)}
				all[Sockets] = append(all[Sockets], Sample{Labels: labels, Value: float64(of.counts[state])})
			}
		}
		for i, queue := range [...]string{"recv", "send"} {
			all[SocketQueue] = append(all[SocketQueue],
				Sample{Labels: []string{name, "tcp", queue}, Value: float64(at.tcpQueues[i])},
				Sample{Labels: []string{name, "udp", queue}, Value: float64(at.udpQueues[i])})
		}
	}
}

// stateLabels are the names of states in node_exporter.
var stateLabels = [...]string{
	diag.StateUnknown: "unknown", diag.StateEstablished: "established", diag.StateSynSent: "syn_sent",
	diag.StateSynRecv: "syn_recv", diag.StateFinWait1: "fin_wait1", diag.StateFinWait2: "fin_wait2",
	diag.StateTimeWait: "time_wait", diag.StateClose: "close", diag.StateCloseWait: "close_wait",
	diag.StateLastAck: "last_ack", diag.StateListen: "listen", diag.StateClosing: "closing",
	diag.StateNewSynRecv: "new_syn_recv", diag.StateBoundInactive: "bound_inactive",
}

// stateLabel returns the name of a state in node_exporter: time_wait, fin_wait2.
func stateLabel(s diag.State) string {
	if int(s) < len(stateLabels) {
		return stateLabels[s]
	}
	return strings.ToLower(strings.ReplaceAll(s.String(), "-", "_"))
}
