package netstat

import (
	"bytes"
	"strings"
	"testing"
)

// TestRefusesT checks that -T is refused as net-tools 2.10 refuses it: programs try -W and -T and count both.
func TestRefusesT(t *testing.T) {
	var out, errs bytes.Buffer
	code := Main([]string{"netstat", "-antuT"}, &out, &errs)
	if code != int(statusUsage) || out.Len() > 0 || !strings.Contains(errs.String(), "invalid option -- 'T'") {
		t.Errorf("-antuT ends with %d:\n%s%s", code, out.String(), errs.String())
	}
}
