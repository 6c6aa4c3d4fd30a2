package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/picture"
)

// sessionWidth is that of the terminal that the README shows.
const sessionWidth = 92

// sessionLines are its commands. They run on the recording of the scene, so that they print the same everywhere.
var sessionLines = []string{
	"nlstat listen -t -L 7",
	"nlstat nginx established -c -peer_process,sendq",
	"nlstat close-wait -g process",
	"nlstat 'recvq > 1k' -s recvq -L 4",
	"nlstat explain 'dst 192.0.2.0/24 and rtt > 1us'",
}

// TestSession checks that docs/session.svg, which the README shows, is what the program prints. -update writes it.
func TestSession(t *testing.T) {
	const file = "../../docs/session.svg"
	var lines []string
	for _, command := range sessionLines {
		args := commandWords(command)[1:]
		if args[0] != "explain" {
			args = append(args, "--replay=testdata/zoo.nls", "--color=always", "--units=human", fmt.Sprint("--width=", sessionWidth))
		}
		out, errs, code := runMain(t, args...)
		if code != exitOK || strings.Count(out, "\n") < 2 {
			t.Errorf("%s: exit code %d: %s%s", command, code, out, errs)
		}
		lines = append(lines, "\x1b[1;32m$\x1b[0m \x1b[1m"+command+"\x1b[0m")
		lines = append(append(lines, strings.Split(strings.TrimRight(out, "\n"), "\n")...), "")
	}
	want := picture.SVG("A terminal session: "+strings.Join(sessionLines, "; "), sessionWidth, lines[:len(lines)-1])
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("%s is not what the program prints (go test -update writes it):\n%s", file, diff)
	}
	if len(got) > 40<<10 {
		t.Errorf("%s has %d bytes", file, len(got))
	}
}

// commandWords splits a command line at spaces outside of single quotes.
func commandWords(line string) (list []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}
