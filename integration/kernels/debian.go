package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/integration/debian"
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
func resolve(ctx context.Context, o *options, archive *debian.Archive) ([]kernelPackage, error) {
	out, err := archive.Names(ctx, "^linux-image-[0-9]")
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
func unpack(ctx context.Context, o *options, archive *debian.Archive, p kernelPackage) (*kernel, error) {
	k := &kernel{kernelPackage: p, root: filepath.Join(o.cache, p.version)}
	if _, err := os.Stat(k.image()); err == nil {
		return k, nil
	}
	if err := os.MkdirAll(k.root, 0o755); err != nil {
		return nil, err
	}
	// One package up to 6.12; from 7.0 on, image and modules are packages of their own, which the first
	// depends on.
	names, err := archive.Depends(ctx, p.name)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, p.version) })
	for _, name := range append(names, p.name) {
		if err := archive.Unpack(ctx, name, k.root); err != nil {
			return nil, err
		}
	}
	return k, dependencies(ctx, k)
}
