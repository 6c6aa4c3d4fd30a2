//go:build !race

package ss

const raceEnabled = false
