package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/pkg/render"
)

// The exit codes of Nagios plugins.
var nagiosCodes = [...]int{doctor.Note: 0, doctor.Warning: 1, doctor.Critical: 2}

const nagiosUnknown = 3

// tellNagios writes one line with performance data, before which a bar ends the text.
func (d *doctorCmd) tellNagios(r *doctor.Result) error {
	var by [3]int
	for i := range r.Findings {
		by[r.Findings[i].Severity]++
	}
	worst, found := r.Worst()
	code, word := nagiosCodes[worst], [...]string{"OK", "WARNING", "CRITICAL"}[worst]
	text := counted(r.Checks, "check", "checks") + ", no finding"
	if found {
		text = r.Findings[0].Text
		if n := len(r.Findings) - 1; n > 0 {
			text += fmt.Sprintf(" (and %d more)", n)
		}
	}
	if code == 0 && (r.Denied() > 0 || d.rights) {
		code, word = nagiosUnknown, "UNKNOWN"
		if n := r.Denied(); n > 0 {
			text += fmt.Sprintf(", %d left out for lack of rights", n)
		} else {
			text += ", in some namespaces only"
		}
	}
	data := fmt.Sprintf(" | critical=%d;;0 warning=%d;0 note=%d left_out=%d time=%.3fs",
		by[doctor.Critical], by[doctor.Warning], by[doctor.Note],
		doctor.CountLeftOut(r.LeftOut), r.Duration.Seconds())
	if err := d.sayNagios(word, text, data); err != nil {
		return err
	}
	if code != 0 {
		return &quit{code}
	}
	return nil
}

// sayNagios writes the one line.
func (a *app) sayNagios(word, text, data string) error {
	line := fmt.Sprintf("NLSTAT %s - %s%s", word, strings.ReplaceAll(text, "|", "/"), data)
	_, err := a.Stdout.Write(render.AppendLine(nil, []byte(line)))
	return err
}

// sayUnknown reports an error to Nagios, for which nlstat's exit code of errors is critical, and returns the
// exit code.
func (a *app) sayUnknown(err error) int {
	text := err.Error()
	if mistake, ok := errors.AsType[*query.Error](err); ok {
		text = mistake.Msg
	}
	if err := a.sayNagios("UNKNOWN", text, ""); err != nil {
		a.complainOf(err)
	}
	return nagiosUnknown
}

// asksForNagios reports whether a command line, which may be invalid, has --nagios and no other command than
// doctor.
func asksForNagios(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	asks := slices.ContainsFunc(args, func(arg string) bool {
		value, isSet := strings.CutPrefix(arg, "--nagios=")
		yes, err := strconv.ParseBool(value)
		return arg == "--nagios" || isSet && err == nil && yes
	})
	return asks && !slices.ContainsFunc(branches[:], func(b branch) bool {
		return b.name != "doctor" && slices.Contains(args, b.name)
	})
}

// Unable reports an error that prevents the run of a command line, and returns the exit code.
func Unable(args []string, stdout, stderr io.Writer, err error) int {
	if asksForNagios(args) {
		return (&app{Env: Env{Stdout: stdout, Stderr: stderr}}).sayUnknown(err)
	}
	_, _ = io.WriteString(stderr, "nlstat: "+err.Error()+"\n") // errors of stderr cannot be reported
	return exitFailed
}
