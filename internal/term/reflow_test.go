package term

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/render"
)

const helpText = `Close every socket that matches the filter, in any state, in its own network namespace. The process
that holds it gets ECONNABORTED. Without --yes nothing is closed.

Examples:
  nlstat -a 'rtt>50ms or retrans>0'  slow or retransmitting connections, in any state
  nlstat events --set 'host=web1' --set 'rack=7' --jsonl 'bytes_received > 100000'

Flags:
  -c, --columns COLUMNS  show these COLUMNS: a,b,c; or +a,-b to change the default
  -t, --tcp              TCP sockets
`

func TestReflow(t *testing.T) {
	const at60 = `Close every socket that matches the filter, in any state, in
its own network namespace. The process that holds it gets
ECONNABORTED. Without --yes nothing is closed.

Examples:
  nlstat -a 'rtt>50ms or retrans>0'  slow or retransmitting
                                     connections, in any
                                     state
  nlstat events --set 'host=web1' --set 'rack=7' --jsonl 'bytes_received > 100000'

Flags:
  -c, --columns COLUMNS  show these COLUMNS: a,b,c; or +a,-b
                         to change the default
  -t, --tcp              TCP sockets
`
	if diff := cmp.Diff(at60, Reflow(helpText, 60)); diff != "" {
		t.Errorf("at 60 columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(helpText, Reflow(helpText, 0)); diff != "" {
		t.Errorf("without a limit (-want +got):\n%s", diff)
	}
}

// FuzzReflow checks that no word is lost, and that only a word, a command or a far column is too long.
func FuzzReflow(f *testing.F) {
	f.Add(helpText, uint8(60))
	f.Add("x  \n y é 東京 \xff\n\n\n", uint8(3))
	f.Fuzz(func(t *testing.T, text string, width uint8) {
		got := Reflow(text, int(width))
		split := func(s string) []string {
			return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' })
		}
		if !slices.Equal(split(text), split(got)) {
			t.Errorf("%q at %d is %q", text, width, got)
		}
		for line := range strings.Lines(got) {
			line = strings.TrimRight(line, "\n ")
			words := strings.TrimLeft(line, " ")
			if width > 0 && line == words && !strings.Contains(words, columnGap) && strings.Contains(words, " ") &&
				render.Fits([]byte(line), int(width)) < len(line) {
				t.Errorf("%q is wider than %d", line, width)
			}
		}
	})
}
