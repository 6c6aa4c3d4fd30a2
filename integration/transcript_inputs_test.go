//go:build integration

package integration

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/transcript"
)

// transcriptFiles are the files of /proc that ss and netstat read of a namespace.
var transcriptFiles = []string{
	"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "unix", "packet", "netlink",
	"snmp", "snmp6", "netstat", "sockstat", "sockstat6", "if_inet6", "protocols",
}

// TestTranscriptInputs records what package transcript runs its command lines over, with -update: a namespace
// full of sockets, forged answers, and made-up files. Without it the recordings must be there and be read.
func TestTranscriptInputs(t *testing.T) {
	dir := filepath.Join("transcript", "testdata", "inputs")
	inputs := map[string]*transcript.Input{}
	if *update {
		inputs["zoo"] = zooInput(t)
		for i, rows := range []int{14, 14, 6} {
			f := newInetForge(uint64(100 + i))
			for range rows {
				f.socket(true)
			}
			inputs[fmt.Sprint("forged", i)] = &transcript.Input{Files: headers(inputs["zoo"]), Dump: f.ended()}
		}
		inputs["empty"] = &transcript.Input{Files: headers(inputs["zoo"]), Dump: newInetForge(0).ended()}
		inputs["ones"] = counters(inputs["zoo"], func(int) int { return 1 })
		inputs["numbers"] = counters(inputs["zoo"], func(i int) int { return 1000 + i })
		for name, files := range map[string]map[string]string{
			"sctp": sctpFiles, "dead": deadFiles, "hollow": emptyFiles, "none": {"other": ""},
		} {
			in := &transcript.Input{Files: map[string]string{}}
			for file, text := range files {
				in.Files["net/"+file] = text
			}
			inputs[name] = in
		}
	}
	for name, in := range inputs {
		if err := in.Write(dir, name); err != nil {
			t.Error(err)
		}
	}
	if _, err := transcript.ReadInput(dir, "zoo"); err != nil {
		t.Error(err)
	}
}

// ended returns the datagrams with their end.
func (f *inetForge) ended() []byte {
	f.message(unix.NLMSG_DONE, []byte{0, 0, 0, 0})
	return f.b
}

// zooInput records a namespace with sockets of every table.
func zooInput(t *testing.T) *transcript.Input {
	t.Helper()
	ns := harness.New(t)
	ssWorld(t, ns)
	in := &transcript.Input{Files: map[string]string{}, Links: map[string]string{}}
	for _, name := range transcriptFiles {
		text, err := os.ReadFile("/proc/thread-self/net/" + name)
		if err != nil {
			t.Logf("left out: %v", err)
			continue
		}
		in.Files["net/"+name] = thin(name, string(text))
	}
	in.Files["sys/net/ipv4/ip_local_port_range"] = "32768\t60999\n"
	dump := filepath.Join(t.TempDir(), "dump")
	if r := ns.Run(harness.Reference(t, "ss"), "-tan", "-D", dump); r.Code != 0 {
		t.Fatalf("ss -D: %s", r.Stderr)
	}
	whole, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	in.Dump = thinDump(whole)
	processes(in)
	return in
}

// mostRows is how many rows of one kind are kept.
const mostRows = 2

// kinds are the columns of /proc files that tell kinds of rows apart; rows of others are all kept.
var kinds = map[string][]int{"tcp": {3}, "tcp6": {3}, "udp": {3}, "udp6": {3}, "unix": {3, 4, 5}, "netlink": {1, 3}}

// thin keeps a few rows of each kind.
func thin(name, text string) string {
	columns, ok := kinds[name]
	if !ok {
		return text
	}
	var b strings.Builder
	seen := map[string]int{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		var kind []string
		for _, c := range columns {
			if c < len(f) {
				kind = append(kind, f[c])
			}
		}
		if len(f) > 2 && len(f[1]) > 13 { // an IPv6 address: link-local and mapped ones are kinds of their own
			kind = append(kind, f[1][:8], f[1][16:24])
		}
		if k := strings.Join(kind, " "); seen[k] < mostRows {
			seen[k]++
			b.WriteString(line)
		}
	}
	return b.String()
}

// thinDump keeps a few sockets of each family, state and beginning of an address.
func thinDump(whole []byte) (kept []byte) {
	seen := map[string]int{}
	for len(whole) >= unix.SizeofNlMsghdr {
		n := (int(binary.NativeEndian.Uint32(whole)) + 3) &^ 3
		m := whole[:min(n, len(whole))]
		whole = whole[len(m):]
		if len(m) >= 48 && binary.NativeEndian.Uint16(m[4:]) == unix.SOCK_DIAG_BY_FAMILY {
			k := fmt.Sprintf("%d %d %x %x", m[16], m[17], m[24:26], m[34:36])
			if seen[k]++; seen[k] > mostRows {
				continue
			}
		}
		kept = append(kept, m...)
	}
	return kept
}

// headers are the tables of sockets of an input with their first lines alone.
func headers(in *transcript.Input) map[string]string {
	files := map[string]string{}
	for name, text := range in.Files {
		switch first, _, _ := strings.Cut(text, "\n"); {
		case strings.Contains(first, "ddress"), strings.Contains(first, "Num"), strings.HasPrefix(first, "sk "):
			files[name] = first + "\n"
		case strings.HasPrefix(name, "sys/"):
			files[name] = text
		}
	}
	return files
}

// counters are the statistics of an input with all of its values replaced.
func counters(in *transcript.Input, value func(i int) int) *transcript.Input {
	out := &transcript.Input{Files: map[string]string{}}
	n := 0
	for _, name := range []string{"net/snmp", "net/snmp6", "net/netstat"} {
		var b strings.Builder
		for line := range strings.Lines(in.Files[name]) {
			f := strings.Fields(line)
			for i := 1; i < len(f); i++ {
				if strings.Trim(f[i], "-0123456789") == "" {
					f[i] = fmt.Sprint(value(n))
					n++
				}
			}
			b.WriteString(strings.Join(f, " ") + "\n")
		}
		out.Files[name] = b.String()
	}
	return out
}

// processes adds three processes that hold sockets of the files.
func processes(in *transcript.Input) {
	var inodes []string
	for _, name := range []string{"net/tcp", "net/udp", "net/unix"} {
		column := map[string]int{"net/unix": 6}[name]
		if column == 0 {
			column = 9
		}
		for line := range strings.Lines(in.Files[name]) {
			if f := strings.Fields(line); len(f) > column && f[column] != "0" && strings.Trim(f[column], "0123456789") == "" {
				inodes = append(inodes, f[column])
			}
		}
	}
	for i, name := range []string{"server", "a name of 15 b", "odd) S (name"} {
		pid := fmt.Sprint(4242 + 111*i)
		in.Files[pid+"/comm"] = name + "\n"
		in.Files[pid+"/stat"] = fmt.Sprintf("%s (%s) S 1 %s %s 0 -1 4194304 0 0 0 0\n", pid, name, pid, pid)
		in.Files[pid+"/cmdline"] = name + "\n"
		for k, inode := range inodes {
			if k%4 == i { // one each: folders of a disk have no order, as that of /proc has
				in.Links[fmt.Sprintf("%s/fd/%d", pid, 3+k)] = "socket:[" + inode + "]"
			}
		}
	}
}
