//go:build integration

package integration

import (
	"encoding/binary"
	"errors"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// programs is the number of random programs that are compared.
const programs = 10000

// A table is what one query lists without a filter, by cookie.
type table struct {
	q       diag.Query
	sockets map[uint64]*diag.Socket
	auto    map[uint64]bool // whose port the kernel chose, as it says itself
}

// TestBytecode runs random programs in the kernel over the zoo, valid ones and others, and compares with
// Bytecode.Verify and Bytecode.RunAuto.
func TestBytecode(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	c := dial(t, nil)
	var tables []*table
	for _, q := range []diag.Query{
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP},
		{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP},
	} {
		x := &table{q: q}
		x.read(t, c)
		if len(x.sockets) < 5 {
			t.Fatalf("only %d sockets of %d/%d", len(x.sockets), q.Family, q.Protocol)
		}
		tables = append(tables, x)
	}
	r := rand.New(rand.NewPCG(2026, 11))
	conditions := zooConditions(tables)
	valid, some := 0, 0
	for i := range programs {
		x := tables[r.IntN(len(tables))]
		code := randomProgram(r, conditions, 5)
		if i%2 == 0 {
			code = mutate(r, code)
		}
		accepted, err := x.run(t, c, code)
		if !x.agrees(code, accepted, err) {
			x.read(t, c) // a timer may have ended a socket
			accepted, err = x.run(t, c, code)
		}
		if !x.agrees(code, accepted, err) {
			t.Fatalf("program %d: %x\nVerify: %v, kernel: %v\nkernel accepts %v\nours    accepts %v",
				i, []byte(code), code.Verify(), err, x.describe(accepted), x.describe(x.expect(code)))
		}
		if err == nil {
			valid++
		}
		if len(accepted) > 0 && len(accepted) < len(x.sockets) {
			some++
		}
	}
	t.Logf("%d programs: the kernel took %d, %d of them told sockets apart", programs, valid, some)
	if valid < programs/2 || some < programs/5 {
		t.Error("the programs are too dull")
	}
}

// TestLongestBytecode checks the kernel's limit of the length.
func TestLongestBytecode(t *testing.T) {
	harness.New(t)
	c := dial(t, nil)
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	nop := []byte{byte(diag.OpNop), 4, 0, 0}
	for _, length := range []int{4, diag.MaxBytecode} {
		q.Filter = slices.Repeat(nop, length/4)
		if _, err := diag.Collect(c.Sockets(t.Context(), &q)); err != nil || q.Filter.Verify() != nil {
			t.Errorf("%d bytes: %v, Verify: %v", length, err, q.Filter.Verify())
		}
	}
}

// read lists the table anew.
func (x *table) read(t *testing.T, c *diag.Conn) {
	t.Helper()
	x.sockets = make(map[uint64]*diag.Socket)
	for s, err := range c.Sockets(t.Context(), &x.q) {
		if err != nil {
			t.Fatal(err)
		}
		x.sockets[s.Cookie] = s.Clone()
	}
	auto, err := x.run(t, c, (&diag.Condition{Op: diag.OpAuto}).Bytecode())
	if err != nil {
		t.Fatal(err)
	}
	x.auto = auto
}

// run has the kernel run a program.
func (x *table) run(t *testing.T, c *diag.Conn, code diag.Bytecode) (map[uint64]bool, error) {
	t.Helper()
	q := x.q
	q.Filter = code
	accepted := make(map[uint64]bool)
	for s, err := range c.Sockets(t.Context(), &q) {
		if err != nil {
			if !errors.Is(err, unix.EINVAL) {
				t.Fatalf("%x: %v", []byte(code), err)
			}
			return nil, err
		}
		accepted[s.Cookie] = true
	}
	return accepted, nil
}

// expect returns the sockets that RunAuto accepts.
func (x *table) expect(code diag.Bytecode) map[uint64]bool {
	accepted := make(map[uint64]bool)
	if code.Verify() != nil {
		return accepted
	}
	for cookie, s := range x.sockets {
		if code.RunAuto(s, x.auto[cookie]) {
			accepted[cookie] = true
		}
	}
	return accepted
}

func (x *table) agrees(code diag.Bytecode, accepted map[uint64]bool, err error) bool {
	if (code.Verify() == nil) != (err == nil) {
		return false
	}
	return maps.Equal(accepted, x.expect(code)) || err != nil
}

func (x *table) describe(accepted map[uint64]bool) (list []string) {
	for cookie := range accepted {
		if s := x.sockets[cookie]; s != nil {
			list = append(list, s.State.String()+" "+s.Local.String()+" "+s.Remote.String())
		}
	}
	slices.Sort(list)
	return list
}

// zooConditions makes conditions from values of the sockets, so that programs distinguish them.
func zooConditions(tables []*table) []diag.Condition {
	list := []diag.Condition{{Op: diag.OpAuto}, {Op: diag.OpNop}, {Op: diag.OpMark, Mark: 2, Mask: 2}}
	for _, x := range tables {
		for _, s := range x.sockets {
			port, remote := int32(s.Local.Port()), int32(s.Remote.Port())
			local := s.Local.Addr()
			list = append(list,
				diag.Condition{Op: diag.OpLocalGE, Port: port},
				diag.Condition{Op: diag.OpLocalLE, Port: port},
				diag.Condition{Op: diag.OpLocalEQ, Port: port},
				diag.Condition{Op: diag.OpRemoteGE, Port: remote},
				diag.Condition{Op: diag.OpRemoteLE, Port: remote},
				diag.Condition{Op: diag.OpRemoteEQ, Port: remote},
				diag.Condition{Op: diag.OpLocalHost, Port: port},
				diag.Condition{Op: diag.OpRemoteHost, Port: remote},
				diag.Condition{Op: diag.OpLocalHost, Port: diag.AnyPort, Prefix: netip.PrefixFrom(local, local.BitLen())},
				diag.Condition{Op: diag.OpLocalHost, Port: diag.AnyPort, Prefix: netip.PrefixFrom(local, int(port)%(local.BitLen()+1))},
				diag.Condition{Op: diag.OpRemoteHost, Port: diag.AnyPort, Prefix: netip.PrefixFrom(s.Remote.Addr().Unmap(), int(remote)%33)},
				diag.Condition{Op: diag.OpDevice, Device: s.Iface},
				diag.Condition{Op: diag.OpMark, Mark: s.Mark, Mask: ^uint32(0)},
				diag.Condition{Op: diag.OpCgroup, Cgroup: s.Cgroup},
			)
		}
	}
	return list
}

// randomProgram joins random conditions.
func randomProgram(r *rand.Rand, conditions []diag.Condition, depth int) diag.Bytecode {
	if depth == 0 || r.IntN(3) == 0 {
		return conditions[r.IntN(len(conditions))].Bytecode()
	}
	b := randomProgram(r, conditions, depth-1)
	switch r.IntN(5) {
	case 0:
		return b.Not()
	case 1, 2:
		return b.And(randomProgram(r, conditions, depth-1))
	default:
		return b.Or(randomProgram(r, conditions, depth-1))
	}
}

// mutate changes a program, which may become invalid: other steps, instructions, operands, lengths.
func mutate(r *rand.Rand, b diag.Bytecode) diag.Bytecode {
	for range 1 + r.IntN(2) {
		at := r.IntN(len(b)/4+1) * 4 % len(b)
		switch r.IntN(6) {
		case 0:
			b[at] = byte(r.IntN(15))
		case 1:
			b[at+1] = byte(r.IntN(10) * 4)
		case 2, 3:
			binary.NativeEndian.PutUint16(b[at+2:], uint16(r.IntN(len(b)/4+3)*4))
		case 4:
			b[r.IntN(len(b))] = byte(r.Uint32())
		case 5:
			b = b[:1+r.IntN(len(b))]
		}
		if len(b) < 4 {
			return b
		}
		b = slices.Clip(b)
		if len(b)%4 != 0 {
			return b
		}
	}
	return b
}
