package debian

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoMirror says that the machine's package manager knows no Debian archive.
var ErrNoMirror = errors.New("no Debian mirror in this machine's apt configuration")

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// ownMirror finds the Debian mirror of this machine and the option of a source line that names its keys.
func ownMirror() (mirror, keys string, err error) {
	files, err := filepath.Glob("/etc/apt/sources.list.d/*")
	if err != nil {
		return "", "", err
	}
	for _, name := range append([]string{"/etc/apt/sources.list"}, files...) {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // a list that is not there, or not for us
		}
		if mirror = mirrorOf(b); mirror != "" {
			break
		}
	}
	if mirror == "" {
		return "", "", ErrNoMirror
	}
	if _, err := os.Stat(keyring); err == nil {
		keys = "[signed-by=" + keyring + "] "
	}
	return mirror, keys, nil
}

// mirrorOf finds the first Debian archive in a list of either format of sources.list(5).
func mirrorOf(list []byte) string {
	s := bufio.NewScanner(bytes.NewReader(list))
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) < 2 || f[0] != "URIs:" && f[0] != "deb" {
			continue
		}
		for _, uri := range f[1:] {
			if strings.HasSuffix(strings.TrimSuffix(uri, "/"), "/debian") {
				return uri
			}
		}
	}
	return ""
}
