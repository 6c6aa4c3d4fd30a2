//go:build integration

package integration

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// hostileWords are words that a user may paste into a command line, or that a script may pass.
var hostileWords = []string{
	"\x1b[31mred", "\x1b]0;title\a", "x\nnlstat: 3 sockets were closed", `x\nnlstat: 3 sockets were closed`, "a\rb", "tab\tx", "bad\xff\xfe",
	"\u202egnp.exe", "\u2066a\u2069", "\u3164", "\u2800", "\u115f", "zero\u200bwidth", "\u2028line", "=1+1", "@SUM(1)", "-2+3", "+1",
	"\x9b31m", "\u009b31m", "$(id)", "{{x}}", "'\"", strings.Repeat("A", 4096), strings.Repeat("\x1b", 4096), "%s%n%!v(MISSING)",
}

// hostileLinks are names that the kernel accepts for a link: without blanks, slashes and colons.
var hostileLinks = []string{"=1+1", "@a", "+b", "-c", "\x1b[31m", "\x7f\xff", "\u202ex", "\u3164", "\u115f", "\u200bz", "\x01\x02", "$(id)", "a;b", "'\"", "a;=1"}

// hostileWorld makes sockets, processes, links, addresses and control groups of hostile names.
func hostileWorld(t *testing.T, ns *harness.NS) {
	t.Helper()
	hostile(t, ns)
	for i, name := range hostileLinks {
		ns.Veth(name, fmt.Sprintf("10.7.%d.1/24", i), ns.NS, fmt.Sprint("p", i), "")
		s := ns.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		err := errors.Join(
			unix.SetsockoptString(s.FD, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, name),
			unix.Bind(s.FD, &unix.SockaddrInet4{Port: 7000 + i}),
		)
		if err != nil {
			t.Fatalf("socket on link %q: %v", name, err)
		}
	}
	hostileNamespaces(t, ns)
}

// TestAttackNames prints hostile names of the world and of command lines by every command in every format:
// for a terminal, a spreadsheet or a parser all are only text.
func TestAttackNames(t *testing.T) {
	ns := harness.New(t)
	hostileWorld(t, ns)
	recording := filepath.Join(t.TempDir(), "recording")
	if r := ns.Run("nlstat", "record", recording); r.Code != 0 && r.Code != 3 {
		t.Fatalf("record: exit code %d: %s", r.Code, r.Stderr)
	}
	for _, command := range []string{
		"-a -k all", "listen", "-A -a", "-A links", "-a -x", "-g process", "-g iface,process", "-a -c +command,unit,cgroup,iface,user",
		"links", "addresses", "neighbors", "routes", "routes -a", "groups", "limits", "nat", "stats", "summary", "-a --replay REC", "diff REC REC", "diff REC",
		"kill udp", "wait udp", "-w=10ms --times 2 -a -u", "links -w=10ms --times 2", "rules",
		"events --for 50ms", "events links --for 50ms", "events addresses --for 50ms", "events routes --for 50ms", "events neighbors --for 50ms",
		"doctor --for 100ms", "why :7000", "why 127.0.0.1:7001", "show udp",
	} {
		for _, format := range []string{"", "--width=80", "--width=20", "--json", "--jsonl", "--csv"} {
			if command == "show udp" && format != "" {
				continue // it has pages alone
			}
			line := strings.ReplaceAll(command+" "+format, "REC", recording)
			r := ns.Run("nlstat", strings.Fields(line)...)
			sane(t, line, &r)
			if r.Code != 0 && r.Code != 3 && !strings.Contains(string(r.Stderr), "--jsonl") { // no array of events
				t.Errorf("nlstat %s: exit code %d: %s", line, r.Code, r.Stderr)
			}
			if fault := visible(r.Stdout); fault != "" {
				t.Errorf("nlstat %s: output has %s", line, fault)
			}
			checkFormula(t, line, format, r.Stdout)
		}
	}
}

// checkFormula checks what other programs read.
func checkFormula(t *testing.T, line, format string, out []byte) {
	t.Helper()
	switch format {
	case "--json":
		if len(out) > 0 && !json.Valid(out) {
			t.Errorf("nlstat %s: not JSON: %s", line, out)
		}
	case "--jsonl":
		for row := range bytes.Lines(out) {
			if !json.Valid(row) {
				t.Errorf("nlstat %s: not JSON: %s", line, row)
			}
		}
	case "--csv":
		reader := csv.NewReader(bytes.NewReader(out))
		rows, err := reader.ReadAll()
		if err != nil {
			t.Errorf("nlstat %s: %v", line, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				cell = strings.TrimLeft(cell, " ")
				if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "-" && strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
					t.Errorf("nlstat %s: %q is a formula", line, cell)
				}
			}
		}
	}
}

// named are the fields that hold names which others have chosen, each with a list that has it.
var named = []struct{ list, field string }{
	{"-a", "process"},
	{"-a", "processes"},
	{"-a", "command"},
	{"-a", "iface"},
	{"-A -g netns -l", "netns"},
	{"-a -x", "path"},
	{"-A -l", "netns"},
	{"-a -k packet", "local_name"},
	{"-g process -a", "process"},
	{"-g iface,process -a -u", "iface"},
	{"links", "name"},
	{"links", "alias"},
	{"links", "lower"},
	{"links -A", "netns"},
	{"addresses", "iface"},
	{"addresses", "label"},
	{"neighbors", "iface"},
	{"routes -a", "iface"},
	{"groups", "iface"},
	{"rules", "iif"},
	{"rules", "oif"},
}

// aName begins a name of each sort in hostileWorld; a test that does not meet it tries nothing.
const aName = "=1"

// TestAttackTemplates uses the names in templates for other programs.
func TestAttackTemplates(t *testing.T) {
	ns := harness.New(t)
	hostileWorld(t, ns)
	moreNames(t, ns)
	for _, n := range named {
		for _, escape := range []struct {
			before, function, after string
			whole                   func(string) bool
		}{
			{`{"a":`, "|json", "}", func(cell string) bool { return json.Valid([]byte(cell)) }},
			{`m{a="`, "|prom", `"} 1`, promLabel},
			{"", "", "", func(string) bool { return true }},
		} {
			template := escape.before + "{{" + n.field + escape.function + "}}" + escape.after
			r := ns.Run("nlstat", append(strings.Fields(n.list), "--template", template)...)
			what := fmt.Sprintf("nlstat %s --template %s", n.list, template)
			sane(t, what, &r)
			if !bytes.Contains(r.Stdout, []byte(aName)) {
				t.Errorf("%s: exit code %d, no name comes out: %s%s", what, r.Code, r.Stdout, r.Stderr)
			}
			for row := range strings.Lines(string(r.Stdout)) {
				cell, begins := strings.CutPrefix(row, escape.before)
				cell, ends := strings.CutSuffix(cell, escape.after+"\n")
				if !begins || !ends || !escape.whole(cell) || visible([]byte(row)) != "" {
					t.Errorf("%s: %q", what, row)
				}
			}
		}
	}
}

// promLabel reports whether a text is the value of a label, with nothing behind it.
func promLabel(text string) bool {
	text = strings.NewReplacer(`\\`, "", `\"`, "", `\n`, "").Replace(text)
	return !strings.ContainsAny(text, "\"\\\n")
}

// moreNames puts the names of links where other tables have them.
func moreNames(t *testing.T, ns *harness.NS) {
	t.Helper()
	link, err := netlink.LinkByName("=1+1")
	if err != nil {
		t.Fatal(err)
	}
	address, err := netlink.ParseAddr("10.8.0.1/24 =1+1:\x1b\u3164")
	rule := netlink.NewRule()
	rule.IifName, rule.OifName, rule.Table, rule.Priority = "=1+1", "=1\x1b\"\\", unix.RT_TABLE_MAIN, 7
	err = errors.Join(err, netlink.LinkSetAlias(link, "=1\x1b[31m\"\\\n\u202e"),
		netlink.AddrAdd(link, address), netlink.RuleAdd(rule), netlink.NeighAdd(&netlink.Neigh{
			LinkIndex: link.Attrs().Index, State: netlink.NUD_PERMANENT, IP: net.IPv4(10, 8, 0, 2), HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1},
		}))
	if err != nil {
		t.Fatal(err)
	}
	s := ns.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err := unix.Bind(s.FD, &unix.SockaddrLinklayer{Ifindex: link.Attrs().Index}); err != nil {
		t.Fatal(err)
	}
}

// TestAttackWords uses hostile words in each position of a command line.
func TestAttackWords(t *testing.T) {
	ns := harness.New(t)
	port := ns.Listen("127.0.0.1:0").Port()
	plain := ns.Run("nlstat", "listen")
	atWork(t, "nlstat listen", &plain, port)
	dir := t.TempDir()
	for _, place := range []string{
		"WORD", "process=WORD", "process=~WORD", "WORD=1", "proc!=WORD and tcp", "explain WORD", "explain process=WORD", "explain process=~WORD",
		"-N WORD", "links -N WORD", "-c WORD", "-c +WORD", "--json=WORD", "-s WORD", "-g WORD", "--sum WORD", "-k WORD", "--color=WORD",
		"--units=WORD", "--watch=WORD", "--rate=WORD", "--width=WORD", "--replay WORD", "diff WORD", "diff --by WORD a",
		"--template={{WORD}}", "--template={{process|WORD}}", "--WORD", "fields WORD", "help WORD", "man WORD", "completion WORD",
		"routes get WORD", "routes get 192.0.2.1 --iif WORD", "routes get 192.0.2.1 --from WORD", "kill process=WORD", "links WORD",
		"wait process=WORD --timeout 1ms", "wait process=WORD --timeout WORD", "record --redact-key WORD x", "stats section=WORD",
		"__complete -N WORD", "__complete process=WORD", "__complete WORD", "__complete -c WORD",
	} {
		for _, word := range hostileWords {
			var words []string
			for w := range strings.FieldsSeq(place) {
				words = append(words, strings.ReplaceAll(w, "WORD", word))
			}
			r := ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: words, Env: []string{"HOME=" + dir}})
			what := fmt.Sprintf("nlstat %q", words)
			if len(word) > 1000 {
				what = fmt.Sprintf("nlstat %s with %d bytes", place, len(word))
			}
			sane(t, what, &r)
			if fault := visible(r.Stdout); fault != "" {
				t.Errorf("%s: output has %s", what, fault)
			}
			for line := range strings.Lines(string(r.Stderr) + string(r.Stdout)) {
				if strings.HasPrefix(line, "nlstat: 3 sockets") {
					t.Errorf("%s: a forged line: %s%s", what, r.Stdout, r.Stderr)
				}
			}
		}
	}
}
