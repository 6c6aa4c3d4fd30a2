//go:build linux

package filter

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// someNames are the names that the tests know.
type someNames struct{}

func (someNames) Hosts(host string, family uint8) []netip.Addr {
	switch {
	case host == "localhost" && family != unix.AF_INET6:
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	case host == "two":
		return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1")}
	}
	return nil
}

func (someNames) Service(service, protocol string) (uint16, bool) {
	port, ok := map[string]uint16{
		"ssh/tcp": 22, "http/tcp": 80, "domain/tcp": 53, "domain/udp": 53, "who/udp": 513, "login/tcp": 513,
		"syslog/udp": 514, "shell/tcp": 514,
	}[service+"/"+protocol]
	return port, ok
}

func (someNames) Device(name string) (uint32, bool) {
	index, ok := map[string]uint32{"lo": 1, "eth0": 2, "0x2": 2}[name]
	return index, ok
}

func (someNames) EtherType(name string) (uint16, bool) {
	number, ok := map[string]uint16{"ip": 0x0800, "arp": 0x0806, "tipc": 0x88ca}[name]
	return number, ok
}

func (someNames) NetlinkFamily(name string) (uint8, bool) {
	number, ok := map[string]uint8{"rtnl": 0, "tcpdiag": 4, "genl": 16}[name]
	return number, ok
}

var errNoSuchGroup = errors.New("no such cgroup")

func (someNames) Cgroup(path string) (uint64, error) {
	if path == "/a b" {
		return 42, nil
	}
	return 0, errNoSuchGroup
}

// TestReference parses recorded filters and compares with the result of ss.
func TestReference(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the programs were recorded on a little endian machine")
	}
	file, err := os.Open("testdata/reference.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // read-only
	n := 0
	for sc := bufio.NewScanner(file); sc.Scan(); {
		line := sc.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		field := strings.Split(line, "\t")
		family, err := strconv.ParseUint(field[0], 10, 8)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		if err := json.Unmarshal([]byte(field[1]), &words); err != nil {
			t.Fatal(err)
		}
		f, err := Parse(words, &Options{Loose: true, Family: uint8(family), TCP: true, UDP: true, Names: someNames{}})
		if got := outcome(f, err); got != field[2] {
			t.Errorf("%q after family %d:\n got %s\nwant %s", words, family, got, field[2])
		}
		n++
	}
	if n < 500 {
		t.Errorf("only %d filters", n)
	}
}

// outcome formats a result as in the recording.
func outcome(f *Filter, err error) string {
	var value *ValueError
	var syntax *SyntaxError
	switch {
	case errors.As(err, &value):
		return complaint(value)
	case errors.As(err, &syntax):
		return "syntax"
	case err != nil:
		return err.Error()
	}
	if f.Family != 0 && f.Family != unix.AF_INET && f.Family != unix.AF_INET6 {
		return "other"
	}
	return "inet " + hex.EncodeToString(f.Bytecode())
}

func complaint(e *ValueError) string {
	switch {
	case errors.Is(e, ErrNotAddress):
		return fmt.Sprintf("address %q", e.Part)
	case errors.Is(e, ErrNotPort):
		return fmt.Sprintf("service %q", e.Part)
	case e.Kind == KindDevice, e.Kind == KindMark:
		return e.Kind.String()
	}
	return "value"
}
