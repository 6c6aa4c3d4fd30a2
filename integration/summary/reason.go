package summary

import (
	"regexp"
	"strings"
)

// said matches the first line of what a test says, behind the place in its source.
var said = regexp.MustCompile(`(?m)^\s+[\w.]+\.go:\d+: (.*)$`)

// Reason returns why a test was skipped: the last that it said.
func Reason(output string) string {
	all := said.FindAllStringSubmatch(output, -1)
	if len(all) == 0 {
		return "no reason given"
	}
	return all[len(all)-1][1]
}

// complains reports whether a test says anything.
func complains(output string) bool { return said.MatchString(output) }

// differs begins the comparison of two texts.
var differs = regexp.MustCompile(`(?m)^.*(differs|-want|-reference).*$`)

// remedies are what a person may do about tests that were not tried. The first that matches counts; reasons
// that name their remedy need none.
var remedies = []struct {
	reason *regexp.Regexp
	remedy string
}{
	{regexp.MustCompile(`^no \S+ on this machine`), ""},
	{regexp.MustCompile("^nothing to compare with|^takes long"), ""},
	{regexp.MustCompile("^needs (the machine's )?root"), "run `.ci/test` as root, or where sudo works"},
	{regexp.MustCompile("race detector"), "none needed: the gates on allocations run them without it"},
	{regexp.MustCompile("[Kk]ernel|BTF|connection tracking"), "`make kernels` boots others, virtually"},
	{regexp.MustCompile("^not run: "), "none needed: an example that is not meant to be run here"},
	{regexp.MustCompile("^plays a part"), "none needed: other tests start it"},
}

func remedy(reason string) string {
	for _, r := range remedies {
		if r.reason.MatchString(reason) {
			return r.remedy
		}
	}
	return ""
}

// excerpt returns a dozen lines of what a failed test said: those from its first comparison on, or the last.
func excerpt(output string) string {
	const most = 12
	compared := differs.FindStringIndex(output)
	if compared != nil {
		output = output[compared[0]:]
	}
	var kept []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		word := strings.TrimSpace(line)
		if word == "" || strings.HasPrefix(word, "=== ") || strings.HasPrefix(word, "--- ") {
			continue
		}
		kept = append(kept, "    "+line)
	}
	switch extra := len(kept) - most; {
	case extra > 0 && compared != nil:
		kept = append(kept[:most], "        ...")
	case extra > 0:
		kept = append([]string{"        ..."}, kept[extra:]...)
	}
	return strings.Join(kept, "\n")
}
