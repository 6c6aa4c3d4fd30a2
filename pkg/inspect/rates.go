package inspect

import (
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

// Rates compares a second sample of a socket with the first. The zero value is that of a first
// sample.
type Rates struct {
	Age      time.Duration // since the first sample of the socket
	Interval time.Duration // between the samples, 0 = there was only one
	Was      Counters      // of the earlier sample
}

// Counters are the counters of a TCP connection that rates are made of.
type Counters struct {
	Sent, Received, Resent   uint64 // bytes; Resent since Linux 4.19, where Sent includes them
	SegsOut, SegsIn, Retrans uint32 // segments
	Valid                    bool   // last, so that it fits the padding
}

// CountersOf returns the counters of a socket.
func CountersOf(s *diag.Socket) Counters {
	if s.Has&diag.HasTCPInfo == 0 || !s.TCP.Valid(diag.TCPFieldSegsIn) {
		return Counters{}
	}
	t := &s.TCP
	c := Counters{
		Valid: true, Sent: t.BytesAcked, Received: t.BytesReceived,
		SegsOut: t.SegsOut, SegsIn: t.SegsIn, Retrans: t.TotalRetrans,
	}
	if t.Valid(diag.TCPFieldReordSeen) {
		c.Sent, c.Resent = t.BytesSent, t.BytesRetrans
	}
	return c
}
