package live

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// crowd is a sample of n connections of a hundred processes.
func crowd(n int) *Sample {
	s := sampleOf()
	for i := range 100 {
		s.Owners = append(s.Owners, Owner{PID: int32(i + 1), Name: fmt.Sprintf("p%d/%d", i, i+1)})
	}
	for i := range n {
		addr := netip.AddrFrom4([4]byte{127, 0, byte(i >> 16), byte(i >> 8)})
		s.Conns = append(s.Conns, Conn{
			ID: connID{uint64(i + 1)}, known: true, protocol: 6, family: 2, state: 1, owner: uint32(i % 100),
			Local: endpointOf(netip.AddrPortFrom(addr, 80)), Remote: endpointOf(netip.AddrPortFrom(addr, 1+uint16(i))),
			TCP: true, Rated: i%9 > 0, Send: float32(i * 7919 % 100_003), rtt: uint32(i % 977),
		})
	}
	return s
}

// BenchmarkKeys types keys where there are 200,000 connections: each is to be answered within a frame.
func BenchmarkKeys(b *testing.B) {
	s := crowd(200_000)
	for _, of := range []struct {
		name   string
		before []string
		key    string
	}{
		{"down", []string{"2"}, "j"},
		{"last", []string{"2"}, "G"},
		{"page", []string{"2", "pgdown", "pgdown"}, "pgdown"},
		{"view", []string{"1"}, "2"},
		{"processes", []string{"2"}, "1"},
		{"peers", []string{"2"}, "4"},
		{"reverse", []string{"2"}, "S"},
		{"freeze", []string{"2"}, "f"},
		{"by state", []string{"2"}, "s"},
		{"by local", []string{"2", "s"}, "s"},
		{"by peer", []string{"2", "s", "s"}, "s"},
		{"by process", []string{"2", "s", "s", "s"}, "s"},
		{"enter", []string{"1"}, "enter"},
	} {
		b.Run(of.name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			spent := time.Duration(0)
			for b.Loop() {
				m := modelOf(80, 24, s)
				press(m, of.before...)
				m.Lines()
				spent -= threadTime(b)
				press(m, of.key)
				m.Lines()
				spent += threadTime(b)
			}
			b.ReportMetric(float64(spent.Microseconds())/1000/float64(b.N), "cpu-ms/key")
		})
	}
}

// threadTime returns the processor time of this thread, which does not depend on what else the machine does.
func threadTime(b *testing.B) time.Duration {
	b.Helper()
	var spent unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &spent); err != nil {
		b.Fatal(err)
	}
	return time.Duration(spent.Nano())
}
