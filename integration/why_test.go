//go:build integration

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/nltest"
)

// An enigma is a namespace with a state that why explains, and the chain of causes.
type enigma struct {
	name   string
	make   func(*ward)
	target string
	// chain are parts of lines, in their order. %d stands for this process.
	chain []string
	never string // part of no line
}

// enigmas are those of a port, of a service that is connected to, and of the way to an address.
var enigmas = slices.Concat(portEnigmas, serviceEnigmas, wayEnigmas)

func TestWhy(t *testing.T) { why(t) }

// TestKernelWhy has VRF, and sockets that are only bound, on kernels that this machine need not have.
func TestKernelWhy(t *testing.T) {
	if !inGuest() {
		t.Skip("is TestWhy on other kernels: only in a guest (go -C integration run ./kernels)")
	}
	why(t)
}

func why(t *testing.T) {
	t.Helper()
	for i := range enigmas {
		e := &enigmas[i]
		t.Run(e.name, func(t *testing.T) {
			ns := harness.New(t)
			e.make(&ward{NS: ns, t: t})
			r := ns.Run("nlstat", append([]string{"why"}, strings.Fields(e.target)...)...)
			var chain []string
			for _, part := range e.chain {
				if strings.Contains(part, "/%d") {
					part = fmt.Sprintf("/%d", os.Getpid())
				}
				chain = append(chain, part)
			}
			checkChain(t, r, chain, e.never)
		})
	}
}

// TestWhyElsewhere checks that a port held in another network namespace is shown, and free here.
func TestWhyElsewhere(t *testing.T) {
	other := harness.New(t)
	other.Listen("127.0.0.1:8765")
	nltest.New(t).Do(func() {
		cmd := exec.Command(harness.Program(t, "nlstat"), "why", ":8765")
		out, err := cmd.CombinedOutput()
		text := string(out)
		if err != nil && cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%v: %s", err, text)
		}
		for _, part := range []string{"port 8765 is free here", "127.0.0.1:8765 (tcp) in network namespace", fmt.Sprintf("/%d", os.Getpid()), "another network namespace: not in the way"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is missing:\n%s", part, text)
			}
		}
	})
}

// TestWhySilent checks that no answer makes a packet leave.
func TestWhySilent(t *testing.T) {
	w := &ward{NS: harness.New(t), t: t}
	w.sysctl("ipv6/conf/default/router_solicitations", "0") // which go on for a minute
	w.lan()
	w.Address("lan0", "2001:db8::1/64")
	w.ip(`route add default via 10.9.0.2
		-6 route add default via 2001:db8::2
		-6 route append default via 2001:db8::3`)
	w.listen("0.0.0.0:8080", 8)
	sent := func() (n string) {
		w.Do(func() {
			stats, err := netlink.LinkByName("lan0")
			if err != nil {
				t.Error(err)
				return
			}
			n = fmt.Sprint(stats.Attrs().Statistics.TxPackets)
		})
		return n
	}
	quiet := func() string { // what a new link says by itself has been said
		for last, same := "", 0; ; time.Sleep(100 * time.Millisecond) {
			if now := sent(); now != last {
				last, same = now, 0
			} else if same++; same > 30 {
				return now
			}
		}
	}
	before := quiet()
	for _, target := range []string{
		":8080", ":80", "10.9.0.9:80", "203.0.113.7:80", "203.0.113.7", "[2001:db8::9]:80", "[2001:db8:1::9]:443", "[fe80::9%lan0]:80",
		"10.9.0.1:5 10.9.0.9:80", "10.9.0.255:80", "224.0.0.5:80", "127.0.0.1:8080",
	} {
		if r := w.Run("nlstat", append([]string{"why"}, strings.Fields(target)...)...); r.Code != 0 && r.Code != withoutRights {
			t.Errorf("why %s: exit code %d: %s", target, r.Code, r.Stderr)
		}
	}
	time.Sleep(300 * time.Millisecond) // what the kernel would put off
	if after := sent(); after != before {
		t.Errorf("%s packets were sent before, %s after", before, after)
	}
}
