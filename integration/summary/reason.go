package summary

import (
	"regexp"
	"strings"
)

// said matches the first line of what a test says, behind the place in its source.
var said = regexp.MustCompile(`(?m)^\s+[\w.]+\.go:\d+: (.*)$`)

// reason returns why a test was skipped: the last that it said.
func reason(output string) string {
	all := said.FindAllStringSubmatch(output, -1)
	if len(all) == 0 {
		return "no reason given"
	}
	return all[len(all)-1][1]
}

// complains reports whether a test says anything.
func complains(output string) bool { return said.MatchString(output) }

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
	{regexp.MustCompile("[Kk]ernel|BTF|connection tracking"), "`make kernels` boots stock kernels, in virtual machines"},
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

// excerpt returns the first lines of what a failed test said, without the noise of its beginning.
func excerpt(output string) string {
	const most = 12
	var kept []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		if word := strings.TrimSpace(line); word == "" || strings.HasPrefix(word, "=== ") || strings.HasPrefix(word, "--- ") {
			continue
		}
		if len(kept) == most {
			kept = append(kept, "        ...")
			break
		}
		kept = append(kept, "    "+line)
	}
	return strings.Join(kept, "\n")
}
