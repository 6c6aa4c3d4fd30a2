//go:build linux

package filter

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// SystemNames returns the names of this machine: hosts by the resolver, services by /etc/services,
// interfaces of the namespace of the calling thread, control groups below /sys/fs/cgroup, and the protocols
// that this module knows. A host look-up takes at most five seconds; interfaces are found by their first
// name only.
func SystemNames() Names { return systemNames{} }

type systemNames struct{}

// patience is the timeout of the resolver.
const patience = 5 * time.Second

func (systemNames) Hosts(host string, family uint8) []netip.Addr {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	network := map[uint8]string{unix.AF_INET: "ip4", unix.AF_INET6: "ip6", unix.AF_UNSPEC: "ip"}[family]
	if network == "" {
		return nil
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return nil // a filter treats this as an unknown host
	}
	for i := range all {
		all[i] = all[i].Unmap()
	}
	return all
}

func (systemNames) Service(service, protocol string) (uint16, bool) {
	port, err := net.DefaultResolver.LookupPort(context.Background(), protocol, service)
	return uint16(port), err == nil && port > 0
}

func (systemNames) Device(name string) (uint32, bool) {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return 0, false
	}
	return uint32(link.Index), true
}

func (systemNames) EtherType(name string) (uint16, bool) {
	for t := range diag.EtherTypes() {
		if strings.EqualFold(t.Name, name) {
			return t.Number, true
		}
	}
	return 0, false
}

func (systemNames) NetlinkFamily(name string) (uint8, bool) {
	for p := range diag.NetlinkProtocols() {
		if p.Is(name) {
			return uint8(p.Number), true
		}
	}
	return 0, false
}

// Cgroup returns the inode of the group's directory, which is its id.
func (systemNames) Cgroup(path string) (uint64, error) {
	const root = "/sys/fs/cgroup"
	if !strings.HasPrefix(path, root+"/") {
		path = filepath.Join(root, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && info.IsDir() {
		return st.Ino, nil
	}
	return 0, unix.ENOTDIR
}
