//go:build race

package maddr

const raceEnabled = true
