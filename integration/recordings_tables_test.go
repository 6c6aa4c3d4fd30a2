//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// recordTables records each of the other tables, of a namespace that has rows of every kind. Nothing is left of
// one in the next.
func recordTables(t *testing.T, dir string) {
	t.Helper()
	for _, table := range []struct {
		make  func(*testing.T, *harness.NS)
		lines string // file: arguments
	}{
		{routeZoo, `
			routes: routes -a
			get: routes get 10.7.0.5 2001:db8:10::1
			neighbors: neighbors -a
			groups: groups
			stats: stats -a
		`},
		{addressedLinks, `
			links: links --rate 10ms
			addresses: addresses
		`},
		{flowZoo, `
			nat: nat
			nat-all: nat -a
		`},
	} {
		ns := harness.New(t)
		for _, name := range []string{"accept_dad", "router_solicitations"} {
			if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/"+name, []byte("0"), 0); err != nil {
				t.Fatal(err)
			}
		}
		table.make(t, ns)
		settle(t)
		for line := range strings.Lines(table.lines) {
			file, words, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok {
				continue
			}
			path := filepath.Join(dir, "tables", file+".nls")
			r := ns.Run("nlstat", append(strings.Fields(words), "--no-config", "--record", path)...)
			if r.Code != 0 {
				t.Fatalf("nlstat %s: %d: %s", words, r.Code, r.Stderr)
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func addressedLinks(t *testing.T, ns *harness.NS) {
	t.Helper()
	linkZoo(t, ns)
	addressZoo(t, ns)
}

// settle waits until every link that has a carrier has an address of its own: the kernel gives them later.
func settle(t *testing.T) {
	t.Helper()
	for range 500 {
		late, err := addressless()
		if err != nil {
			t.Fatal(err)
		}
		if late == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("links do not get their addresses")
}

// addressless returns the name of a link that waits for its address, "" if none does.
func addressless() (string, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return "", err
	}
	for _, l := range links {
		a := l.Attrs()
		if a.RawFlags&unix.IFF_UP == 0 || a.RawFlags&unix.IFF_LOOPBACK != 0 || len(a.HardwareAddr) == 0 {
			continue
		}
		addrs, err := netlink.AddrList(l, unix.AF_INET6)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(addrs, func(a netlink.Addr) bool {
			return a.IP.IsLinkLocalUnicast() && a.Flags&unix.IFA_F_TENTATIVE == 0
		}) {
			return a.Name, nil
		}
	}
	return "", nil
}
