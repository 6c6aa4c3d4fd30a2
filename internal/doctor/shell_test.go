package doctor

import (
	"os/exec"
	"strings"
	"testing"
)

// TestShellWord has a shell read words of hostile names: each is one word, and is none of the command's options.
func TestShellWord(t *testing.T) {
	for _, word := range []string{
		"", "plain-1.service", "a b", "$(touch pwned)", "`id`", "a;b", "'", "it's", `"`, "a\nb", `\`, "*", "~", "{a,b}", "!!", "#x", "<x>", "\u3164", "\xff",
		"-H", "--help", "-Hmallory@example.net.service", "--host=x.service", "-.slice",
	} {
		script := `f() { while getopts "H:" o; do echo "option $o"; done; shift $((OPTIND - 1)); printf "%s" "$#$1"; }; f ` + operand(word)
		out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
		if err != nil || string(out) != "1"+word {
			t.Errorf("%q as %s: a shell reads %q, %v", word, operand(word), out, err)
		}
		if strings.HasPrefix(word, "-") {
			continue
		}
		out, err = exec.CommandContext(t.Context(), "sh", "-c", `printf "%s" `+shellWord(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q as %s: a shell reads %q, %v", word, shellWord(word), out, err)
		}
	}
}
