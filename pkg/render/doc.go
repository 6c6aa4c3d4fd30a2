// Package render turns rows into text tables, JSON, JSON Lines and CSV.
//
// A table is a list of [Column] values, each of which names one field of a row type and how to read
// it. Every format is made from the same list, so a field has one name and one meaning everywhere:
// the JSON key is the CSV header is the name for --columns.
//
// Rows are streamed. An [Encoder] keeps one page of the text table (to align it) or one output buffer,
// never the whole list, and appends cells by hand: encoding a row allocates nothing.
//
// Cell texts are taken as hostile, because processes choose their own names and those of their sockets.
// Text and CSV show control bytes, invalid UTF-8 and characters that are invisible as
// escapes, so no cell can move a cursor, start a line or hide; JSON escapes them as JSON does. Texts in CSV
// that a spreadsheet would run begin with an apostrophe ([FormulaHelp]).
//
// The package is independent of sockets and imports only the standard library. Start reading at
// [Column], then [New].
package render
