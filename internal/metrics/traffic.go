package metrics

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// maxProcesses bounds the processes that have series of their own. Those that come later are other: a series
// that moved from one to the other would fall.
const maxProcesses = 100

const other = "other"

// A transfer is what the connections of a process sent and received.
type transfer struct{ sent, received, retransmitted uint64 }

// traffic sums the growth of what connections count, by process.
type traffic struct{ sums map[processKey]*transfer }

type processKey struct{ netns, process string }

func newTraffic() traffic { return traffic{map[processKey]*transfer{}} }

// count adds the growth of one connection. What was counted before the first sample is not ours.
func (t *traffic) count(e *inspect.Event) {
	r := e.Row
	now := inspect.CountersOf(r.Socket)
	if !now.Valid || r.State == diag.StateListen {
		return
	}
	sum := t.sum(processKey{netnsLabel(r), processLabel(r)})
	if e.Change != inspect.Present {
		sum.add(&now, &r.Rates.Was)
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

func (t *transfer) add(now, was *inspect.Counters) {
	t.sent += now.Sent - min(was.Sent, now.Sent)
	t.received += now.Received - min(was.Received, now.Received)
	t.retransmitted += now.Resent - min(was.Resent, now.Resent)
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
