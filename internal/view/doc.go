// Package view holds the columns of each table that nlstat shows: what fields there are, what they are
// called, what they mean, how they look, and what must be collected before they have an answer.
//
// Everything else is made from these lists: tables and JSON, the words of the filter language, shell
// completion, the manual and the schema. A new field is one entry of one list.
//
// Start reading in table.go, then socket.go for the row of the socket table.
package view
