package metrics

import (
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
)

// A Status summarizes the last sample for users.
type Status struct {
	Time          time.Time // of the sample, zero before the first
	Listeners     []Listening
	MoreListeners int // number of those left out
	Findings      []doctor.Finding
	Talkers       []Talker
}

// Listening is a listener, or several of one address and one program.
type Listening struct {
	Netns, Local, Process string
	Queue, Limit, Conns   uint64
	Dropped               uint64
}

// Limits of a Status.
const (
	mostListening = 100
	mostFindings  = 100
	mostTalkers   = 20
)

// Status returns the last sample. Later samples do not change its slices.
func (c *Collector) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

func (c *Collector) newStatus(servers []server, now time.Time) Status {
	s := Status{Time: now, Talkers: c.traffic.talkers(mostTalkers)}
	for i := range servers[:min(len(servers), mostListening)] {
		at := &servers[i]
		s.Listeners = append(s.Listeners, Listening{
			at.key.netns, at.key.local, at.key.process, at.queue, at.limit,
			at.established + at.waiting + at.others, at.dropped,
		})
	}
	s.MoreListeners = len(servers) - len(s.Listeners)
	if c.host != nil && c.host.result != nil {
		list := c.host.result.Findings
		s.Findings = list[:min(len(list), mostFindings)]
	}
	return s
}
