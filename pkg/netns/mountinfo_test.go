//go:build linux

package netns

import (
	"strings"
	"testing"
)

func TestParseMount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line, point string
		inode       uint64
		ok          bool
	}{
		{"36 35 0:4 net:[4026532270] /run/netns/blue rw shared:5 - nsfs nsfs rw\n", "/run/netns/blue", 4026532270, true},
		{"36 35 0:4 net:[4026532270] /run/netns/blue rw - nsfs nsfs rw", "/run/netns/blue", 4026532270, true},
		{"36 35 0:4 net:[1] /x rw shared:1 master:2 unbindable - nsfs nsfs rw", "/x", 1, true},
		{`36 35 0:4 net:[1] /run/netns/a\040b\134 rw - nsfs nsfs rw`, `/run/netns/a b\`, 1, true},
		{"36 35 0:4 mnt:[4026532270] /run/x rw shared:5 - nsfs nsfs rw", "", 0, false},
		{"36 35 0:4 / /run/net:[1] rw - tmpfs tmpfs rw", "", 0, false},
		{"36 35 0:4 / net:[1] rw - nsfs nsfs rw", "", 0, false},
		{"36 35 0:4 net:[1] /x rw - fuse.nsfs nsfs rw", "", 0, false},
		{"36 35 0:4 net:[1] /x rw - fuse nsfs rw", "", 0, false},
		{"36 35 0:4 net:[1x] /run/netns/blue rw - nsfs nsfs rw", "", 0, false},
		{"36 35 0:4 net:[] /run/netns/blue rw - nsfs nsfs rw", "", 0, false},
		{"36 35 0:4 net:[99999999999999999999] /x rw - nsfs nsfs rw", "", 0, false},
		{"36 35 0:4 net:[1] x rw - nsfs nsfs rw", "", 0, false},
		{" net:[1] - nsfs ", "", 0, false},
		{"", "", 0, false},
	} {
		inode, point, ok := parseMount([]byte(tt.line))
		if ok != tt.ok || ok && (inode != tt.inode || point != tt.point) {
			t.Errorf("parseMount(%q) = %d, %q, %t, want %d, %q, %t", tt.line, inode, point, ok, tt.inode, tt.point, tt.ok)
		}
	}
}

func TestIPName(t *testing.T) {
	t.Parallel()
	for point, want := range map[string]string{
		"/run/netns/blue": "blue", "/var/run/netns/green": "green", "/run/netns/": "", "/run/netns": "",
		"/run/docker/netns/1-abc": "", "/run/netns/a/b": "", "/run/netns/gone//deleted": "", "/proc/7/root/run/netns/blue": "",
	} {
		if got, ok := ipName(point); ok != (want != "") || ok && got != want {
			t.Errorf("ipName(%q) = %q, %t, want %q", point, got, ok, want)
		}
	}
}

func FuzzParseMount(f *testing.F) {
	f.Add([]byte("36 35 0:4 net:[4026532270] /run/netns/a\\040b rw shared:5 - nsfs nsfs rw\n"))
	f.Add([]byte("36 35 0:4 / / rw - tmpfs net:[1] rw"))
	f.Fuzz(func(t *testing.T, line []byte) {
		inode, point, ok := parseMount(line)
		if !ok {
			return
		}
		if !strings.HasPrefix(point, "/") {
			t.Errorf("parseMount(%q) finds the mount point %q", line, point)
		}
		if fields := strings.Fields(string(line)); len(fields) < 4 || strings.Count(string(line), link(inode)) == 0 &&
			!strings.Contains(string(line), "net:[0") {
			t.Errorf("parseMount(%q) finds net:[%d]", line, inode)
		}
	})
}
