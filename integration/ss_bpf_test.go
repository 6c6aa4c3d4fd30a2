//go:build integration

package integration

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/internal/bpf"
	"github.com/nlstat/nlstat/internal/btf"
)

// bpfCall makes one bpf(2) call with an argument made of words of 32 bits.
func bpfCall(cmd uintptr, attr []uint32) (int, error) {
	fd, _, errno := unix.Syscall(unix.SYS_BPF, cmd, uintptr(unsafe.Pointer(&attr[0])), uintptr(4*len(attr)))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// pinned returns the two words of a pointer.
func pinned(p *runtime.Pinner, b []byte) (low, high uint32) {
	p.Pin(&b[0])
	u := uint64(uintptr(unsafe.Pointer(&b[0])))
	w := binary.NativeEndian.AppendUint64(nil, u)
	return binary.NativeEndian.Uint32(w), binary.NativeEndian.Uint32(w[4:])
}

// A btfMaker makes type information. Its first type is int.
type btfMaker struct {
	types, names []byte
	n            uint32
}

func newBTFMaker() *btfMaker {
	m := &btfMaker{names: []byte{0}}
	m.add(btf.Int, "int", 0, 4, 1<<24|32)
	return m
}

func (m *btfMaker) name(s string) uint32 {
	if s == "" {
		return 0
	}
	off := len(m.names)
	m.names = append(append(m.names, s...), 0)
	return uint32(off)
}

// kindFlag is set in vlen for the flag of the kind.
const kindFlag = 1 << 31

func (m *btfMaker) add(kind btf.Kind, name string, vlen, ref uint32, tail ...uint32) uint32 {
	for _, v := range append([]uint32{m.name(name), uint32(kind)<<24 | vlen, ref}, tail...) {
		m.types = binary.NativeEndian.AppendUint32(m.types, v)
	}
	m.n++
	return m.n
}

func (m *btfMaker) array(elem, n uint32) uint32 { return m.add(btf.Array, "", 0, 0, elem, 1, n) }

func (m *btfMaker) bytes() []byte {
	b := binary.NativeEndian.AppendUint16(nil, 0xeb9f)
	b = append(b, 1, 0)
	for _, v := range []int{24, 0, len(m.types), len(m.types), len(m.names)} {
		b = binary.NativeEndian.AppendUint32(b, uint32(v))
	}
	return append(append(b, m.types...), m.names...)
}

// A skStorage is a map that keeps a value with each socket.
type skStorage struct {
	t      testing.TB
	fd     int
	id     uint32
	values uint32
}

// newStorage makes a map whose values are of a type of m. A test that needs it ends where the kernel has none.
func newStorage(t testing.TB, m *btfMaker, typ, size uint32) *skStorage {
	t.Helper()
	var pin runtime.Pinner
	defer pin.Unpin()
	data := m.bytes()
	low, high := pinned(&pin, data)
	types, err := bpfCall(unix.BPF_BTF_LOAD, []uint32{low, high, 0, 0, uint32(len(data)), 0, 0})
	if err != nil {
		log := make([]byte, 1<<16)
		l, h := pinned(&pin, log)
		_, _ = bpfCall(unix.BPF_BTF_LOAD, []uint32{low, high, l, h, uint32(len(data)), uint32(len(log)), 1})
		if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
			t.Skip("needs bpf(2) with BTF:", err)
		}
		t.Fatalf("load BTF: %v: %s", err, log)
	}
	defer func() { _ = unix.Close(types) }() // the map holds it
	attr := make([]uint32, 15)
	copy(attr, []uint32{bpf.TypeSkStorage, 4, size, 0, 1}) // BPF_F_NO_PREALLOC
	attr[12], attr[13], attr[14] = uint32(types), 1, typ
	fd, err := bpfCall(unix.BPF_MAP_CREATE, attr)
	if err != nil {
		t.Skip("needs BPF_MAP_TYPE_SK_STORAGE:", err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) }) // sockets may hold it
	info, err := bpf.MapInfo(fd)
	if err != nil {
		t.Fatal(err)
	}
	return &skStorage{t: t, fd: fd, id: info.ID, values: size}
}

// put stores a value with a socket.
func (s *skStorage) put(socket *harness.Socket, val []byte) {
	s.t.Helper()
	if len(val) != int(s.values) {
		s.t.Fatalf("a value of %d bytes, the map wants %d", len(val), s.values)
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	key := binary.NativeEndian.AppendUint32(nil, uint32(socket.FD))
	kl, kh := pinned(&pin, key)
	vl, vh := pinned(&pin, val)
	if _, err := bpfCall(unix.BPF_MAP_UPDATE_ELEM, []uint32{uint32(s.fd), 0, kl, kh, vl, vh, 0, 0}); err != nil {
		s.t.Fatal("store a value:", err)
	}
}

// A storageCase is a type with a value.
type storageCase struct {
	name string
	size uint32
	typ  func(m *btfMaker) uint32
}

var storageCases = []storageCase{
	{"int", 4, func(*btfMaker) uint32 { return 1 }},
	{"const typedef", 4, func(m *btfMaker) uint32 {
		return m.add(btf.Typedef, "num_t", 0, m.add(btf.Const, "", 0, m.add(btf.Volatile, "", 0, 1)))
	}},
	{"numbers", 56, func(m *btfMaker) uint32 {
		u8 := m.add(btf.Int, "unsigned char", 0, 1, 8)
		s8 := m.add(btf.Int, "signed char", 0, 1, 1<<24|8)
		u16 := m.add(btf.Int, "unsigned short", 0, 2, 16)
		u64 := m.add(btf.Int, "unsigned long", 0, 8, 64)
		s64 := m.add(btf.Int, "long", 0, 8, 1<<24|64)
		u128 := m.add(btf.Int, "unsigned __int128", 0, 16, 128)
		f32, f64 := m.add(btf.Float, "float", 0, 4), m.add(btf.Float, "double", 0, 8)
		return m.add(btf.Struct, "numbers", 8, 56,
			m.name("a"), u8, 0, m.name("b"), s8, 8, m.name("c"), u16, 16, m.name("f"), f32, 32,
			m.name("d"), u64, 64, m.name("e"), s64, 128, m.name("g"), f64, 192, m.name("h"), u128, 256)
	}},
	{"nested", 40, func(m *btfMaker) uint32 {
		e := m.add(btf.Enum, "color", 3, 4, m.name("RED"), 0, m.name("GREEN"), 0x07060504, m.name("BLUE"), 2)
		in := m.add(btf.Struct, "inner", 2, 8, m.name("x"), 1, 0, m.name("y"), e, 32)
		arr := m.array(in, 2)
		ints := m.array(m.array(1, 1), 2)
		u := m.add(btf.Union, "", 2, 8, m.name("i"), 1, 0, m.name("in"), in, 0)
		return m.add(btf.Struct, "outer", 5, 40, m.name("e"), e, 0, m.name("in"), in, 32,
			m.name("arr"), arr, 96, m.name("ints"), ints, 224, 0, u, 256)
	}},
	{"bitfields", 12, func(m *btfMaker) uint32 {
		e := m.add(btf.Enum, "", 2, 4, m.name("OFF"), 0, m.name("ON"), 1)
		u32 := m.add(btf.Int, "unsigned int", 0, 4, 32)
		return m.add(btf.Struct, "bits", 5|kindFlag, 12, m.name("a"), u32, 3<<24, m.name("b"), 1, 9<<24|3,
			m.name("c"), e, 2<<24|12, m.name("d"), u32, 18<<24|14, m.name("e"), e, 32)
	}},
	{"bits at the end", 2, func(m *btfMaker) uint32 {
		return m.add(btf.Struct, "tail", 2|kindFlag, 2, m.name("a"), 1, 8<<24, m.name("b"), 1, 3<<24|8)
	}},
	{"name first", 24, func(m *btfMaker) uint32 {
		c := m.add(btf.Int, "char", 0, 1, 1<<24|8)
		return m.add(btf.Struct, "named", 5, 24, m.name("name"), m.array(c, 8), 0, m.name("n"), 1, 64,
			m.name("c"), c, 96, m.name("d"), c, 104, m.name("more"), m.array(1, 2), 128)
	}},
	{"pointers", 48, func(m *btfMaker) uint32 {
		void := m.add(btf.Ptr, "", 0, 0)
		fwd := m.add(btf.Ptr, "", 0, m.add(btf.Const, "", 0, m.add(btf.Fwd, "sock", 0, 0)))
		f := m.add(btf.Ptr, "", 0, m.add(btf.FuncProto, "", 2, 1, m.name("a"), 1, 0, void))
		none := m.add(btf.Ptr, "", 0, m.add(btf.FuncProto, "", 0, 0))
		arr := m.add(btf.Ptr, "", 0, m.array(1, 4))
		fs := m.array(f, 1)
		return m.add(btf.Struct, "ptrs", 6, 48, m.name("v"), void, 0, m.name("s"), fwd, 64, m.name("f"), f, 128,
			m.name("n"), none, 192, m.name("a"), arr, 256, m.name("fs"), fs, 320)
	}},
	{"enums", 16, func(m *btfMaker) uint32 {
		small := m.add(btf.Enum, "small", 1|kindFlag, 1, m.name("MINUS"), ^uint32(0))
		signed := m.add(btf.Enum, "signed_one", 1|kindFlag, 4, m.name("LESS"), ^uint32(1))
		big := m.add(btf.Enum64, "big", 1, 8, m.name("BIG"), 0x0b0a0908, 0x0f0e0d0c)
		return m.add(btf.Struct, "enums", 3, 16, m.name("s"), small, 0, m.name("i"), signed, 32, m.name("b"), big, 64)
	}},
	{"big enum signed", 8, func(m *btfMaker) uint32 {
		return m.add(btf.Enum64, "wide", 1|kindFlag, 8, m.name("W"), ^uint32(0), ^uint32(0))
	}},
	{"same names", 8, func(m *btfMaker) uint32 {
		a := m.add(btf.Struct, "same", 1, 4, m.name("a"), 1, 0)
		b := m.add(btf.Struct, "same", 1, 4, m.name("b"), 1, 0)
		return m.add(btf.Struct, "twins", 2, 8, m.name("a"), a, 0, m.name("b"), b, 32)
	}},
	{"empty", 4, func(m *btfMaker) uint32 {
		e := m.add(btf.Struct, "nothing", 0, 0)
		return m.add(btf.Struct, "holder", 3, 4, m.name("e"), e, 0, m.name("i"), 1, 0, m.name("z"), m.array(1, 0), 32)
	}},
	// One value alone is more than datagrams usually hold.
	{"large", 40_000, func(m *btfMaker) uint32 {
		return m.add(btf.Struct, "large", 2, 40_000, m.name("first"), 1, 0, m.name("last"), 1, 8*39_996)
	}},
	{"packed", 18, func(m *btfMaker) uint32 {
		c := m.add(btf.Int, "char", 0, 1, 1<<24|8)
		p := m.add(btf.Ptr, "", 0, c)
		e := m.add(btf.Enum, "mark", 1|kindFlag, 4, m.name("ALL"), ^uint32(0))
		return m.add(btf.Struct, "packed", 4, 18, m.name("c"), c, 0, m.name("i"), 1, 8, m.name("p"), p, 40, m.name("e"), e, 104)
	}},
}

// fillings are values of any length: numbers going up, zeros, ones, and a text.
var fillings = []func(n uint32) []byte{
	func(n uint32) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i)
		}
		return b
	},
	func(n uint32) []byte { return make([]byte, n) },
	func(n uint32) []byte { return []byte(strings.Repeat("\xff", int(n))) },
	func(n uint32) []byte { return []byte(strings.Repeat("ab\x01c\x00d~\x80", int(n)/8+1))[:n] },
	func(n uint32) []byte { return []byte(strings.Repeat("abcdefghij", int(n)/10+1))[:n] },
}

// TestSSStorage compares what is shown of values that BPF programs keep with sockets.
func TestSSStorage(t *testing.T) {
	for _, c := range storageCases {
		t.Run(c.name, func(t *testing.T) {
			ns := harness.New(t)
			m := newBTFMaker()
			s := newStorage(t, m, c.typ(m), c.size)
			for i, fill := range fillings {
				s.put(ns.Listen(fmt.Sprintf("127.0.0.1:%d", 5000+i)), fill(c.size))
				s.put(ns.UDP(fmt.Sprintf("[::1]:%d", 5000+i)), fill(c.size))
			}
			for _, line := range []string{"-tan --bpf-maps", "-tanOH --bpf-maps", "-uan --bpf-maps", fmt.Sprintf("-tan --bpf-map-id=%d", s.id)} {
				got := (&harness.Compare{Program: "ss", Args: words(line)}).Run(ns)
				if !strings.Contains(string(got.Stdout), fmt.Sprintf("map_id:%d", s.id)) && line[1] == 't' {
					t.Errorf("ss %s shows no map", line)
				}
			}
		})
	}
}

// TestSSStorageMaps compares the options, with several maps.
func TestSSStorageMaps(t *testing.T) {
	ns := harness.New(t)
	var maps []*skStorage
	for i := range 3 {
		m := newBTFMaker()
		s := newStorage(t, m, 1, 4)
		maps = append(maps, s)
		for j := range i + 1 {
			s.put(ns.Listen(fmt.Sprintf("127.0.0.1:%d", 6000+10*i+j)), fillings[0](4))
		}
	}
	all := ns.Listen("[::1]:6100")
	ns.Listen("127.0.0.1:6200")
	for _, s := range maps {
		s.put(all, fillings[4](4))
	}
	hash, err := bpfCall(unix.BPF_MAP_CREATE, []uint32{unix.BPF_MAP_TYPE_HASH, 4, 4, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(hash) }() // nothing is in it
	other, err := bpf.MapInfo(hash)
	if err != nil {
		t.Fatal(err)
	}
	a, b := maps[0].id, maps[1].id
	for _, line := range []string{
		"-tan --bpf-maps", "-tan --bpf-maps --bpf-maps", "-tanpOemi --bpf-maps", "-tan --bpf-maps -O",
		fmt.Sprintf("-tan --bpf-map-id=%d", a), fmt.Sprintf("-tan --bpf-map-id=%#x --bpf-map-id=%#o", a, b),
		fmt.Sprintf("-tan --bpf-map-id=%d --bpf-map-id=%d", b, b), fmt.Sprintf("-tan --bpf-map-id=+%d", b),
		fmt.Sprintf("-tan --bpf-map-id=%d --bpf-maps", a), fmt.Sprintf("-tan --bpf-maps --bpf-map-id=%d", a),
		fmt.Sprintf("-tan --bpf-map-id=%#x", other.ID), "-tan --bpf-map-id=4000000000", "-tan --bpf-map-id=4294967295",
		"-tan --bpf-map-id=4294967296", "-tan --bpf-map-id=0", "-tan --bpf-map-id=", "-tan --bpf-map-id=0b1",
		"-tan --bpf-map-id=1_0", "-tan --bpf-map-id=-1", "-tan --bpf-map-id=08", "-tan --bpf-map-id=0x", "-tan --bpf-map-id=++1",
		"-tuwan --bpf-maps", "-xa --bpf-maps", "-tane --bpf-maps state listening sport gt 6009",
	} {
		harness.Parity(ns, "ss", words(line)...)
	}
	for _, line := range []string{"-tan --bpf-maps", fmt.Sprintf("-tan --bpf-map-id=%d", a)} {
		(&harness.Compare{Program: "ss", Args: words(line), UID: 65534}).Run(ns)
	}
}
