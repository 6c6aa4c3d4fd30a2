package metrics

import (
	"cmp"
	"slices"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// other is the label of sums without their own series.
const other = "other"

// A transfer holds the bytes that the connections of a process sent and received.
type transfer struct{ sent, received, retransmitted uint64 }

// A sum holds the counters of a process since the exporter started.
type sum struct {
	transfer
	before transfer // at the previous sample
	rate   Rate
}

// A Rate is in bytes per second, between the last two samples.
type Rate struct{ Sent, Received, Retransmitted float64 }

// traffic sums the growth of connections' counters, by process. Processes that appear beyond the bound are
// other permanently: a series that moved would decrease.
type traffic struct {
	room int
	sums map[processKey]*sum
}

type processKey struct{ netns, process string }

func newTraffic(room int) traffic { return traffic{room, map[processKey]*sum{}} }

// of returns the sums of a process.
func (t *traffic) of(key processKey) *sum {
	if s := t.sums[key]; s != nil {
		return s
	}
	if len(t.sums) >= t.room {
		key = processKey{other, other}
		if s := t.sums[key]; s != nil {
			return s
		}
	}
	s := &sum{}
	t.sums[key] = s
	return s
}

// growth is the growth of a connection's counters since its last sample. Values before the first sample are
// not counted.
func growth(e *inspect.Event, now *inspect.Counters) (t transfer) {
	if e.Change == inspect.ChangePresent {
		return transfer{}
	}
	was := &e.Row.Rates.Was
	return transfer{
		now.Sent - min(was.Sent, now.Sent), now.Received - min(was.Received, now.Received),
		now.Resent - min(was.Resent, now.Resent),
	}
}

func (t *transfer) add(more transfer) {
	t.sent += more.sent
	t.received += more.received
	t.retransmitted += more.retransmitted
}

// sampled computes the rates of a sample.
func (t *traffic) sampled(elapsed time.Duration) {
	for _, s := range t.sums {
		s.rate = Rate{}
		if seconds := elapsed.Seconds(); seconds > 0 {
			s.rate = Rate{
				float64(s.sent-s.before.sent) / seconds, float64(s.received-s.before.received) / seconds,
				float64(s.retransmitted-s.before.retransmitted) / seconds,
			}
		}
		s.before = s.transfer
	}
}

func (t *traffic) families(all *[numMetrics][]Sample) {
	for key, s := range t.sums {
		labels := []string{key.netns, key.process}
		for _, of := range [...]struct {
			id    ID
			value uint64
		}{{ProcessSent, s.sent}, {ProcessReceived, s.received}, {ProcessRetransmitted, s.retransmitted}} {
			all[of.id] = append(all[of.id], Sample{Labels: labels, Value: float64(of.value)})
		}
	}
	for _, id := range [...]ID{ProcessSent, ProcessReceived, ProcessRetransmitted} {
		order(all[id])
	}
}

// A Talker is a process with its rates.
type Talker struct {
	Netns, Process string
	Rate
}

// talkers returns the processes with the highest rates.
func (t *traffic) talkers(most int) (list []Talker) {
	for key, s := range t.sums {
		if s.rate.Sent+s.rate.Received > 0 {
			list = append(list, Talker{key.netns, key.process, s.rate})
		}
	}
	slices.SortFunc(list, func(a, b Talker) int {
		return cmp.Or(cmp.Compare(b.Sent+b.Received, a.Sent+a.Received), cmp.Compare(a.Netns, b.Netns),
			cmp.Compare(a.Process, b.Process))
	})
	return list[:min(len(list), most)]
}
