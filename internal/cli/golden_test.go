package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files")

// maxGoldens is how many golden files there may be: whoever changes the output reads all of them.
const maxGoldens = 60

// The recordings are of one host, made by TestRecordings in integration (`make recordings`): zoo has sockets in
// odd states, later is the same a moment later, all has another namespace too.
const (
	zoo   = " --replay=testdata/zoo.nls"
	all   = " -A --replay=testdata/all.nls"
	later = "testdata/later.nls"
	// socketFields are what is compared of sockets in the formats for machines; TestGoldenFields has all.
	socketFields = "proto,state,local,remote,iface,process,pid,processes,peer_process,user,unit,recvq,sendq,drops"
)

// goldens are the command lines whose output is compared byte by byte, and the formats. Fields are those of the
// formats for machines, if not all.
var goldens = []struct{ name, line, fields, formats string }{
	{"sockets", "-a -k all -s proto,local,remote,process" + zoo, socketFields, "txt 80.txt 120.txt json jsonl csv"},
	{"default", "-s proto,local,remote" + zoo, "", "txt"},
	{"tcp", "-a -t -s local,remote -c local,remote,timer,retransmits,rtt,cwnd,bytes_acked,mark,cong,drops,user" + zoo, "", "txt"},
	{"namespaces", "-a -k tcp,udp,unix -s netns,proto,local,remote" + all, "", "txt"},
	{"filter", "-a -s local,remote recvq>1k or state=syn-sent" + zoo, "", "txt"},
	{"sort", "-a -s recvq,local_port -n 4" + zoo, "", "txt"},
	{"group", "-a -g process,state --sum recvq --max rtt -s count,process,state" + zoo, "", "txt json"},
	{"count", "-a --count tcp" + zoo, "", "txt"},
	{"listen", "listen -s local_port,local" + zoo, "", "txt 80.txt"},
	{"summary", "summary" + zoo, "", "txt json csv"},
	{"diff", "diff -s local,remote testdata/zoo.nls " + later, "change,proto,state,local,remote,process", "txt jsonl"},
	{"diff-same", "diff testdata/zoo.nls testdata/zoo.nls", "", "txt"},
	{"fields", "fields", "", "txt 80.txt"},
	{"routes", "routes -a --replay=testdata/tables/routes.nls", "", "txt 80.txt"},
	{"routes-filter", "routes -a --replay=testdata/tables/routes.nls via=192.0.2.2 mtu>0 or type=blackhole or type=throw", "", "txt"},
	{"routes-get", "routes get 10.7.0.5 2001:db8:10::1 --replay=testdata/tables/get.nls", "", "txt"},
	{"links", "links --replay=testdata/tables/links.nls", "", "txt 80.txt"},
	{"links-details", "links --replay=testdata/tables/links.nls details=id -c name,kind,details,altnames", "", "txt json"},
	{"links-rate", "links --replay=testdata/tables/links.nls --rate 1s -s rx_rate,name up", "", "txt"},
	{"addresses", "addresses --replay=testdata/tables/addresses.nls", "", "txt csv"},
	{"neighbors", "neighbors -a -s address,iface --replay=testdata/tables/neighbors.nls", "", "txt"},
	{"groups", "groups -s iface,group --replay=testdata/tables/groups.nls", "", "txt"},
	{"nat", "nat -s src --replay=testdata/tables/nat.nls", "", "txt jsonl"},
	{"nat-all", "nat -a -s proto,src --replay=testdata/tables/nat-all.nls", "", "txt"},
	{"stats", "stats --replay=testdata/tables/stats.nls", "", "txt"},
}

// formatFlags are the flags of a format, by the suffix of its files.
var formatFlags = map[string]string{
	"txt":    "",
	"80.txt": "--width=80 --units=human --color=always", "120.txt": "--width=120 --units=human",
	"json": "--json", "jsonl": "--jsonl", "csv": "--csv",
}

// TestGolden compares what command lines write with what they wrote.
func TestGolden(t *testing.T) {
	for _, g := range goldens {
		for suffix := range strings.FieldsSeq(g.formats) {
			t.Run(g.name+"."+suffix, func(t *testing.T) {
				flags := strings.Fields(formatFlags[suffix])
				if g.fields != "" && !strings.HasSuffix(suffix, "txt") {
					flags[0] += "=" + g.fields
				}
				out, errs, code := runMain(t, append(strings.Fields(g.line), flags...)...)
				if code != exitOK {
					t.Errorf("exit code %d: %s", code, errs)
				}
				checkGolden(t, g.name+"."+suffix, out)
			})
		}
	}
}

// TestFormats checks that the formats for machines are what they say, with the same rows in each.
func TestFormats(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			write := func(flag string) string {
				out, errs, code := runMain(t, append(strings.Fields(g.line), flag)...)
				if code != exitOK {
					t.Errorf("%s: exit code %d: %s", flag, code, errs)
				}
				return out
			}
			var rows []json.RawMessage
			if err := json.Unmarshal([]byte(write("--json")), &rows); err != nil {
				t.Error(err)
			}
			lines := 0
			for line := range strings.Lines(write("--jsonl")) {
				if !json.Valid([]byte(line)) || !strings.HasPrefix(line, "{") {
					t.Errorf("this line is not an object: %s", line)
				}
				lines++
			}
			records, err := csv.NewReader(strings.NewReader(write("--csv"))).ReadAll()
			if err != nil || len(records) != 1+lines || len(rows) != lines {
				t.Errorf("%d rows in JSON, %d in JSON Lines, %d in CSV with its header: %v", len(rows), lines, len(records), err)
			}
		})
	}
}

// TestGoldenFiles checks that there are no golden files but those that are compared, and not too many.
func TestGoldenFiles(t *testing.T) {
	var want []string
	for _, g := range goldens {
		for suffix := range strings.FieldsSeq(g.formats) {
			want = append(want, g.name+"."+suffix)
		}
	}
	for _, table := range tableLines {
		want = append(want, goldenFields(table.name))
	}
	entries, err := os.ReadDir(filepath.Join("testdata", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(want, e.Name()) {
			t.Errorf("no test compares %s", e.Name())
		}
	}
	if len(want) > maxGoldens {
		t.Errorf("%d golden files, at most %d are read by those who change the output", len(want), maxGoldens)
	}
}

// runMain runs nlstat and returns what it wrote.
func runMain(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(Env{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Etc: "testdata/etc"})
	return out.String(), errs.String(), code
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("output differs (-want +got; go test -update accepts it):\n%s", diff)
	}
}
