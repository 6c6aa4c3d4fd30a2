package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files")

// TestGolden runs each command in each format on a recording of a namespace with sockets in odd states,
// and compares what is written byte by byte.
func TestGolden(t *testing.T) {
	const zoo = "--replay=testdata/zoo.nls"
	commands := []struct{ name, line string }{
		{"sockets", zoo},
		{"sockets-all", "sockets -a -k all " + zoo},
		{"columns", "-a -t -c proto,local,remote,rtt,cwnd,bytes_acked,process,user,cong,drops " + zoo},
		{"filter", "-a " + zoo + " recvq>1k or state=syn-sent"},
		{"sort", "-a -s recvq,local_port -n 4 " + zoo},
		{"group", "-a -g process,state --sum recvq --max rtt " + zoo},
		{"count", "-a --count " + zoo + " tcp"},
		{"listen", "listen " + zoo},
		{"summary", "summary " + zoo},
		{"fields", "fields"},
		{"diff", "diff testdata/zoo.nls testdata/zoo.nls"},
		{"routes", "routes --replay testdata/routes.nls"},
		{"links", "links --replay testdata/links.nls"},
		{"addresses", "addresses --replay testdata/addresses.nls"},
		{"neighbors", "neighbors --replay testdata/neighbors.nls"},
		{"groups", "groups --replay testdata/groups.nls"},
		{"stats", "stats --replay testdata/stats.nls section=Ip or section=Udp"},
	}
	formats := []struct{ suffix, flags string }{
		{"txt", ""},
		{"80.txt", "--width=80 --units=human --color=always"},
		{"json", "--json"},
		{"jsonl", "--jsonl"},
		{"csv", "--csv"},
	}
	for _, c := range commands {
		for _, f := range formats {
			name := c.name + "." + f.suffix
			t.Run(name, func(t *testing.T) {
				args := append(strings.Fields(c.line), strings.Fields(f.flags)...)
				out, errs, code := runMain(t, args...)
				if code != exitOK {
					t.Errorf("exit code %d: %s", code, errs)
				}
				checkGolden(t, name, out)
				checkMachine(t, f.suffix, out)
			})
		}
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

// checkMachine checks that machine formats are what they say.
func checkMachine(t *testing.T, suffix, out string) {
	t.Helper()
	switch suffix {
	case "json":
		if !json.Valid([]byte(out)) {
			t.Error("this is not JSON")
		}
	case "jsonl":
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) {
				t.Errorf("this line is not JSON: %s", line)
			}
		}
	}
}

// TestSchema checks rows against the schema that fields --schema writes: every key is described, every
// value of the described type or null.
func TestSchema(t *testing.T) {
	text, _, _ := runMain(t, "fields", "--schema")
	var schema struct {
		Items struct {
			Properties map[string]struct{ Type []string }
		}
	}
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		t.Fatal(err)
	}
	out, errs, _ := runMain(t, "-a", "-k", "all", "--json", "--replay", "testdata/zoo.nls")
	var rows []map[string]any
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatal(err, errs)
	}
	for _, row := range rows {
		for key, v := range row {
			p, ok := schema.Items.Properties[key]
			if !ok {
				t.Errorf("%s is not in the schema", key)
				continue
			}
			if got := jsonType(v); got != "null" && got != p.Type[0] && !(got == "integer" && p.Type[0] == "number") {
				t.Errorf("%s is %s, the schema says %s", key, got, p.Type[0])
			}
		}
		const onDemand = 2 // nat_addr and remote_host
		if len(row) != len(schema.Items.Properties)-onDemand {
			t.Errorf("a row has %d fields, the schema %d, %d of them on demand",
				len(row), len(schema.Items.Properties), onDemand)
		}
	}
}

func jsonType(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	default:
		return "object"
	}
}
