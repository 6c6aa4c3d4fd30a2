//go:build linux

package inspect

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag/redact"
)

func TestHider(t *testing.T) {
	h := hider{redact.WithKey([32]byte{1})}
	for _, path := range []string{
		"/system.slice/openvpn@customer.service", "/user.slice/user-1000.slice/session-3.scope",
		"/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "/a", "/../../b", "no path",
	} {
		got := h.group(path)
		if got != h.group(path) || got == h.group(path+"x") {
			t.Errorf("%q became %q: replacements are not one to one", path, got)
		}
		for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/.@-", r) }) {
			if part != "service" && part != "scope" && len(part) > 1 && strings.Contains(got, part) {
				t.Errorf("%q became %q", path, got)
			}
		}
		if strings.HasSuffix(path, ".service") != strings.HasSuffix(got, ".service") {
			t.Errorf("%q became %q: the type differs", path, got)
		}
	}
	if got := h.group("/"); got != "/" {
		t.Errorf("the root became %q", got)
	}
	if a, b := h.name("wg-customer", "lo"), h.name("lo", "lo"); strings.Contains(a, "customer") || len(a) != 11 || b != "lo" {
		t.Errorf("%q, %q", a, b)
	}
	if got := (hider{}).group("/a") + (hider{}).name("b", ""); got != "/ab" {
		t.Errorf("without a Redactor: %q", got)
	}
}
