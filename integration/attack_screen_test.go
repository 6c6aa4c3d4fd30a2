//go:build integration

package integration

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// drawn are the sequences that draw a screen: modes, positions, colors, erasing.
var drawn = regexp.MustCompile("\x1b\\[[?>=<]?[0-9;:$]*[A-Za-z@`]|\x1b[=>78DEHM]|\x1b[()][B0]|\x1b[P\\]_][^\x1b\a]*(\x1b\\\\|\a)|[\t\r\n\b\x0f]")

// TestAttackScreen uses all views of top while processes, links and namespaces have hostile names, and
// types such words: only text and known sequences are written.
func TestAttackScreen(t *testing.T) {
	ns := harness.New(t)
	hostileNamespaces(t, ns)
	for i, name := range hostileNames {
		listener(t, ns, name, 6000+i)
	}
	c := harness.Command{Path: harness.Program(t, "nlstat"), Name: "nlstat"}
	for _, line := range [][]string{{"top", "--interval", "100ms"}, {"top", "-A", "--view", "listeners"}, {"top", "process!=\x1b[31m"}} {
		k := keyboard(t, ns, with(c, []string{"TERM=xterm"}, line...))
		k.until("TCP")
		for _, keys := range []string{
			"3", "2", "1", "\r", "\x1b", "jjj", "G", "?", "?", "/\x1b]0;x\a\r", "/process=$(id)\r", "/\u202ex\r", "\x1b", "3", "s", "S", "w",
			"\x1b[200~\x1b[31m\x1b[201~", "\x1b[<0;10;10M", "\xff\xfe", "T", "n", "K", "n", "3",
		} {
			k.keys(keys)
		}
		k.keys("\x1b", "\x1b", "\x03")
		if code := k.ended(); code != 0 {
			t.Errorf("%q: exit code %d: %q", line, code, k.seen())
		}
		text := drawn.ReplaceAllString(k.seen(), "")
		if fault := visible([]byte(text)); fault != "" {
			t.Errorf("%q: the screen has %s: %.300q", line, fault, text[max(0, strings.IndexByte(text, 0x1b)-20):])
		}
		if after := k.modes(); after != k.before {
			t.Errorf("%q: the terminal was %+v, is %+v", fmt.Sprint(line), k.before, after)
		}
	}
}
