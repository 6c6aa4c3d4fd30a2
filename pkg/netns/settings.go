//go:build linux

package netns

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// SettingsFolder is the directory of the settings of the reading thread's network namespace (net.* of
// sysctl(8)). No netlink message has them.
const SettingsFolder = "/proc/sys/net/"

// Settings reads settings of the network namespace of the descriptor ns, as [Do] takes it, by their names
// below [SettingsFolder], such as "core/somaxconn". White space around values is removed. Settings that the
// namespace does not have are left out: those of the whole host are in its initial namespace only. Settings
// that were read before an error are returned with it.
func Settings(ns int, names ...string) (map[string]string, error) {
	values := make(map[string]string, len(names))
	return values, Do(ns, func() error {
		for _, name := range names {
			text, err := os.ReadFile(SettingsFolder + name)
			switch {
			case err == nil:
				values[name] = strings.TrimSpace(string(text))
			case !errors.Is(err, fs.ErrNotExist):
				return err
			}
		}
		return nil
	})
}
