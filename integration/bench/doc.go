// Package bench measures our programs beside their peers over the loads of package load, and writes
// the figures down. integration/cmd/bench is its command, `make bench` runs it.
//
// suite.go says what is measured, measure.go how, machine.go where, report.go writes the tables, and
// recvloop/ is the bound: a program that only asks and receives.
package bench
