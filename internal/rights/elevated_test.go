package rights

import (
	"os"
	"testing"
)

func TestExceed(t *testing.T) {
	for _, c := range []struct {
		name string
		is   credentials
		want bool
	}{
		{"a user", credentials{uid: 1000, euid: 1000, gid: 1000, egid: 1000}, false},
		{"root", credentials{permitted: ^uint64(0)}, false},
		{"root, AT_SECURE", credentials{secure: true}, true},
		{"set-user-ID", credentials{uid: 1000, euid: 0}, true},
		{"set-group-ID", credentials{uid: 1000, euid: 1000, gid: 1000, egid: 4}, true},
		{"file or ambient capabilities", credentials{uid: 1000, euid: 1000, permitted: 4}, true},
	} {
		if got := c.is.exceed(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestDelegated checks the variables of sudo and its kin.
func TestDelegated(t *testing.T) {
	for _, d := range &delegators {
		t.Setenv(d.variable, "")
	}
	if delegated() {
		t.Error("delegated by nobody")
	}
	for _, d := range &delegators {
		for value, want := range map[string]bool{"1000": true, "someone": true, d.root: false, "": false} {
			t.Setenv(d.variable, value)
			if delegated() != want {
				t.Errorf("%s=%s: %v", d.variable, value, !want)
			}
		}
		t.Setenv(d.variable, "")
	}
}

// TestReadCredentials compares with what the process knows of itself.
func TestReadCredentials(t *testing.T) {
	c := readCredentials()
	if c.uid != os.Getuid() || c.euid != os.Geteuid() || c.secure {
		t.Errorf("%+v", c)
	}
	if os.Geteuid() == 0 && c.permitted == 0 {
		t.Error("root without a capability")
	}
}
