// Package live is `nlstat top`: a screen that is redrawn after each sample and each key.
//
// A sampler makes a [Sample] of each dump, a [Model] turns samples and keys into lines, and
// internal/term shows them. The model knows no terminal, so that its tests need none; screen.go alone imports
// it. Tables are columns of pkg/render, which makes texts of the kernel harmless.
//
// Start reading in model.go, then sampler.go.
package live
