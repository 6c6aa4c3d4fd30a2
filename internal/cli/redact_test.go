package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag/redact"
)

func TestRedactor(t *testing.T) {
	dir := t.TempDir()
	good, short := filepath.Join(dir, "good"), filepath.Join(dir, "short")
	if err := errors.Join(os.WriteFile(good, make([]byte, 16), 0o600), os.WriteFile(short, []byte("secret\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		is   redaction
		some bool
		err  error
	}{
		{redaction{}, false, nil},
		{redaction{redact: true}, true, nil},
		{redaction{key: good}, true, nil},
		{redaction{redact: true, key: short}, false, redact.ErrWeak},
		{redaction{key: filepath.Join(dir, "none")}, false, os.ErrNotExist},
	} {
		r, err := c.is.redactor()
		if (r != nil) != c.some || !errors.Is(err, c.err) || c.is.redacts() != (c.some || c.err != nil) {
			t.Errorf("%+v: %v, %v", c.is, r, err)
		}
	}
}

func TestRedactFlags(t *testing.T) {
	for _, args := range [][]string{
		{"--redact"},
		{"--redact-key", "x"},
		{"--redact", "--replay", "testdata/zoo.nls"},
		{"record", "--redact-key=", "x"},
		{"links", "--redact", "--record", "x"},
	} {
		if out, errs, code := runMain(t, args...); code != exitFailed || out != "" || errs == "" {
			t.Errorf("%q: exit code %d, %q, %q", args, code, out, errs)
		}
	}
}
