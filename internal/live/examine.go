package live

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// Diagnosis is the last result of doctor.
type Diagnosis struct {
	At       time.Time
	Findings []doctor.Finding
	LeftOut  []doctor.LeftOut // checks that could not be made
	Err      error
}

// An examiner runs doctor, less often than the sampler and with samples of its own.
type examiner struct {
	cfg  *Config
	send func(any)
	look chan glance
}

// A glance is the user's choice of what doctor shows.
type glance struct {
	open bool // the view
	all  bool // network namespaces
}

// How often doctor runs, and the part of a core that it may use.
const (
	lookRarely  = 30 * time.Second
	lookOften   = 5 * time.Second
	lookShare   = 100
	lookBetween = time.Second // two samples
)

func newExaminer(c *Config, send func(any)) *examiner {
	return &examiner{cfg: c, send: send, look: make(chan glance, 1)}
}

// run sends diagnoses until ctx ends.
func (e *examiner) run(ctx context.Context) {
	seen := glance{all: e.cfg.All}
	for ctx.Err() == nil {
		began := time.Now()
		d := e.examine(ctx, seen.all)
		if ctx.Err() != nil {
			return
		}
		e.send(d)
		if e.cfg.Replay {
			return // a recording does not change
		}
		seen = e.wait(ctx, seen, max(0, time.Since(began)-lookBetween))
	}
}

// wait waits until the next run is due after one of that cost.
func (e *examiner) wait(ctx context.Context, seen glance, cost time.Duration) glance {
	began := time.Now()
	for {
		pause := max(lookRarely, lookShare*cost)
		if seen.open {
			pause = max(lookOften, lookShare/10*cost)
		}
		timer := time.NewTimer(time.Until(began.Add(pause)))
		all := seen.all
		select {
		case <-timer.C:
			return seen
		case <-ctx.Done():
			return seen
		case seen = <-e.look:
			timer.Stop()
			if seen.all != all {
				return seen
			}
		}
	}
}

// examine runs all checks.
func (e *examiner) examine(ctx context.Context, all bool) *Diagnosis {
	d := &Diagnosis{At: time.Now()}
	r, err := e.diagnose(ctx, all)
	if d.Err = err; err == nil {
		d.Findings, d.LeftOut = r.Findings, r.LeftOut
	}
	return d
}

func (e *examiner) diagnose(ctx context.Context, all bool) (*doctor.Result, error) {
	checks, err := doctor.Select(nil)
	if err != nil {
		return nil, err
	}
	session, err := e.cfg.Open(all)
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }() // nothing is lost with it
	return doctor.Run(ctx, session, &doctor.Config{Checks: checks, Interval: lookBetween, Replay: e.cfg.Replay})
}

// show sets the user's choice.
func (e *examiner) show(g glance) {
	select {
	case <-e.look: // not taken yet
	default:
	}
	e.look <- g
}

// summaries are the number of findings and the key of their view, the longest text first, or one empty text.
func (d *Diagnosis) summaries() []string {
	critical := 0
	for i := range d.Findings {
		if d.Findings[i].Severity == doctor.Critical {
			critical++
		}
	}
	n := len(d.Findings)
	short := fmt.Sprintf("%s: press 7", counted(n, "finding"))
	switch {
	case n == 0:
		return []string{""}
	case critical > 0:
		return []string{fmt.Sprintf("findings: %d, critical: %d (press 7)", n, critical), short}
	default:
		return []string{fmt.Sprintf("findings: %d (press 7)", n), short}
	}
}

// unchecked names the checks that could not be made, with the reasons.
func (m *Model) unchecked() (lines []string) {
	for _, reason := range doctor.Reasons(m.scene.doctor.LeftOut) {
		text := strings.Join(reason.Checks, ", ") + ": not checked: " + reason.Why
		for _, line := range wrapped(text, max(20, m.width-4)) {
			lines = append(lines, m.fit("  "+line, render.StyleFaint))
		}
	}
	return lines
}

// counted returns "1 row" or "2 rows".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func (d *Diagnosis) style() render.Style {
	style := render.StyleFaint
	for i := range d.Findings {
		style = max(style, severityStyle(&d.Findings[i]))
	}
	return style
}

// severityStyle is the style of a finding.
func severityStyle(f *doctor.Finding) render.Style {
	switch f.Severity {
	case doctor.Critical:
		return render.StyleBad
	case doctor.Warning:
		return render.StyleNotice
	default:
		return render.StylePlain
	}
}

// A findingKey identifies a finding.
type findingKey struct {
	id, subject, command string // a process may have the same problem in several places
	netns                uint64
}

// findingFit has other columns left out before a finding is cut.
var findingFit = render.Fit{Min: 20, Keep: 64}

func doctorView(s *scene) listing {
	l := &list[doctor.Finding, findingKey]{
		title: "Doctor", sort: "severity",
		of: func() []doctor.Finding { return s.doctor.Findings },
		id: func(f *doctor.Finding) findingKey { return findingKey{f.ID, f.Subject, f.Command, f.NetNS} },
		cols: []render.Column[doctor.Finding]{
			inNetns(func(f *doctor.Finding) string { return f.Netns }),
			{
				Key: "severity", Title: "SEVERITY", Kind: render.KindString, Type: render.TypeWord,
				Value: func(f *doctor.Finding) render.Value { return render.Float(-float64(f.Severity)) },
				Text: func(dst []byte, f *doctor.Finding) []byte {
					return append(dst, f.Severity.String()...)
				},
				Style: severityStyle,
			},
			text("check", "CHECK", render.Fit{Drop: 2}, func(f *doctor.Finding) string { return f.ID }),
			text("text", "FINDING", findingFit, func(f *doctor.Finding) string { return f.Text }),
			text("who", "WHO", render.Fit{Min: 12, Cut: render.CutName, Drop: 1},
				func(f *doctor.Finding) string { return f.Who }),
		},
	}
	l.hideNetns(s)
	return l.standard()
}

// A finding is the page about a finding.
type finding struct{ doctor.Finding }

func (*finding) key(m *Model, name, _ string) bool {
	m.done = name == "q"
	return false
}

func (f *finding) draw(m *Model) (instead, below []string) {
	for _, line := range wrapped(f.Severity.String()+": "+f.Text, max(20, m.width-2)) {
		instead = append(instead, m.fit(" "+line, severityStyle(&f.Finding)))
	}
	instead = append(instead, "")
	for _, part := range [...]struct{ name, text string }{
		{"check", f.ID},
		{"subject", f.Subject},
		{"who", f.Who},
		{"cause", f.Cause},
		{"remedy", f.Remedy},
		{"command", f.Command},
	} {
		if part.text == "" {
			continue
		}
		for i, line := range wrapped(part.text, max(20, m.width-14)) {
			if i > 0 {
				part.name = ""
			}
			instead = append(instead, m.fit(fmt.Sprintf("  %-9s %s", part.name, line), render.StylePlain))
		}
	}
	return instead, []string{m.fit(" any key goes back  q quit", render.StyleFaint)}
}

// wrapped breaks a text between words into lines of at most width cells; longer words are not broken.
func wrapped(text string, width int) []string {
	return strings.Split(strings.TrimSuffix(string(view.AppendWrapped(nil, text, "", "", width)), "\n"), "\n")
}
