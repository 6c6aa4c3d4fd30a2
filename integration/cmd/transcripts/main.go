// Command transcripts runs the references with all command lines in integration/transcript/testdata
// and records their output there:
//
//	go -C integration run ./cmd/transcripts            # all sets
//	go -C integration run ./cmd/transcripts netstat    # those whose names begin so
//
// Package reference finds the references. Those of netstat need root, or a user namespace.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nlstat/nlstat/integration/reference"
	"github.com/nlstat/nlstat/integration/transcript"
)

func main() {
	prefix := ""
	if len(os.Args) > 1 {
		prefix = os.Args[1]
	}
	if err := run(context.Background(), prefix); err != nil {
		fmt.Fprintln(os.Stderr, "transcripts:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, prefix string) error {
	top, err := reference.Top()
	if err != nil {
		return err
	}
	data := filepath.Join(top, "integration", "transcript", "testdata")
	paths, err := filepath.Glob(filepath.Join(data, prefix+"*.txt*"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := record(ctx, top, data, path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// record records all answers of a set again.
func record(ctx context.Context, top, data, path string) error {
	s, err := transcript.Read(path)
	if err != nil {
		return err
	}
	judge, err := reference.Path(ctx, top, s.Program)
	if err != nil {
		return err
	}
	in, err := transcript.ReadInput(filepath.Join(data, "inputs"), s.Input)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "nlstat-transcript-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // temporary
	if err := in.Unpack(dir); err != nil {
		return err
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Answer, err = s.Ask(judge, dir, c.Line); err != nil {
			return fmt.Errorf("%s: %w", c.Line, err)
		}
	}
	fmt.Fprintf(os.Stderr, "%s: %d answers\n", filepath.Base(path), len(s.Cases))
	return s.Write(path)
}
