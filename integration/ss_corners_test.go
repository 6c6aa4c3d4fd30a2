//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestSSCorners compares the output for unusual arguments, files and variables.
func TestSSCorners(t *testing.T) {
	ns := harness.New(t)
	ns.Listen("127.0.0.1:80")
	run := func(env []string, args ...string) {
		t.Helper()
		(&harness.Compare{Program: "ss", Args: args, Env: env}).Run(ns)
	}
	for value := range strings.FieldsSeq("2: vsock:: vsock: vsock:2 vsock:2: vsock:*: vsock:2:* vsock::5 * : 5") {
		run(nil, "-Han", "--vsock", "src", value)
		run(nil, "-Han", "--vsock", "sport", "=", value)
		run(nil, "-Han", "--vsock", "dport", "=", "vsock:"+value)
	}
	for value := range strings.FieldsSeq("[::1] [80] [80 [http] [80]:90 [] [*] []:80 [nosuch] inet6:[::1] [[80]] 80] [80]x") {
		run(nil, "-Htan", "sport", "=", value)
		run(nil, "-Htan", "sport", ">=", value)
		run(nil, "-Htan", "src", value)
		run(nil, "-Htan", "src", "[::1]:"+value)
	}
	for _, line := range []string{"-D", "-t -D", "-u -D"} {
		run(nil, append(strings.Fields(line), "")...)
	}
	run([]string{"PROC_ROOT="}, "-s")
	run([]string{"PROC_ROOT="}, "-tanp")
	run([]string{"PROC_ROOT="}, "-a")
	// Before a socket is opened. Those of the run before are counted until the kernel has freed them.
	(&harness.Compare{Program: "ss", Args: []string{"-s", "-tan"}, Pause: 200 * time.Millisecond}).Run(ns)
	for _, name := range []string{"PROC_NET_SNMP", "PROC_NET_SOCKSTAT", "PROC_NET_SOCKSTAT6"} {
		run([]string{name + "=" + t.TempDir()}, "-s")
		run([]string{name + "="}, "-s")
		run([]string{name + "=/nonexistent"}, "-s")
	}
	file := filepath.Join(t.TempDir(), "snmp")
	for _, text := range []string{
		"Tcp: a b CurrEstab\nTcp: 1 2 3\n", "Tcp: a b\nTcp: 1 2\n", "Tcp:\nTcp:\n", "Tcp: CurrEstab\n", "Ip: x\n", "",
		"Tcp: CurrEstab\nUdp: 3\n", "Tcp: a  CurrEstab\nTcp: 4  5 6\n", "Tcp: CurrEstab x\nTcp: z 2", "Tcp: a CurrEstab\nTcp: 5\n",
		"Udp: a\nUdp: 1\nTcp: x CurrEstab\nTcp: 5 6\nTcp: 7 8\n", "Tcp: CurrEstabs CurrEstab\nTcp: 1 2\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		run([]string{"PROC_NET_SNMP=" + file}, "-s")
	}
}
