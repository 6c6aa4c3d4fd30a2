//go:build !race

package owner_test

const raceEnabled = false
