package bpf

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

// TestLayout compares the structures with union bpf_attr, struct bpf_map_info and struct bpf_btf_info of
// include/uapi/linux/bpf.h.
func TestLayout(t *testing.T) {
	var l linkCreate
	var i iterCreate
	var id byID
	var o objInfo
	var m Map
	var b btfInfo
	check(t, "next_id", unsafe.Offsetof(id.next), 4)
	check(t, "fd_by_id_token_fd", unsafe.Offsetof(id.tokenFD), 12)
	check(t, "info.info", unsafe.Offsetof(o.info), 8)
	check(t, "info", unsafe.Sizeof(o), 16)
	check(t, "link_create.attach_type", unsafe.Offsetof(l.attachType), 8)
	check(t, "link_create", unsafe.Sizeof(l), 16)
	check(t, "iter_create", unsafe.Sizeof(i), 8)
	check(t, "bpf_map_info.name", unsafe.Offsetof(m.Name), 24)
	check(t, "bpf_map_info.netns_dev", unsafe.Offsetof(m.NetnsDev), 48)
	check(t, "bpf_map_info.btf_id", unsafe.Offsetof(m.BTF), 64)
	check(t, "bpf_map_info.btf_value_type_id", unsafe.Offsetof(m.ValueType), 72)
	check(t, "bpf_map_info", unsafe.Sizeof(m), 80)
	check(t, "bpf_btf_info.btf_size", unsafe.Offsetof(b.size), 8)
	check(t, "bpf_btf_info", unsafe.Sizeof(b), 16)
	if strconv.IntSize != 64 {
		t.Log("no iterators with pointers of 32 bits: the argument that loads programs is not compared")
		return
	}
	var p progLoad
	check(t, "insns", unsafe.Offsetof(p.insns), 8)
	check(t, "license", unsafe.Offsetof(p.license), 16)
	check(t, "log_buf", unsafe.Offsetof(p.logBuf), 32)
	check(t, "prog_flags", unsafe.Offsetof(p.flags), 44)
	check(t, "prog_name", unsafe.Offsetof(p.name), 48)
	check(t, "expected_attach_type", unsafe.Offsetof(p.expectedAttach), 68)
	check(t, "attach_btf_id", unsafe.Offsetof(p.attachBTF), 108)
	check(t, "bpf_attr", unsafe.Sizeof(p), 120)
}

func check(t *testing.T, what string, got, want uintptr) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}

const verifierLog = "0: R1=ctx() R10=fp0\n0: (95) exit\nR0 !read_ok\nprocessed 1 insns (limit 1000000)\n"

func TestLastWords(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{"nothing", "", ""},
		{"not seen by the verifier", "\x00\x00\x00\x00", ""},
		{"the count alone", "processed 0 insns\n\x00", ""},
		{"a complaint", verifierLog + "\x00old rubbish\nbehind\n", "R0 !read_ok"},
		{"without an end", strings.TrimSuffix(verifierLog, "\n"), "R0 !read_ok"},
		{"blank lines behind", verifierLog + "\n\n\x00", "R0 !read_ok"},
	} {
		if got := string(lastWords([]byte(c.log))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzLastWords checks that it is one line of the log, whatever the kernel has written.
func FuzzLastWords(f *testing.F) {
	f.Add([]byte(verifierLog))
	f.Add([]byte("\n\x00\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		got := lastWords(log)
		if bytes.ContainsAny(got, "\n\x00") || !bytes.Contains(log, got) {
			t.Errorf("lastWords(%q) = %q", log, got)
		}
	})
}
