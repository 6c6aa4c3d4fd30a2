// Package bench measures nlstat's programs and their peers over the loads of package load, and
// records the figures. integration/cmd/bench is its command, `make bench` runs it.
//
// suite.go says what is measured, measure.go how, machine.go where, report.go writes the tables, and
// recvloop/ is the bound: a program that only sends requests and receives replies.
package bench
