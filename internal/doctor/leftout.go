package doctor

import (
	"fmt"
	"strings"
)

// A Reason is why some checks were not made.
type Reason struct {
	Why    string
	Checks []string // with the network namespaces in which they were not, if not in all
}

// mostPlaces is the number of network namespaces that are named.
const mostPlaces = 3

// Reasons puts together the checks that were not made for one reason, and those of one list of namespaces.
func Reasons(list []LeftOut) (reasons []Reason) {
	for _, same := range gathered(list, func(l LeftOut) string { return l.Why }) {
		checks := gathered(same, func(l LeftOut) string { return l.ID })
		reason := Reason{Why: same[0].Why}
		for _, group := range gathered(checks, inPlaces) {
			ids := make([]string, len(group))
			for i, check := range group {
				ids[i] = check[0].ID
			}
			reason.Checks = append(reason.Checks, strings.Join(ids, ", ")+inPlaces(group[0]))
		}
		reasons = append(reasons, reason)
	}
	return reasons
}

// gathered puts together the elements with the same key. Groups and elements stay in the order of the list.
func gathered[T any](list []T, key func(T) string) (groups [][]T) {
	at := map[string]int{}
	for _, v := range list {
		k := key(v)
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], v)
	}
	return groups
}

// inPlaces names the network namespaces of a check: " in blue, red", " in 40 network namespaces", "" for all.
func inPlaces(check []LeftOut) string {
	switch {
	case check[0].Netns == "":
		return ""
	case len(check) > mostPlaces:
		return fmt.Sprintf(" in %d network namespaces", len(check))
	}
	names := make([]string, len(check))
	for i := range check {
		names[i] = check[i].Netns
	}
	return " in " + strings.Join(names, ", ")
}

// CountLeftOut returns how many checks they are.
func CountLeftOut(list []LeftOut) int {
	return len(gathered(list, func(l LeftOut) string { return l.ID }))
}
