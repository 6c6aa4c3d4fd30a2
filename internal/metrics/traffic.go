package metrics

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// maxProcesses bounds the processes that have series of their own. Those that come later are other: a series
// that moved from one to the other would fall.
const maxProcesses = 100

const other = "other"

// A transfer is what one connection, or all of a process, sent and received.
type transfer struct{ sent, received, retransmitted uint64 }

// traffic sums the growth of what connections count, by process.
type traffic struct {
	hasher *inspect.Hasher
	before map[inspect.Fingerprint]transfer
	sums   map[processKey]*transfer
}

type processKey struct{ netns, process string }

func newTraffic() traffic {
	return traffic{
		hasher: inspect.NewHasher(), before: map[inspect.Fingerprint]transfer{}, sums: map[processKey]*transfer{},
	}
}

// count adds the growth of one connection. What was counted before the first sample is not ours.
func (t *traffic) count(e *inspect.Event) {
	r := e.Row
	key := t.hasher.Of(r.NetNS, r.Socket)
	was, known := t.before[key]
	if e.Change == inspect.Removed && known {
		delete(t.before, key)
	}
	now, ok := transferOf(r.Socket)
	if !ok {
		return
	}
	sum := t.sum(processKey{netnsLabel(r), processLabel(r)})
	if known || e.Change != inspect.Present {
		sum.add(now, was)
	}
	if e.Change != inspect.Removed {
		t.before[key] = now
	}
}

// sum returns the sums of a process.
func (t *traffic) sum(key processKey) *transfer {
	if sum := t.sums[key]; sum != nil {
		return sum
	}
	if len(t.sums) >= maxProcesses {
		key = processKey{other, other}
		if sum := t.sums[key]; sum != nil {
			return sum
		}
	}
	sum := &transfer{}
	t.sums[key] = sum
	return sum
}

func (t *transfer) add(now, was transfer) {
	t.sent += now.sent - min(was.sent, now.sent)
	t.received += now.received - min(was.received, now.received)
	t.retransmitted += now.retransmitted - min(was.retransmitted, now.retransmitted)
}

// transferOf reads what a connection has counted; ok is false for sockets that count nothing.
func transferOf(s *diag.Socket) (t transfer, ok bool) {
	if s.Has&diag.HasTCPInfo == 0 || s.State == diag.StateListen || !s.TCP.Valid(diag.TCPReordSeen) {
		return transfer{}, false
	}
	return transfer{s.TCP.BytesSent, s.TCP.BytesReceived, s.TCP.BytesRetrans}, true
}

func (t *traffic) families(all *[numMetrics][]Sample) {
	var sent, received, retransmitted []Sample
	for key, sum := range t.sums {
		labels := []string{key.netns, key.process}
		sent = append(sent, Sample{labels, float64(sum.sent)})
		received = append(received, Sample{labels, float64(sum.received)})
		retransmitted = append(retransmitted, Sample{labels, float64(sum.retransmitted)})
	}
	all[ProcessSent], all[ProcessReceived] = sorted(sent), sorted(received)
	all[ProcessRetransmitted] = sorted(retransmitted)
}
