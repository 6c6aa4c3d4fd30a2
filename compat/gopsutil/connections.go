package gopsutil

import (
	"context"
	"fmt"
	"os"

	"github.com/shirou/gopsutil/v4/common"
	psnet "github.com/shirou/gopsutil/v4/net"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// ConnectionStat is a connection.
type ConnectionStat = psnet.ConnectionStat

// Addr is one end of a connection.
type Addr = psnet.Addr

// A table is one that gopsutil reads: tcp, tcp6, udp, udp6, unix.
type table struct {
	family   uint8
	protocol uint16
	kind     uint32 // SOCK_*, 0 = of each socket
}

var (
	tcp4  = table{unix.AF_INET, unix.IPPROTO_TCP, unix.SOCK_STREAM}
	tcp6  = table{unix.AF_INET6, unix.IPPROTO_TCP, unix.SOCK_STREAM}
	udp4  = table{unix.AF_INET, unix.IPPROTO_UDP, unix.SOCK_DGRAM}
	udp6  = table{unix.AF_INET6, unix.IPPROTO_UDP, unix.SOCK_DGRAM}
	local = table{unix.AF_UNIX, 0, 0}
)

// kinds are the names that callers use.
var kinds = map[string][]table{
	"all": {tcp4, tcp6, udp4, udp6, local},
	"tcp": {tcp4, tcp6}, "tcp4": {tcp4}, "tcp6": {tcp6},
	"udp": {udp4, udp6}, "udp4": {udp4}, "udp6": {udp6},
	"inet": {tcp4, tcp6, udp4, udp6}, "inet4": {tcp4, udp4}, "inet6": {tcp6, udp6},
	"unix": {local},
}

// Connections lists the sockets of a kind in the caller's network namespace: all, tcp, tcp4, tcp6, udp, udp4,
// udp6, inet, inet4, inet6, unix.
func Connections(kind string) ([]ConnectionStat, error) {
	return ConnectionsWithContext(context.Background(), kind)
}

// ConnectionsWithContext is Connections until ctx ends.
func ConnectionsWithContext(ctx context.Context, kind string) ([]ConnectionStat, error) {
	if elsewhere(ctx) {
		return psnet.ConnectionsWithContext(ctx, kind)
	}
	return connections(ctx, kind, true)
}

// ConnectionsWithoutUids is Connections without the user ids of processes.
func ConnectionsWithoutUids(kind string) ([]ConnectionStat, error) {
	return ConnectionsWithoutUidsWithContext(context.Background(), kind)
}

// ConnectionsWithoutUidsWithContext is ConnectionsWithoutUids until ctx ends.
func ConnectionsWithoutUidsWithContext(ctx context.Context, kind string) ([]ConnectionStat, error) {
	if elsewhere(ctx) {
		return psnet.ConnectionsWithoutUidsWithContext(ctx, kind)
	}
	return connections(ctx, kind, false)
}

// elsewhere reports whether another directory than /proc is set.
func elsewhere(ctx context.Context) bool {
	env, _ := ctx.Value(common.EnvKey).(common.EnvMap)
	root := env[common.HostProcEnvKey]
	if root == "" {
		root = os.Getenv("HOST_PROC")
	}
	return root != "" && root != "/proc"
}

// expected estimates the number of inet sockets.
func expected(tables []table) (n int) {
	counts, err := diag.ReadSockStat(&diag.Config{})
	if err != nil {
		return 0
	}
	for _, t := range tables {
		if t.family != unix.AF_UNIX {
			n += min(counts.Count(&diag.Query{Family: t.family, Protocol: t.protocol}), 1<<20)
		}
	}
	return n
}

func connections(ctx context.Context, kind string, uids bool) ([]ConnectionStat, error) {
	tables, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("invalid kind, %s", kind)
	}
	conn, err := diag.Dial(&diag.Config{ReadAhead: 8})
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // read-only
	l := newListing(expected(tables))
	for i := range tables {
		if err := l.list(ctx, conn, &tables[i]); err != nil {
			return nil, err
		}
	}
	held, err := owner.Scan(ctx, &owner.Config{Wanted: l.wanted(), FirstOnly: !l.shared})
	if err != nil {
		return nil, err
	}
	l.join(held)
	if uids {
		l.users()
	}
	return l.stats, nil
}
