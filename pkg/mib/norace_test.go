//go:build !race

package mib

const raceEnabled = false
