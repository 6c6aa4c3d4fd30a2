package cli

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// TestLeftOut checks that a terminal is told how many columns there was no room for, and a pipe is not.
func TestLeftOut(t *testing.T) {
	for _, tt := range []struct {
		width int
		seen  bool
		want  string
	}{
		{30, true, " columns left out: --wide\n"}, {500, true, ""}, {30, false, ""},
	} {
		var out bytes.Buffer
		a := &app{Env: Env{Stdout: &out}}
		table := view.Fields()
		sheet, err := prepare(a, &output{width: tt.width, color: "never", units: "base"}, &table)
		if err != nil {
			t.Fatal(err)
		}
		sheet.seen = tt.seen
		pipe, err := sheet.pipeline(a, &arrange{})
		if err != nil {
			t.Fatal(err)
		}
		if err := pipe.Row(&view.FieldInfo{Key: "name", Help: "Help.", Aliases: []string{"alias"}, Costs: "much"}); err != nil {
			t.Fatal(err)
		}
		if err := pipe.Close(); err != nil {
			t.Fatal(err)
		}
		before := out.Len()
		if err := sheet.remarks(a, pipe); err != nil {
			t.Fatal(err)
		}
		if got := out.String()[before:]; !strings.HasSuffix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("width %d, terminal %v: %q, want %q", tt.width, tt.seen, got, tt.want)
		}
	}
}

// TestGroupRemark checks that a terminal is told of addresses that ports have set apart.
func TestGroupRemark(t *testing.T) {
	row := func(remote string) *view.Socket {
		return &view.Socket{Row: &inspect.Row{Socket: &diag.Socket{
			Family: unix.AF_INET, State: diag.StateEstablished, Remote: netip.MustParseAddrPort(remote),
		}}}
	}
	const remark = "remote is address and port: -g remote_addr groups by address\n"
	for _, tt := range []struct {
		group, second string
		seen, want    bool
	}{
		{"remote", "10.0.0.1:2", true, true},
		{"process,peer", "10.0.0.1:2", true, true},
		{"remote", "10.0.0.2:1", true, false},
		{"remote", "10.0.0.1:1", true, false},
		{"remote_addr", "10.0.0.1:2", true, false},
		{"remote", "10.0.0.1:2", false, false},
	} {
		var out bytes.Buffer
		a := &app{Env: Env{Stdout: &out}}
		table := view.Sockets(&names.Names{})
		sheet, err := prepare(a, &output{color: "never", units: "base"}, &table)
		if err != nil {
			t.Fatal(err)
		}
		sheet.seen = tt.seen
		pipe, err := sheet.pipeline(a, &arrange{group: tt.group})
		if err != nil {
			t.Fatal(err)
		}
		if err := sheet.end(a, pipe, errors.Join(pipe.Row(row("10.0.0.1:1")), pipe.Row(row(tt.second)))); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasSuffix(out.String(), remark); got != tt.want {
			t.Errorf("%+v: %q", tt, out.String())
		}
	}
}

// TestNoRoom checks that what was left out is named where that fits, and counted elsewhere.
func TestNoRoom(t *testing.T) {
	for _, tt := range []struct {
		keys   string
		width  int
		remedy string
		want   string
	}{
		{"", 80, "--wide", ""},
		{"recvq sendq", 80, "--wide", "left out: recvq, sendq (--wide)"},
		{"recvq sendq", 30, "--wide", "2 columns left out: --wide"},
		{"peer_process", 25, "--wide", "1 column left out: --wide"},
		{"recvq sendq", 30, "", "left out: recvq, sendq"},
		{"recvq sendq", 20, "", "2 columns left out"},
	} {
		if got := noRoom(strings.Fields(tt.keys), tt.width, tt.remedy); got != tt.want {
			t.Errorf("%q in %d: %q, want %q", tt.keys, tt.width, got, tt.want)
		}
	}
}

// TestAskedColumns checks that a narrow table has the columns that the command line asks for, and whole numbers.
func TestAskedColumns(t *testing.T) {
	for _, tt := range []struct {
		width string
		args  []string
		want  []string
	}{
		{"80", []string{"-s", "sendq", "-L", "3"}, []string{"SEND-Q"}},
		{"80", []string{"recvq>=0"}, []string{"RECV-Q"}},
		{"60", []string{"-c", "+retrans,rtt", "-s", "retrans"}, []string{"RETRANS", "RTT"}},
		{"80", []string{"listen", "-c", "+unit,container"}, []string{"UNIT", "CONTAINER"}},
		{"60", []string{"-c", "local,remote,process,recvq,sendq"}, []string{"RECV-Q", "SEND-Q"}},
	} {
		out, errs, code := runMain(t, append(tt.args, "--replay=testdata/zoo.nls", "--width="+tt.width, "--units=human")...)
		head, _, _ := strings.Cut(out, "\n")
		for _, title := range tt.want {
			if !strings.Contains(head, title) {
				t.Errorf("%q in %s columns has no %s, exit code %d: %s%s", tt.args, tt.width, title, code, head, errs)
			}
		}
	}
}
