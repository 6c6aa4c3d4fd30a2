package reference

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nlstat/nlstat/integration/debian"
)

// suites are where the packages are looked for, one after the other: as time goes by, the versions that we
// copy move from the first to the last.
var suites = []string{"sid", "testing", "stable", "oldstable"}

// Install returns the folder that has the programs, which it gets from Debian where no other has them. It
// changes nothing outside of the repository's .cache.
func Install(ctx context.Context, top string) (folder string, err error) {
	folder = Folder(top)
	if folder == "" {
		folder = Cache(top)
	}
	bad := checkAll(ctx, folder)
	if bad == nil || folder != Cache(top) {
		return folder, bad
	}
	cache := filepath.Dir(folder)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(cache, "reference-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }() // what was wanted is elsewhere by then
	if err := download(ctx, work, filepath.Join(work, "root")); err != nil {
		return "", err
	}
	made := filepath.Join(work, "reference")
	for _, t := range tools {
		if err := t.extract(filepath.Join(work, "root"), made); err != nil {
			return "", err
		}
	}
	if err := checkAll(ctx, made); err != nil {
		return "", err
	}
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	return folder, os.Rename(made, folder)
}

func checkAll(ctx context.Context, folder string) error {
	for _, t := range tools {
		if err := t.check(ctx, filepath.Join(folder, t.name)); err != nil {
			return err
		}
	}
	return nil
}

// download unpacks both packages and the libraries that they depend on.
func download(ctx context.Context, work, root string) error {
	archive, versions, err := offer(ctx, filepath.Join(work, "apt"))
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var queue []string
	for i, t := range tools {
		if err := archive.Unpack(ctx, t.source+"="+versions[i], root); err != nil {
			return err
		}
		queue = append(queue, t.source)
	}
	for len(queue) > 0 {
		depends, err := archive.Depends(ctx, queue[0])
		if err != nil {
			return err
		}
		queue = queue[1:]
		for _, name := range depends {
			if !library(name) || seen[name] {
				continue
			}
			seen[name] = true
			if err := archive.Unpack(ctx, name, root); err != nil {
				return err
			}
			queue = append(queue, name)
		}
	}
	return nil
}

// library reports whether a package holds a library that a program may be linked with.
func library(name string) bool {
	return strings.HasPrefix(strings.TrimPrefix(name, "z"), "lib") && !strings.HasSuffix(name, "-bin")
}

// offer finds a suite with all the versions that we copy.
func offer(ctx context.Context, dir string) (archive *debian.Archive, versions []string, err error) {
	for _, suite := range suites {
		archive, err := debian.Open(ctx, filepath.Join(dir, suite), suite)
		if err != nil {
			return nil, nil, err
		}
		versions = versions[:0]
		for _, t := range tools {
			v, err := archive.Version(ctx, t.source, t.version)
			if err != nil {
				return nil, nil, err
			}
			if v != "" {
				versions = append(versions, v)
			}
		}
		if len(versions) == len(tools) {
			return archive, versions, nil
		}
	}
	return nil, nil, fmt.Errorf("%w: no suite of Debian has the versions that ours copy any more", ErrNone)
}
