package rights

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCallerOf(t *testing.T) {
	root := credentials{permitted: ^uint64(0)}
	for _, c := range []struct {
		name    string
		is      credentials
		env     map[string]string
		want    caller
		limited bool
	}{
		{"root", root, nil, caller{}, false},
		{"a user", credentials{uid: 7, euid: 7}, nil, caller{uid: 7}, false},
		{"a user with capabilities", credentials{uid: 7, euid: 7, gid: 8, egid: 8, permitted: 1}, nil, caller{uid: 7, gid: 8}, true},
		{
			"sudo nlstat", root,
			map[string]string{"SUDO_UID": "7", "SUDO_GID": "8", "SUDO_COMMAND": "/bin/nlstat -a"},
			caller{uid: 7, gid: 8, sudo: true},
			true,
		},
		{"sudo -s", root, map[string]string{"SUDO_UID": "7", "SUDO_GID": "8", "SUDO_COMMAND": "/bin/bash"}, caller{}, false},
		{"sudo ss", root, map[string]string{"SUDO_UID": "7", "SUDO_GID": "8", "SUDO_COMMAND": "/bin/ss -F x"}, caller{}, false},
		{"sudo by root", root, map[string]string{"SUDO_UID": "0", "SUDO_COMMAND": "/bin/nlstat"}, caller{}, false},
		{
			"sudo -u 9 nlstat",
			credentials{uid: 9, euid: 9},
			map[string]string{"SUDO_UID": "7", "SUDO_GID": "8", "SUDO_COMMAND": "/bin/nlstat"},
			caller{},
			false,
		},
		{"doas", root, map[string]string{"DOAS_USER": "alice"}, caller{}, false},
		{"nonsense", root, map[string]string{"SUDO_UID": "-1", "SUDO_COMMAND": "/bin/nlstat"}, caller{}, false},
		{"pkexec", root, map[string]string{"PKEXEC_UID": "7"}, caller{uid: 7, gid: 7, sudo: true}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, v := range []string{"SUDO_UID", "SUDO_GID", "SUDO_COMMAND", "PKEXEC_UID", "DOAS_USER"} {
				t.Setenv(v, c.env[v])
			}
			got, limited := callerOf(&c.is)
			if limited != c.limited || limited && got != c.want {
				t.Errorf("%+v, %v; want %+v, %v", got, limited, c.want, c.limited)
			}
		})
	}
}

// TestOpenPlain checks that without more rights than the caller's these are the functions of package os.
func TestOpenPlain(t *testing.T) {
	for _, v := range []string{"SUDO_UID", "SUDO_COMMAND", "PKEXEC_UID"} {
		t.Setenv(v, "")
	}
	if Limited() {
		t.Skip("the tests have more rights than who runs them")
	}
	file := filepath.Join(t.TempDir(), "file")
	f, err := Create(file, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close() // nothing was written
	if text, err := ReadFile(file); err != nil || len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Truncate(file, maxFile+1); err != nil {
		t.Fatal(err)
	}
	for _, endless := range []string{file, "/dev/zero"} {
		if _, err := ReadFile(endless); !errors.Is(err, errTooLong) {
			t.Errorf("%s: %v", endless, err)
		}
	}
	if err := os.Truncate(file, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file + "/none"); !errors.Is(err, unix.ENOTDIR) {
		t.Error(err)
	}
	want := errors.New("mine")
	if err := AsCaller(func() error { return want }); err != want { //nolint:errorlint // the very one
		t.Error(err)
	}
	if _, err := ReadConfig(filepath.Dir(file)); !errors.Is(err, ErrNotFile) {
		t.Error(err)
	}
	if text, err := ReadConfig(file); err != nil || len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Chmod(file, 0o602); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig(file); !errors.Is(err, ErrWritable) {
		t.Error(err)
	}
	if _, err := ReadConfig(file + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestRedirects(t *testing.T) {
	for _, entry := range []string{"PROC_ROOT /x", "PROC_NET_TCP6 ", "TZ /x", "TZ :/x", "TZ ../x", "ZONEINFO /x", "TMPDIR /x", "HOSTALIASES x"} {
		name, value, _ := strings.Cut(entry, " ")
		if !redirects(name, value) {
			t.Errorf("%s stays", entry)
		}
	}
	for _, entry := range []string{"TZ Europe/Berlin", "TZ UTC0", "TZX /x", "PROCX /x", "HOME /x", "TCPDIAG_FILE x"} {
		name, value, _ := strings.Cut(entry, " ")
		if redirects(name, value) {
			t.Errorf("%s goes", entry)
		}
	}
}
