// Package term handles terminals: their size, whether to color, a screen on which a
// table is drawn again and again, and the pager for what is longer than the screen.
//
// Text that reaches a [Screen] is made harmless before (render.AppendClean); the only escape sequences
// that are honored in it are those of color. Start reading at [Of].
package term
