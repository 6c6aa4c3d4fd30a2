//go:build linux

package netns

import (
	"bytes"
	"strings"
)

// parseMount reads a line of mountinfo. There may be more fields before the single "-":
//
//	36 35 0:4 net:[4026532270] /run/netns/blue rw shared:5 - nsfs nsfs rw
//
// Only nsfs has such a root: those of other file systems begin with a slash.
func parseMount(line []byte) (inode uint64, point string, ok bool) {
	if !bytes.Contains(line, []byte(" net:[")) {
		return 0, "", false
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	var root, mount []byte
	for i := range 5 {
		word, rest, found := bytes.Cut(line, []byte(" "))
		if !found {
			return 0, "", false
		}
		switch i {
		case 3:
			root = word
		case 4:
			mount = word
		}
		line = rest
	}
	if !bytes.Contains(line, []byte(" - nsfs ")) || len(mount) == 0 || mount[0] != '/' {
		return 0, "", false // blanks in a field are escaped
	}
	inode, ok = parseLink(root, "net:[")
	if !ok {
		return 0, "", false
	}
	return inode, unescape(string(mount)), true
}

// unescape decodes the kernel's escapes in paths: three octal digits after a backslash.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && octal(s[i+1]) && octal(s[i+2]) && octal(s[i+3]) {
			b.WriteByte((s[i+1]-'0')<<6 | (s[i+2]-'0')<<3 | (s[i+3] - '0'))
			i += 3
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func octal(c byte) bool { return '0' <= c && c <= '7' }
