//go:build linux

package diag

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// hexOf encodes a program as in the tests' tables, which are of little-endian machines.
func hexOf(b Bytecode) string { return hex.EncodeToString(b) }

func host(op Op, prefix string, port int32) Bytecode {
	c := Condition{Op: op, Port: port}
	if prefix != "" {
		c.Prefix = netip.MustParsePrefix(prefix)
	}
	return c.Bytecode()
}

// TestBytecode compares with programs that ss sent to the kernel.
func TestBytecode(t *testing.T) {
	if u16([]byte{1, 0}) != 1 {
		t.Skip("the programs were recorded on a little endian machine")
	}
	port := func(op Op, p int32) Bytecode { return (&Condition{Op: op, Port: p}).Bytecode() }
	for _, tt := range []struct {
		name string
		got  Bytecode
		want string
	}{
		{"sport > 1024", port(OpLocalLE, 1024).Not(), "03080c000000000401040800"},
		{"sport = 22", host(OpLocalHost, "", 22), "07101400000000001600000000000000"},
		{
			"src fe80::/64", host(OpLocalHost, "fe80::/64", AnyPort),
			"071c20000a400000fffffffffe800000000000000000000000000000",
		},
		{
			"( sport = 1 or sport = 2 ) and not dport = 3",
			host(OpLocalHost, "", 1).Or(host(OpLocalHost, "", 2)).And(host(OpRemoteHost, "", 3).Not()),
			"07101400000000000100000000000000" + "01041400" + "07102800000000000200000000000000" +
				"08101400000000000300000000000000" + "01040800",
		},
		{"fwmark 1/3", (&Condition{Op: OpMark, Mark: 1, Mask: 3}).Bytecode(), "0a0c10000100000003000000"},
		{"autobound", (&Condition{Op: OpAuto}).Bytecode(), "06040800"},
		{"dev 5", (&Condition{Op: OpDevice, Device: 5}).Bytecode(), "09080c0005000000"},
		{"cgroup", (&Condition{Op: OpCgroup, Cgroup: 7}).Bytecode(), "0d0c10000700000000000000"},
	} {
		if got := hexOf(tt.got); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if err := tt.got.Verify(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// step is struct inet_diag_bc_op.
func step(code, yes uint8, no uint16) Bytecode { return pack(code, yes, no) }

func TestVerify(t *testing.T) {
	auto := (&Condition{Op: OpAuto}).Bytecode()
	for _, tt := range []struct {
		name string
		code Bytecode
		ok   bool
	}{
		{"empty", nil, false},
		{"half an instruction", Bytecode{6, 4}, false},
		{"one", auto, true},
		{"no multiple of 4", append(auto[:4:4], 0, 0), false},
		{"nop", step(0, 4, 0), true},
		{"unknown", step(14, 4, 8), false},
		{"yes too short", step(6, 0, 8), false},
		{"yes beyond the end", step(6, 8, 8), false},
		{"no too short", step(6, 4, 0), false},
		{"no to the end", step(6, 4, 4), true},
		{"no beyond the reject", step(6, 4, 12), false},
		{"port cut off", step(2, 4, 8), false},
		{"into an operand", slices.Concat(step(6, 4, 8), step(2, 8, 12), pack(uint16(0), uint16(22))), false},
		{"prefix too long", host(OpLocalHost, "10.0.0.0/8", 1).with(5, 33), false},
		{"prefix without family", host(OpLocalHost, "", 1).with(5, 1), false},
		{"unix family", host(OpLocalHost, "10.0.0.0/8", 1).with(4, unix.AF_UNIX), false},
		{"too long", make(Bytecode, MaxBytecode+4), false},
	} {
		err := tt.code.Verify()
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrBytecode) {
			t.Errorf("%s: Verify(%x) = %v, want ok %v", tt.name, []byte(tt.code), err, tt.ok)
		}
	}
}

func (b Bytecode) with(at int, v byte) Bytecode {
	b[at] = v
	return b
}

func TestBytecodeString(t *testing.T) {
	code := host(OpLocalHost, "", 1).Or(host(OpRemoteHost, "10.0.0.0/8", 443)).And(host(OpRemoteHost, "fe80::/10", AnyPort).Not())
	code = code.And((&Condition{Op: OpMark, Mark: 1, Mask: 3}).Bytecode()).And((&Condition{Op: OpLocalGE, Port: 1024}).Bytecode())
	code = code.And((&Condition{Op: OpAuto}).Bytecode()).And((&Condition{Op: OpDevice, Device: 2}).Bytecode())
	want := `    0  local port 1, else 20
   16  go to 36
   20  remote 10.0.0.0/8 port 443, else reject
   36  remote fe80::/10, else 68
   64  go to reject
   68  mark 0x1/0x3, else reject
   80  local port >= 1024, else reject
   88  port chosen by the kernel, else reject
   92  interface 2, else reject`
	if got := code.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := (Bytecode{1, 2, 3}).String(); got != "01 02 03" {
		t.Errorf("an invalid program is %q", got)
	}
}

// conditions are the parts of random programs; sockets are their input.
var (
	testConditions = []Condition{
		{Op: OpLocalGE, Port: 100},
		{Op: OpLocalLE, Port: 99},
		{Op: OpLocalEQ, Port: 100},
		{Op: OpRemoteGE, Port: 1},
		{Op: OpRemoteLE, Port: 0xffff},
		{Op: OpRemoteEQ, Port: 0},
		{Op: OpAuto},
		{Op: OpLocalHost, Port: AnyPort},
		{Op: OpLocalHost, Port: 100},
		{Op: OpLocalHost, Port: AnyPort, Prefix: netip.MustParsePrefix("0.0.0.0/0")},
		{Op: OpLocalHost, Port: AnyPort, Prefix: netip.MustParsePrefix("127.0.0.1/32")},
		{Op: OpRemoteHost, Port: AnyPort, Prefix: netip.MustParsePrefix("127.0.0.0/9")},
		{Op: OpRemoteHost, Port: AnyPort, Prefix: netip.MustParsePrefix("::/0")},
		{Op: OpLocalHost, Port: AnyPort, Prefix: netip.MustParsePrefix("::1/128")},
		{Op: OpDevice, Device: 1},
		{Op: OpMark, Mark: 1, Mask: 3},
		{Op: OpCgroup, Cgroup: 1},
	}
	testSockets = []Socket{
		{Family: unix.AF_INET, Local: netip.MustParseAddrPort("127.0.0.1:100"), Remote: netip.MustParseAddrPort("127.127.0.1:99")},
		{Family: unix.AF_INET, Local: netip.MustParseAddrPort("0.0.0.0:99"), Remote: netip.MustParseAddrPort("0.0.0.0:0"), Mark: 5},
		{Family: unix.AF_INET6, Local: netip.MustParseAddrPort("[::ffff:127.0.0.1]:100"), Remote: netip.MustParseAddrPort("[::ffff:127.200.0.1]:1"), Cgroup: 1},
		{Family: unix.AF_INET6, Local: netip.MustParseAddrPort("[::1]:65535"), Remote: netip.MustParseAddrPort("[::1]:100"), Iface: 1},
		{Family: unix.AF_INET6, Local: netip.MustParseAddrPort("[::]:100"), Remote: netip.MustParseAddrPort("[::]:0")},
	}
)

// TestRun checks which of the sockets fulfill single conditions.
func TestRun(t *testing.T) {
	want := []string{
		"10111", "01000", "10101", "10110", "11111", "01001", "11111",
		"11111", "10101", "11100", "10100", "10000", "00111", "00010", "00010", "01000", "00100",
	}
	for i := range testConditions {
		code, got := testConditions[i].Bytecode(), []byte{}
		for j := range testSockets {
			got = append(got, "01"[truth(code.RunAuto(&testSockets[j], true))])
		}
		if string(got) != want[i] {
			t.Errorf("%+v: accepts %s, want %s", testConditions[i], got, want[i])
		}
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// randomProgram returns a program and a function with the same result.
func randomProgram(r *rand.Rand, depth int) (Bytecode, func(s *Socket, auto bool) bool) {
	if depth == 0 || r.IntN(3) == 0 {
		code := testConditions[r.IntN(len(testConditions))].Bytecode()
		return code, append(Bytecode{}, code...).RunAuto
	}
	a, isA := randomProgram(r, depth-1)
	if r.IntN(3) == 0 {
		return a.Not(), func(s *Socket, auto bool) bool { return !isA(s, auto) }
	}
	b, isB := randomProgram(r, depth-1)
	if r.IntN(2) == 0 {
		return a.And(b), func(s *Socket, auto bool) bool { return isA(s, auto) && isB(s, auto) }
	}
	return a.Or(b), func(s *Socket, auto bool) bool { return isA(s, auto) || isB(s, auto) }
}

// TestCombine checks that And, Or and Not combine the results of programs, and that the programs pass
// Verify.
func TestCombine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		code, is := randomProgram(r, 6)
		if err := code.Verify(); err != nil {
			t.Fatalf("%x: %v", []byte(code), err)
		}
		for i := range testSockets {
			for _, auto := range []bool{false, true} {
				if got, want := code.RunAuto(&testSockets[i], auto), is(&testSockets[i], auto); got != want {
					t.Fatalf("%x on socket %d: %v, want %v", []byte(code), i, got, want)
				}
			}
		}
	}
}

func TestRunAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	code, _ := randomProgram(rand.New(rand.NewPCG(3, 4)), 8)
	if n := testing.AllocsPerRun(1000, func() { code.Run(&testSockets[2]) }); n != 0 {
		t.Errorf("Run allocates %v times", n)
	}
}

// FuzzBytecode runs programs that pass Verify: each must end and stay inside its bounds.
func FuzzBytecode(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		code, _ := randomProgram(r, 3)
		f.Add([]byte(code))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		b := Bytecode(code)
		if b.Verify() != nil {
			return
		}
		for i := range testSockets {
			if b.Run(&testSockets[i]) && len(b) == 0 {
				t.Error("an empty program is none")
			}
		}
		b.NeedsAdmin()
		if b.String() == "" {
			t.Errorf("%x has no text", code)
		}
	})
}
