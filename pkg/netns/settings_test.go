//go:build linux

package netns_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/netns"
)

func TestSettings(t *testing.T) {
	const known, unknown = "ipv4/ip_local_port_range", "ipv4/no_such_setting"
	want, err := os.ReadFile(netns.SettingsFolder + known)
	if err != nil {
		t.Skip(err)
	}
	got, err := netns.Settings(0, known, unknown)
	if err != nil || got[known] != strings.TrimSpace(string(want)) || len(got) != 1 {
		t.Errorf("%q, %v, want %q alone", got, err, want)
	}
	if got, err := netns.Settings(0, "ipv4"); err == nil {
		t.Errorf("a folder is read as %q", got)
	}
}
