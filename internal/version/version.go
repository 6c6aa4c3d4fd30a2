// Package version answers which build is running. Nothing else belongs here.
package version

import "runtime/debug"

// stamp is set by the Makefile through -ldflags -X. It is empty in a plain go build.
var stamp string

// String returns the version of this build: what the Makefile stamped, else the module version that
// the go command recorded (go install), else "devel".
func String() string {
	if stamp != "" {
		return stamp
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return recorded(info.Main.Version)
}

// recorded turns the go command's word for an unreleased build into ours.
func recorded(v string) string {
	if v == "" || v == "(devel)" {
		return "devel"
	}
	return v
}
