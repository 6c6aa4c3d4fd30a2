package cli

import (
	"testing"

	"github.com/nlstat/nlstat/internal/doctor"
)

// TestFindingText checks the lines of a finding, on a narrow terminal: a process is named once.
func TestFindingText(t *testing.T) {
	f := doctor.Finding{
		Severity: doctor.Warning, Netns: "blue", Text: "app/7 keeps 12 connections", Who: "app/7",
		Cause: "The program has not closed them.", Remedy: "a restart frees them", Command: "nlstat close-wait",
	}
	const first = "warning   [blue] app/7 keeps 12\n          connections\n"
	const rest = "          The program has not\n          closed them.\n          -> a restart frees\n" +
		"             them\n          see: nlstat close-wait\n"
	if got := string(appendFinding(nil, &f, 32, false)); got != first+rest {
		t.Errorf("got\n%swant\n%s", got, first+rest)
	}
	f.Who = "app/70"
	if got := string(appendFinding(nil, &f, 32, false)); got != first+"          app/70\n"+rest {
		t.Errorf("another process: got\n%s", got)
	}
}
