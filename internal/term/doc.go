// Package term handles terminals: their size, whether to color, a screen on which a
// table is drawn again and again, keys, and the pager for what is longer than the screen.
//
// Text of a [Screen] must be escaped before (render.AppendClean); the only escape sequences that it may
// have are those of color. Start reading at [Of].
package term
