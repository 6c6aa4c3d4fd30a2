// Package view declares the fields of each table of nlstat: names, descriptions, types, format, and the data
// that each field needs.
//
// Tables, JSON, the filter language, shell completion, the manual and the schema are derived from these
// lists. A new field is one entry of one list.
//
// Start reading in table.go, then socket.go for the row of the socket table.
package view
