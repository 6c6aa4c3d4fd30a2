// Package term handles terminals: their size, whether to color, a screen on which a
// table is redrawn, keys, and the pager for output that is longer than the screen.
//
// Text of a [Screen] must be escaped before (render.AppendClean); the only escape sequences that it may
// have are those of color. Start reading at [Of].
package term
