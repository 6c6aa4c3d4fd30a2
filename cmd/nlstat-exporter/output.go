package main

import (
	"bytes"
	"io"

	"github.com/prometheus/common/expfmt"

	"github.com/nlstat/nlstat/internal/atomicfile"
	"github.com/nlstat/nlstat/internal/metrics"
	"github.com/nlstat/nlstat/internal/rights"
)

// write writes the metrics to stdout or to a file, which is replaced completely or not at all.
func write(c *metrics.Collector, path string, stdout io.Writer) error {
	families, err := registry(c).Gather()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return err
		}
	}
	if path == "" {
		_, err := stdout.Write(text.Bytes())
		return err
	}
	return rights.AsCaller(func() error { return replace(path, text.Bytes()) })
}

// replace replaces a file.
func replace(path string, text []byte) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort() //nolint:errcheck // nothing is left to undo after Commit
	if err := f.Share(); err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Commit()
}
