//go:build integration

package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// TestKernelParallel lists the zoo in parts: together they are the whole, for any number of workers.
func TestKernelParallel(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	cfg := diag.Config{NetNS: ns.FD()}
	for _, q := range []diag.Query{
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Legacy: true},
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP},
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW},
		{Family: unix.AF_NETLINK},
		// The local port is 8080 or more.
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Filter: diag.Bytecode{2, 8, 12, 0, 0, 0, 0x90, 0x1f}},
	} {
		want := parallelRows(t, &cfg, &q, 1)
		if len(want) == 0 && q.Protocol != unix.IPPROTO_RAW {
			t.Errorf("%d/%d: no sockets", q.Family, q.Protocol)
		}
		for workers := 2; workers < 6; workers++ {
			if got := parallelRows(t, &cfg, &q, workers); !slices.Equal(got, want) {
				t.Errorf("%d/%d with %d workers:\ngot  %q\nwant %q", q.Family, q.Protocol, workers, got, want)
			}
		}
	}
}

func parallelRows(t *testing.T, cfg *diag.Config, q *diag.Query, workers int) []string {
	t.Helper()
	parts := make([][]string, workers)
	err := diag.Parallel(t.Context(), cfg, q, workers, func(worker int, s *diag.Socket) error {
		if s.Family == unix.AF_NETLINK && s.Protocol == unix.NETLINK_SOCK_DIAG {
			return nil // the test's own
		}
		parts[worker] = append(parts[worker], fmt.Sprintf("%d %s %s %s", s.Family, s.State, s.Local, s.Remote))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := slices.Concat(parts...)
	slices.Sort(rows)
	return rows
}

// TestParallelStops checks that an error of one worker ends all.
func TestParallelStops(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	stop := errors.New("enough")
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	err := diag.Parallel(t.Context(), nil, &q, 2, func(int, *diag.Socket) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of visit", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = diag.Parallel(ctx, nil, &q, 2, func(int, *diag.Socket) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
