// Package live is `nlstat top`: a screen that is redrawn after each sample and each key.
//
// A sampler makes a [Sample] of each dump, a [Model] turns samples and keys into lines, and
// internal/term shows them. The model does not depend on a terminal, nor do its tests; only screen.go imports
// the package. Tables are columns of pkg/render, which escapes texts of the kernel.
//
// Start reading in model.go, then sampler.go.
package live
