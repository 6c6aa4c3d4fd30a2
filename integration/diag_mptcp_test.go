//go:build integration

package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// TestKernelMPTCP compares MPTCP sockets, of which /proc knows nothing, with the reference, and their subflows
// with them.
func TestKernelMPTCP(t *testing.T) {
	reference := harness.Reference(t, "ss")
	ns := harness.New(t)
	for range 2 {
		if !mptcpPair(t, ns) {
			t.Skip("this kernel has no MPTCP")
		}
	}
	c := dial(t, nil)
	var want, got []string
	for row := range strings.Lines(string(ns.Run(reference, "-HMain").Stdout)) {
		if f := strings.Fields(row); strings.HasPrefix(row, "\t") {
			want[len(want)-1] += token(f)
		} else {
			want = append(want, strings.TrimSuffix(strings.Join(f[:5], " "), ":*"))
		}
	}
	inodes := map[uint32]bool{}
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP, Want: diag.HasMPTCPInfo}
	for s, err := range c.Sockets(t.Context(), &q) {
		if err != nil {
			t.Fatal(err)
		}
		row := fmt.Sprintf("%s %d %d %s %s", ssState(s.State), s.RecvQ, s.SendQ, s.Local, s.Remote)
		if m := s.MPTCP(); m.Token != 0 {
			row += fmt.Sprintf(" token:%x", m.Token)
		}
		got = append(got, strings.TrimSuffix(row, ":0"))
		inodes[s.Inode] = true
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	subflows := 0
	tcp := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: diag.HasULP}
	for s, err := range c.Sockets(t.Context(), &tcp) {
		if err != nil {
			t.Fatal(err)
		}
		u, ok := s.ULP()
		if !ok || string(u.Name) != "mptcp" {
			continue
		}
		subflows++
		if !inodes[s.Inode] {
			t.Errorf("subflow %s - %s has inode %d, which no MPTCP socket has", s.Local, s.Remote, s.Inode)
		}
	}
	if subflows < 4 {
		t.Errorf("%d subflows, want 4 at least", subflows)
	}
}

// token finds the token in the second line of a socket.
func token(fields []string) string {
	for _, f := range fields {
		if strings.HasPrefix(f, "token:") {
			return " " + f
		}
	}
	return ""
}

// ssState is the name that ss has for the states of the test.
func ssState(s diag.State) string {
	if s == diag.StateEstablished {
		return "ESTAB"
	}
	return s.String()
}
