//go:build linux

package diag

import (
	"bytes"
	"context"
	"testing"
)

// benchSockets is the number of sockets in the recorded dumps of the benchmarks.
const benchSockets = 10_000

func benchConn(b *testing.B, tt *decodeTest) *Conn {
	b.Helper()
	payloads := make([][]byte, benchSockets)
	for i := range payloads {
		payloads[i] = tt.payload
	}
	rec, err := OpenRecording(bytes.NewReader(recordingOf(&tt.query, payloads...)))
	if err != nil {
		b.Fatal(err)
	}
	c, err := Dial(&Config{Replay: rec})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkDump lists 10,000 sockets of each kind from a recording.
func BenchmarkDump(b *testing.B) {
	for i := range decodeTests {
		tt := &decodeTests[i]
		b.Run(tt.name, func(b *testing.B) {
			c := benchConn(b, tt)
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range c.Sockets(context.Background(), &tt.query) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkClone copies a socket of each kind, as Collect does.
func BenchmarkClone(b *testing.B) {
	for i := range decodeTests {
		tt := &decodeTests[i]
		b.Run(tt.name, func(b *testing.B) {
			var s Socket
			if err := tt.query.Decode(&s, SourceNetlink, tt.payload); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				kept = s.Clone()
			}
		})
	}
}

var kept *Socket
