package rights

import (
	"os"

	"golang.org/x/sys/unix"
)

// credentials are the kernel's credentials of this process that show whether it has more rights
// than its caller.
type credentials struct {
	uid, euid, gid, egid int
	secure               bool   // AT_SECURE: the kernel started it with more rights than the caller has
	permitted            uint64 // capabilities
}

// atSecure is the key in the auxiliary vector (AT_SECURE, include/uapi/linux/auxvec.h).
const atSecure = 23

func readCredentials() credentials {
	c := credentials{uid: os.Getuid(), euid: os.Geteuid(), gid: os.Getgid(), egid: os.Getegid()}
	if vector, err := unix.Auxv(); err == nil {
		for _, entry := range vector {
			c.secure = c.secure || entry[0] == atSecure && entry[1] != 0
		}
	}
	if _, have, err := capabilities(); err == nil {
		c.permitted = uint64(have[1].Permitted)<<32 | uint64(have[0].Permitted)
	}
	return c
}

// exceed reports whether the process has more than its real user: by set-user-ID, file capabilities
// or ambient capabilities. Capabilities of root are its own.
func (c *credentials) exceed() bool {
	return c.secure || c.euid != c.uid || c.egid != c.gid || c.uid != 0 && c.permitted != 0
}

// FromFile reports whether the program's file gives it rights that its caller lacks, by set-user-ID or file
// capabilities: every user who may start it has them. Ambient capabilities come from the parent process.
func FromFile() bool {
	c := readCredentials()
	return c.secure || c.euid != c.uid || c.egid != c.gid
}

// Elevated reports whether this process has more rights than its caller: capabilities or an effective user
// that its real user lacks, or sudo, doas or pkexec started it for another user.
func Elevated() bool {
	c := readCredentials()
	return c.exceed() || delegated()
}

// delegators are the variables in which programs that run commands as another user name their caller,
// each with the value for root.
var delegators = [...]struct{ variable, root string }{
	{"SUDO_UID", "0"}, {"SUDO_USER", "root"}, {"PKEXEC_UID", "0"}, {"DOAS_USER", "root"},
}

func delegated() bool {
	for _, d := range &delegators {
		if v := os.Getenv(d.variable); v != "" && v != d.root {
			return true
		}
	}
	return false
}
