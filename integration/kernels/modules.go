package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// wanted are the modules of the tables that we list, and of what the tests set up. A kernel that has
// one built in, or not at all, goes without it.
var wanted = []string{
	"crc32c_generic", // libcrc32c, which SCTP and conntrack need, asks for it by alias
	"tcp_diag", "udp_diag", "raw_diag", "unix_diag", "af_packet_diag", "netlink_diag", "mptcp_diag",
	"sctp", "sctp_diag", "dccp", "dccp_ipv4", "dccp_ipv6", "dccp_diag",
	"vsock", "vsock_loopback", "vsock_diag", "tipc", "tipc_diag", "smc", "smc_diag", "xsk_diag",
	"diag", // of TIPC, as it was called before 6.12
	"af_packet", "ipv6", "tls", "tcp_bbr", "tcp_dctcp", "tcp_vegas",
	"dummy", "veth", "bridge", "bonding", "8021q", "vrf", "vxlan", "tun", "macvlan",
	"nf_conntrack", "nf_conntrack_netlink", "nf_nat", "iptable_nat", "xt_MASQUERADE", "nft_masq", "nft_nat",
}

// dependencies makes modules.dep and its kin, which the package's own installation would make.
func dependencies(ctx context.Context, k *kernel) error {
	// depmod looks below lib, which newer packages no longer have.
	lib := filepath.Join(k.root, "lib")
	if _, err := os.Stat(lib); err != nil {
		if err := os.Symlink("usr/lib", lib); err != nil {
			return err
		}
	}
	depmod := "depmod"
	if _, err := exec.LookPath(depmod); err != nil {
		depmod = "/usr/sbin/depmod" // not on everybody's PATH
	}
	_, err := command(ctx, depmod, "-b", k.root, k.version)
	return err
}

// moduleFiles returns the wanted modules, all that they need, and the tables that busybox's modprobe
// reads, for the guest's file system.
func moduleFiles(ctx context.Context, k *kernel) ([]file, error) {
	deps, err := readDeps(filepath.Join(k.modules(), "modules.dep"))
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{}
	for _, name := range wanted {
		closure(deps, deps.byName[strings.ReplaceAll(name, "-", "_")], needed)
	}
	dir := path.Join("lib/modules", k.version)
	var files []file
	var table strings.Builder
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		data, err := readModule(ctx, filepath.Join(k.modules(), name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: path.Join(dir, plain(name)), mode: 0o644, data: data})
		fmt.Fprintf(&table, "%s:", plain(name))
		for _, need := range deps.needs[name] {
			fmt.Fprintf(&table, " %s", plain(need))
		}
		table.WriteByte('\n')
	}
	dep := file{name: path.Join(dir, "modules.dep"), mode: 0o644, data: []byte(table.String())}
	files = append(files, dep)
	for _, name := range []string{"modules.alias", "modules.builtin", "modules.symbols"} {
		data, err := os.ReadFile(filepath.Join(k.modules(), name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: path.Join(dir, name), mode: 0o644, data: data})
	}
	return files, nil
}

// moduleDeps is modules.dep: which modules each one needs.
type moduleDeps struct {
	needs  map[string][]string
	byName map[string]string // tcp_diag -> kernel/net/ipv4/tcp_diag.ko.xz
}

func readDeps(name string) (*moduleDeps, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	d := &moduleDeps{needs: map[string][]string{}, byName: map[string]string{}}
	for line := range strings.Lines(string(b)) {
		mod, needs, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		d.needs[mod] = strings.Fields(needs)
		short, _, _ := strings.Cut(path.Base(mod), ".")
		d.byName[strings.ReplaceAll(short, "-", "_")] = mod
	}
	return d, nil
}

// closure adds a module and all that it needs to the set.
func closure(d *moduleDeps, mod string, set map[string]bool) {
	if mod == "" || set[mod] {
		return
	}
	set[mod] = true
	for _, need := range d.needs[mod] {
		closure(d, need, set)
	}
}

// plain is a module's name without compression: old busybox modprobes cannot decompress.
func plain(name string) string { return strings.TrimSuffix(name, ".xz") }

func readModule(ctx context.Context, name string) ([]byte, error) {
	if !strings.HasSuffix(name, ".xz") {
		return os.ReadFile(name)
	}
	out, err := command(ctx, "xz", "-dc", name)
	return []byte(out), err
}
