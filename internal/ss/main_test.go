package ss

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run calls Main with arguments separated by blanks.
func run(line string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(append([]string{"ss"}, strings.Fields(line)...), strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// capture makes TCPDIAG_FILE name a file that holds nothing but the end of a dump.
func capture(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "capture")
	done := []byte{20, 0, 0, 0, 3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	if err := os.WriteFile(path, done, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TCPDIAG_FILE", path)
}

func TestMainWithoutKernel(t *testing.T) {
	capture(t)
	const header = "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
	tests := []struct {
		line           string
		code           int
		stdout, stderr string
	}{
		{"-tan", 0, header, ""},
		{"-tanH", 0, "", ""},
		{"-tanQ", 0, "State Local Address:Port Peer Address:Port\n", ""},
		{"-tanp", 0, "State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n", ""},
		{"-tn state established", 0, header[len("State "):], ""},
		{"-V -y", 0, version, ""},
		{"-h -y", 0, usage, ""},
		{"-y", 255, "", "ss: invalid option -- 'y'\n" + usage},
		{"--tcp=1", 255, "", "ss: option '--tcp' doesn't allow an argument\n" + usage},
		{"-f foo", 255, "", "ss: \"foo\" is invalid family\n" + usage},
		{"-A tcp,!foo", 255, "", "ss: \"!foo\" is illegal socket table id\n" + usage},
		{"-A !tcp", 0, "", "ss: no socket tables to show with such filter.\n"},
		{"state", 255, "", "Command line is not complete. Try option \"help\"\n"},
		{"state foo", 255, "", "ss: wrong state name: foo\n"},
		{"-t sport = foo", 1, "", "Error: \"foo\" does not look like a port.\nCannot parse dst/src address.\n"},
		{"-t sport", 255, "", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\n" + usage},
		{"-t dev nosuch", 1, "", "Cannot parse device.\n"},
		{"-t fwmark x", 1, "", "Cannot parse mark x.\n"},
		{"-F /nonexistent/file", 255, "", "fopen filter file: No such file or directory\n"},
		{"-Z", 1, "", "ss: SELinux is not enabled.\n"},
		{"-u -D file", 0, "", "ss: tcpdiag dump requested and no tcp in filter.\n"},
	}
	for _, tt := range tests {
		code, stdout, stderr := run(tt.line)
		if code != tt.code || stdout != tt.stdout || stderr != tt.stderr {
			t.Errorf("ss %s:\n got %d, %q, %q\nwant %d, %q, %q",
				tt.line, code, stdout, stderr, tt.code, tt.stdout, tt.stderr)
		}
	}
}

// TestSelection follows the steps in which tables, families and states influence one another.
func TestSelection(t *testing.T) {
	tests := []struct {
		line     string
		tables   tableSet
		families familySet
		states   uint32
	}{
		{"", allTables, ^familySet(0), uint32(connectedStates)},
		{"-t", tablesOf(tableTCP), inetFamilies, uint32(connectedStates)},
		{"-t -A udp", tablesOf(tableUDP), inetFamilies, uint32(connectedStates)},
		{"-A udp -t", tablesOf(tableUDP, tableTCP), inetFamilies, uint32(connectedStates)},
		{"-u", tablesOf(tableUDP), inetFamilies, 1 << 1},
		{"-4 -A !tcp", inetTables, families(2), uint32(connectedStates)},
		{"-l -t", tablesOf(tableTCP), inetFamilies, uint32(listenStates)},
		{"-l -a -t", tablesOf(tableTCP), inetFamilies, uint32(allStates)},
		{"-ta state listening", tablesOf(tableTCP), inetFamilies, 1 << 10},
		{"-t exclude all", tablesOf(tableTCP), inetFamilies, uint32(connectedStates)},
		{"-0", packetTables, families(17), uint32(closeState)},
	}
	for _, tt := range tests {
		p := &program{}
		words, err := p.parse("ss", strings.Fields(tt.line))
		if err == nil {
			_, err = p.sel.stateWords(words)
		}
		if err != nil {
			t.Errorf("ss %s: %v", tt.line, err)
			continue
		}
		p.sel.merge()
		if p.sel.tables != tt.tables || uint32(p.sel.states) != tt.states ||
			tt.families != ^familySet(0) && p.sel.families != tt.families {
			t.Errorf("ss %s: tables %#x, families %#x, states %#x; want %#x, %#x, %#x", tt.line,
				p.sel.tables, p.sel.families, p.sel.states, tt.tables, tt.families, tt.states)
		}
	}
}

// FuzzMain gives any words to ss, but none that wait, kill, write or leave the namespace.
func FuzzMain(f *testing.F) {
	for _, line := range []string{"-tan", "-tanoeim sport = 22", "-A tcp,!udp state all", "-t ( src 10/8 or not autobound )", "--t", "-4 -6"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		capture(t)
		p := &program{stderr: &bytes.Buffer{}, out: newOutput(&bytes.Buffer{})}
		args := strings.Fields(line)
		for _, word := range args {
			if strings.HasPrefix(word, "-") && strings.ContainsAny(word, "NFDEKrdiefnk") {
				return
			}
		}
		words, err := p.parse("ss", args)
		if err != nil {
			return
		}
		if _, err := p.sel.stateWords(words); err != nil {
			return
		}
		p.sel.merge()
		if p.sel.tables != 0 && (p.sel.families == 0 || p.sel.states == 0) {
			t.Errorf("ss %q: tables without families or states", line)
		}
	})
}
