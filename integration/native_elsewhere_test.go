//go:build integration

package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNativeElsewhere checks that an empty answer names the namespaces where rows match, whether the own
// namespace was listed or another one, and says nothing where there are none.
func TestNativeElsewhere(t *testing.T) {
	here := harness.New(t)
	port := fmt.Sprint(here.Listen("127.0.0.1:0").Port())
	other := harness.New(t)
	path := other.Path()
	for _, c := range []struct {
		from *harness.NS
		args []string
		want string
	}{
		{here, []string{"-N", path, "listening", ":" + port}, "there are matches in namespace self: use -A instead of -N"},
		{other, []string{"listening", ":" + port}, ": add -A"},
		{other, []string{"listening", ":1"}, ""},
		{here, []string{"-N", path, "listening", ":1"}, ""},
	} {
		r := c.from.Run("nlstat", c.args...)
		told := string(r.Stderr)
		if c.want == "" && strings.Contains(told, "there are matches in namespace") || !strings.Contains(told, c.want) {
			t.Errorf("nlstat %s: %q, want %q", strings.Join(c.args, " "), told, c.want)
		}
		if r.Code != 0 {
			t.Errorf("nlstat %s: exit code %d", strings.Join(c.args, " "), r.Code)
		}
	}
}
