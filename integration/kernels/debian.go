package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// defaultVersions are the kernels of the supported Debian releases, and whatever is newest.
var defaultVersions = []string{"5.10", "6.1", "6.12", "newest"}

// releases are the Debian releases whose kernels are looked for, beside the machine's own.
var releases = []string{"bullseye", "bookworm", "trixie", "sid"}

// A kernelPackage is a Debian package of a stock kernel.
type kernelPackage struct {
	name    string // linux-image-6.1.0-50-amd64
	version string // 6.1.0-50-amd64: what uname -r says
}

// stockKernel matches the packages of the ordinary kernels, without those for clouds, real time or
// signing, which lack modules or repeat them.
var stockKernel = regexp.MustCompile(`^linux-image-(([0-9]+)\.([0-9]+)[-.+~0-9a-z]*-amd64) `)

// resolve finds the newest stock package for each wanted version prefix.
func resolve(ctx context.Context, o *options) ([]kernelPackage, error) {
	out, err := listPackages(ctx, o)
	if err != nil {
		return nil, err
	}
	var all []kernelPackage
	for line := range strings.Lines(out) {
		m := stockKernel.FindStringSubmatch(line)
		if m != nil && !strings.Contains(m[1], "cloud") && !strings.Contains(m[1], "rt-") {
			all = append(all, kernelPackage{name: "linux-image-" + m[1], version: m[1]})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the package mirror offers no stock kernels")
	}
	slices.SortFunc(all, func(a, b kernelPackage) int { return compareVersions(a.version, b.version) })
	var chosen []kernelPackage
	for _, want := range o.versions {
		p, ok := newest(all, want)
		if !ok {
			return nil, fmt.Errorf("the package mirror offers no kernel %s", want)
		}
		if !slices.Contains(chosen, p) {
			chosen = append(chosen, p)
		}
	}
	return chosen, nil
}

// newest returns the last of a sorted list that begins with the version prefix.
func newest(all []kernelPackage, want string) (p kernelPackage, ok bool) {
	for _, k := range slices.Backward(all) {
		rest, found := strings.CutPrefix(k.version, want)
		if want == "newest" || found && (rest == "" || rest[0] < '0' || rest[0] > '9') {
			return k, true
		}
	}
	return kernelPackage{}, false
}

var digits = regexp.MustCompile(`[0-9]+`)

// compareVersions orders by the numbers in two versions.
func compareVersions(a, b string) int {
	as, bs := digits.FindAllString(a, -1), digits.FindAllString(b, -1)
	return slices.CompareFunc(as, bs, func(x, y string) int {
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
}

// aptOptions make apt work in a folder of our own, with lists of all the releases, so that nothing
// of the machine's configuration changes.
func aptOptions(o *options) []string {
	root := filepath.Join(o.cache, "apt")
	return []string{
		"-o", "Dir::Etc::sourcelist=" + filepath.Join(root, "sources.list"),
		"-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::State::lists=" + filepath.Join(root, "lists"),
		"-o", "Dir::Cache=" + filepath.Join(root, "cache"),
		"-o", "APT::Sandbox::User=root",
		"-qq",
	}
}

// listPackages returns the names of the kernel packages that the mirror offers.
func listPackages(ctx context.Context, o *options) (string, error) {
	root := filepath.Join(o.cache, "apt")
	for _, dir := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return "", err
		}
	}
	mirror, keys, err := ownMirror()
	if err != nil {
		return "", err
	}
	var list bytes.Buffer
	for _, r := range releases {
		fmt.Fprintf(&list, "deb %s%s %s main\n", keys, mirror, r)
	}
	if err := os.WriteFile(filepath.Join(root, "sources.list"), list.Bytes(), 0o644); err != nil {
		return "", err
	}
	if _, err := command(ctx, "apt-get", append(aptOptions(o), "update")...); err != nil {
		return "", err
	}
	return command(ctx, "apt-cache", append(aptOptions(o), "search", "--names-only", "^linux-image-[0-9]")...)
}

// ownMirror finds the Debian mirror of this machine and the option that names its keys.
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
		if m := mirrorOf(b); m != "" {
			mirror = m
			break
		}
	}
	if mirror == "" {
		return "", "", errors.New("no Debian mirror in this machine's apt configuration")
	}
	const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
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

// A kernel is an unpacked package.
type kernel struct {
	kernelPackage
	root string // the package's files
}

// image is the kernel itself: below boot, or beside its modules from 7.0 on.
func (k *kernel) image() string {
	beside := filepath.Join(k.modules(), "vmlinuz")
	if _, err := os.Stat(beside); err == nil {
		return beside
	}
	return filepath.Join(k.root, "boot", "vmlinuz-"+k.version)
}

// modules is the folder of its modules.
func (k *kernel) modules() string {
	dir := filepath.Join(k.root, "usr", "lib", "modules", k.version)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	return filepath.Join(k.root, "lib", "modules", k.version)
}

// unpack fetches a kernel's package and unpacks it, once.
func unpack(ctx context.Context, o *options, p kernelPackage) (*kernel, error) {
	k := &kernel{kernelPackage: p, root: filepath.Join(o.cache, p.version)}
	if _, err := os.Stat(k.image()); err == nil {
		return k, nil
	}
	if err := os.MkdirAll(k.root, 0o755); err != nil {
		return nil, err
	}
	names, err := parts(ctx, o, p)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		deb, err := download(ctx, o, name)
		if err != nil {
			return nil, err
		}
		_, err = command(ctx, "dpkg-deb", "-x", deb, k.root)
		if rm := os.Remove(deb); err == nil {
			err = rm
		}
		if err != nil {
			return nil, err
		}
	}
	return k, dependencies(ctx, k)
}

// parts lists the packages that a kernel comes in: one up to 6.12; from 7.0 on, image and modules
// are packages of their own, which the first depends on.
func parts(ctx context.Context, o *options, p kernelPackage) ([]string, error) {
	out, err := command(ctx, "apt-cache", append(aptOptions(o), "depends", p.name)...)
	if err != nil {
		return nil, err
	}
	names := []string{p.name}
	for line := range strings.Lines(out) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "Depends: ")
		if ok && strings.HasSuffix(name, p.version) {
			names = append(names, name)
		}
	}
	return names, nil
}

// download fetches a package without looking at what it depends on, and returns its file.
func download(ctx context.Context, o *options, name string) (string, error) {
	dir, err := os.MkdirTemp(o.cache, "deb")
	if err != nil {
		return "", err
	}
	script := `cd "$0" && exec apt-get "$@"`
	args := append([]string{"-c", script, dir}, aptOptions(o)...)
	if _, err := command(ctx, "sh", append(args, "download", name)...); err != nil {
		return "", err
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) != 1 {
		return "", fmt.Errorf("download %s: %d packages came: %w", name, len(debs), err)
	}
	to := filepath.Join(o.cache, name+".deb")
	if err := os.Rename(debs[0], to); err != nil {
		return "", err
	}
	return to, os.Remove(dir)
}
