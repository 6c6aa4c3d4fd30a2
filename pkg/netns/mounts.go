package netns

import (
	"bufio"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// mountInfo notes the namespaces that are mounted where the process sees them. Tools mount them to keep
// them alive and to name them: `ip netns`, docker, containerd, cri-o, each in a folder of its own.
func (f *finder) mountInfo(dir string) {
	file, err := os.Open(filepath.Join(dir, "mountinfo"))
	if err != nil {
		return // the process has ended, or its threads told of it already
	}
	defer file.Close() //nolint:errcheck // it was only read
	in := bufio.NewScanner(file)
	for in.Scan() {
		inode, point, ok := parseMount(in.Text())
		if !ok {
			continue
		}
		n := f.found(inode, filepath.Join(dir, "root", point))
		n.Names = append(n.Names, mountName(point))
	}
}

// parseMount reads a line of mountinfo:
//
//	36 35 0:4 net:[4026532270] /run/netns/blue rw shared:5 - nsfs nsfs rw
func parseMount(line string) (inode uint64, point string, ok bool) {
	if !strings.Contains(line, " net:[") {
		return 0, "", false
	}
	words := strings.Fields(line)
	if len(words) < 5 || !strings.Contains(line, " - nsfs ") {
		return 0, "", false
	}
	inode, err := parseLink(words[3])
	return inode, unescape(words[4]), err == nil
}

// mountName shortens /run/netns/NAME, where `ip netns` keeps them, to NAME.
func mountName(point string) string {
	for _, dir := range []string{"/run/netns", "/var/run/netns"} {
		if path.Dir(point) == dir {
			return path.Base(point)
		}
	}
	return point
}

// unescape undoes what the kernel does to blanks in paths: three octal digits after a backslash.
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
