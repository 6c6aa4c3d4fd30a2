//go:build linux

package nl

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

type attr struct {
	Type uint16
	Val  string
}

func walk(b []byte) (all []attr, rest int) {
	attrs := Attrs(b)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return all, attrs.Rest()
		}
		all = append(all, attr{typ, string(val)})
	}
}

func TestAttrs(t *testing.T) {
	two := AppendAttr(AppendAttr(nil, 1, []byte("abc")), 2, []byte("wxyz"))
	nested, at := OpenAttr(nil, 5)
	nested = CloseAttr(AppendAttr(nested, 1, []byte{1}), at)
	zero := append(AppendAttr(nil, 1, []byte("a")), 0, 0, 9, 9)
	tests := []struct {
		name string
		in   []byte
		want []attr
		rest int
	}{
		{name: "none"},
		{name: "two", in: two, want: []attr{{1, "abc"}, {2, "wxyz"}}},
		{name: "last without padding", in: AppendAttr(nil, 1, []byte("abc"))[:7], want: []attr{{1, "abc"}}},
		{name: "no value", in: AppendAttr(nil, 3, nil), want: []attr{{3, ""}}},
		{name: "nested flag is cleared", in: nested, want: []attr{{5, string(AppendAttr(nil, 1, []byte{1}))}}},
		{name: "byte order flag is cleared", in: AppendAttr(nil, 7|unix.NLA_F_NET_BYTEORDER, nil), want: []attr{{7, ""}}},
		{name: "length 0 ends the walk", in: zero, want: []attr{{1, "a"}}, rest: 4},
		{name: "cut header", in: two[:10], want: []attr{{1, "abc"}}, rest: 2},
		{name: "length beyond the end", in: two[:14], want: []attr{{1, "abc"}}, rest: 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, rest := walk(tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if rest != tt.rest {
				t.Errorf("rest = %d, want %d", rest, tt.rest)
			}
		})
	}
}

func TestValues(t *testing.T) {
	if v, ok := Uint32([]byte{1, 2, 3}); ok || v != 0 {
		t.Errorf("Uint32 of three bytes = %d, %v, want none", v, ok)
	}
	if v, ok := Uint16([]byte{1, 0, 0}); ok || v != 0 {
		t.Errorf("Uint16 of three bytes = %d, %v, want none", v, ok)
	}
	if _, ok := Uint64(make([]byte, 8)); !ok {
		t.Error("Uint64 of eight bytes failed")
	}
	if _, ok := Uint8(nil); ok {
		t.Error("Uint8 of nothing worked")
	}
	if got := string(CString([]byte("bbr\x00junk"))); got != "bbr" {
		t.Errorf("CString = %q, want bbr", got)
	}
	if got := string(CString([]byte("cubic"))); got != "cubic" {
		t.Errorf("CString without NUL = %q, want cubic", got)
	}
}
