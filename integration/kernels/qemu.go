package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// boot runs the tests in a guest with one kernel. The guest's last line has their exit status.
func boot(ctx context.Context, o *options, k *kernel, payload []file) error {
	mods, err := moduleFiles(ctx, k)
	if err != nil {
		return err
	}
	list := file{name: "modules", mode: 0o644, data: []byte(strings.Join(wanted, "\n") + "\n")}
	files := slices.Concat(mods, payload, []file{list})
	initrd := filepath.Join(o.cache, k.version+".cpio")
	if err := os.WriteFile(initrd, archive(files), 0o644); err != nil {
		return err
	}
	defer func() { _ = os.Remove(initrd) }()

	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	// Where the machine is busy, interrupts of the emulated timer come too late for the kernel's check of it.
	qemu := exec.CommandContext(ctx, "qemu-system-x86_64",
		"-accel", "tcg,thread=multi", "-cpu", "max", "-m", "1024", "-smp", "2",
		"-nographic", "-no-reboot", "-nic", "none", "-kernel", k.image(), "-initrd", initrd,
		"-append", "console=ttyS0 panic=-1 quiet loglevel=3 no_timer_check tests="+o.tests)
	out, err := qemu.StdoutPipe()
	if err != nil {
		return err
	}
	qemu.Stderr = os.Stderr
	if err := qemu.Start(); err != nil {
		return err
	}
	r := follow(bufio.NewScanner(out), o)
	err = qemu.Wait()
	switch {
	case r.status == "0" && r.passed > 0:
		o.log.Printf("\t%d passed, %d skipped", r.passed, r.skipped)
		return nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case r.status == "0":
		err = errors.New("no test ran")
	case r.status != "":
		err = errors.New("tests failed")
	case err == nil:
		err = errors.New("the guest stopped early")
	}
	if !o.verbose {
		o.log.Print(strings.Join(r.tail, "\n"))
	}
	return err
}

// A report is the result from the guest's console.
type report struct {
	status          string // exit status of the tests, "" = they did not end
	passed, skipped int
	tail            []string // the last lines, for the case of failure
}

// follow reads what the guest prints, and shows what is skipped or failed.
func follow(lines *bufio.Scanner, o *options) (r report) {
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if s, ok := strings.CutPrefix(line, "guest: exit status "); ok {
			r.status = s
		}
		word := strings.TrimSpace(line)
		pass, skip := strings.HasPrefix(word, "--- PASS"), strings.HasPrefix(word, "--- SKIP")
		switch {
		case pass:
			r.passed++
		case skip:
			r.skipped++
		}
		told := strings.HasPrefix(word, "--- ") || strings.Contains(word, "guest: kernel")
		if o.verbose || told && !pass {
			o.log.Print("\t" + line)
		}
		if r.tail = append(r.tail, line); len(r.tail) > 200 {
			r.tail = r.tail[1:]
		}
	}
	return r
}
