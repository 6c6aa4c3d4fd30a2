package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An Archive is the mirror's offer of some suites, with a folder of our own to keep it in.
type Archive struct{ dir string }

// Open fetches the lists of the suites ("bookworm", "sid") into a folder and returns the archive.
func Open(ctx context.Context, dir string, suites ...string) (*Archive, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return nil, err
		}
	}
	mirror, keys, err := ownMirror()
	if err != nil {
		return nil, err
	}
	var list bytes.Buffer
	for _, suite := range suites {
		fmt.Fprintf(&list, "deb %s%s %s main\n", keys, mirror, suite)
	}
	if err := os.WriteFile(filepath.Join(dir, "sources.list"), list.Bytes(), 0o644); err != nil {
		return nil, err
	}
	a := &Archive{dir: dir}
	_, err = a.apt(ctx, dir, "apt-get", "update")
	return a, err
}

// apt runs one of apt's commands on our own lists, in a folder.
func (a *Archive) apt(ctx context.Context, dir, command string, words ...string) (string, error) {
	args := []string{
		"-o", "Dir::Etc::sourcelist=" + filepath.Join(a.dir, "sources.list"),
		"-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::State::lists=" + filepath.Join(a.dir, "lists"),
		"-o", "Dir::Cache=" + filepath.Join(a.dir, "cache"),
		// Images of containers switch these off; without them every command reads the lists anew.
		"-o", "Dir::Cache::pkgcache=pkgcache.bin",
		"-o", "Dir::Cache::srcpkgcache=srcpkgcache.bin",
		"-o", "APT::Sandbox::User=root",
		"-o", "Acquire::Retries=3",
		// Mirrors may be snapshots. Signatures are checked; which version comes is ours to say, not the date's.
		"-o", "Acquire::Check-Valid-Until=false",
		"-qq",
	}
	return run(ctx, dir, command, append(args, words...)...)
}

// Names returns the packages whose names match a regular expression, one a line with what they are.
func (a *Archive) Names(ctx context.Context, expression string) (string, error) {
	return a.apt(ctx, a.dir, "apt-cache", "search", "--names-only", expression)
}

// Version returns the newest version of a package that begins with a prefix, "" if there is none.
func (a *Archive) Version(ctx context.Context, name, prefix string) (string, error) {
	out, err := a.apt(ctx, a.dir, "apt-cache", "madison", name)
	if err != nil {
		return "", err
	}
	return versionOf(out, prefix), nil
}

// versionOf reads what apt-cache madison prints: name | version | where from, newest first.
func versionOf(madison, prefix string) string {
	for line := range strings.Lines(madison) {
		if f := strings.Split(line, "|"); len(f) == 3 {
			if version := strings.TrimSpace(f[1]); strings.HasPrefix(version, prefix) {
				return version
			}
		}
	}
	return ""
}

// Depends returns the names of the packages that a package cannot do without.
func (a *Archive) Depends(ctx context.Context, name string) ([]string, error) {
	out, err := a.apt(ctx, a.dir, "apt-cache", "depends", name)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(out) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "Depends: "); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// Unpack downloads a package ("name" or "name=version"), without those that it depends on, and unpacks its
// files into a folder.
func (a *Archive) Unpack(ctx context.Context, name, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(a.dir, "deb")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the package is unpacked by then
	if _, err := a.apt(ctx, dir, "apt-get", "download", name); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) != 1 {
		return errors.Join(fmt.Errorf("download %s: %d packages came", name, len(debs)), err)
	}
	_, err = run(ctx, dir, "dpkg-deb", "-x", debs[0], to)
	return err
}

// run runs a command in a folder and returns what it printed; on failure the error holds its complaints.
func run(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(exit.Stderr))
	}
	return string(out), err
}
