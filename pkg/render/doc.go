// Package render turns rows into text tables, JSON, JSON Lines and CSV.
//
// A table is a list of [Column] values, each of which names one field of a row type and how to read it. All
// formats use the same list, so that a field has one name and one meaning everywhere: the JSON key, the CSV
// header and the name for --columns are the same.
//
// Rows are streamed. An [Encoder] keeps one page of the text table (to align it) or one output buffer,
// never the whole list. Encoding a row allocates nothing.
//
// Cell texts are hostile input, because processes choose their own names and those of their sockets. Text
// and CSV show control bytes, invalid UTF-8 and invisible characters as escapes, so that no cell can move
// the cursor, start a line or hide; JSON uses its own escapes. Texts in CSV that a spreadsheet would run
// get an apostrophe in front ([FormulaHelp]).
//
// The package is independent of sockets and imports only the standard library. Start reading at
// [Column], then [New].
package render
