// Command kernels runs the integration tests on stock Debian kernels, in virtual machines that need
// neither KVM nor root: `go -C integration run ./kernels` takes the default list, arguments choose
// versions by prefix (`go -C integration run ./kernels 6.1`).
//
// The kernel packages come by apt from the mirror that this machine uses for its own; they and what
// is unpacked of them are kept in .cache/kernels. The guest has no disk: an initial RAM file system
// holds busybox, the modules of the kinds of sockets that we list, the test binary, the commands and,
// if they are at hand, the reference tools. It boots in about 7 s without hardware acceleration.
//
// Needs apt-get, dpkg-deb, xz, qemu-system-x86_64 and a static busybox.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/nlstat/nlstat/integration/debian"
	"github.com/nlstat/nlstat/integration/reference"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kernels:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	log       *log.Logger
	cache     string
	tests     string
	timeout   time.Duration
	reference string
	verbose   bool
	versions  []string
}

func run(out io.Writer) error {
	o := options{log: log.New(out, "", 0), versions: defaultVersions}
	top, err := reference.Top()
	if err != nil {
		return err
	}
	if err := os.Chdir(top); err != nil {
		return err
	}
	flag.StringVar(&o.cache, "cache", ".cache/kernels", "folder for packages and images")
	flag.StringVar(&o.tests, "run", "^Test(Kernel|Bytecode)", "tests to run in the guest")
	flag.DurationVar(&o.timeout, "timeout", 10*time.Minute, "for each guest")
	flag.StringVar(&o.reference, "reference", reference.Folder("."), "folder of the reference tools")
	flag.BoolVar(&o.verbose, "v", false, "show all that the guests print")
	flag.Parse()
	if flag.NArg() > 0 {
		o.versions = flag.Args()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	cache, err := filepath.Abs(o.cache)
	if err != nil {
		return err
	}
	o.cache = cache
	payload, err := buildPayload(ctx, &o)
	if err != nil {
		return err
	}
	archive, err := debian.Open(ctx, filepath.Join(o.cache, "apt"), releases...)
	if err != nil {
		return err
	}
	packages, err := resolve(ctx, &o, archive)
	if err != nil {
		return err
	}
	return runAll(ctx, &o, archive, packages, payload)
}

// runAll boots one kernel after the other and reports each. All are tried before it fails.
func runAll(
	ctx context.Context, o *options, archive *debian.Archive, packages []kernelPackage, payload []file,
) error {
	var failed []string
	for _, p := range packages {
		began := time.Now()
		k, err := unpack(ctx, o, archive, p)
		if err == nil {
			err = boot(ctx, o, k, payload)
		}
		took := time.Since(began).Round(time.Second)
		if err != nil {
			failed = append(failed, p.version)
			o.log.Printf("FAIL\tkernel %s\t%v\t%v", p.version, took, err)
			continue
		}
		o.log.Printf("ok  \tkernel %s\t%v", p.version, took)
	}
	if failed != nil {
		return errors.New("failed on " + strings.Join(failed, ", "))
	}
	return nil
}

// command runs a program and returns what it printed; on failure the error holds its complaints.
func command(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, exit.Stderr)
		}
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return string(out), nil
}
