// Package data reads labelled samples and deals them out in mini-batches.
//
// A [Set] holds the samples of a classification or a regression: a row-major matrix X of
// features, and one class or some values a row. A row of unknown class has the label
// [Ignored]. A set comes from
//
//   - IDX files, the format of MNIST: [ReadIDX] or [ReadIDXFile] for images and
//     for labels, then [FromIDX];
//   - CSV: [ReadCSV] or [ReadCSVFile];
//   - the npy and npz files of numpy: [ReadNPYFile] or [ReadNPZFile] for the features and for the
//     targets, then [FromArrays] or, for a regression, [FromArraysValues]. [WriteNPYFile] and
//     [WriteNPZFile] write such files;
//   - matrices of gonum, rows of numbers and structs: [FromMatrix], [FromRows], [FromStructs], and
//     [FromMatrixValues] and [FromRowsValues] for a regression;
//   - the program itself: fill in the fields, and [Set.Check] tells whether they
//     agree.
//
// Every reader unzips what starts with the magic number of gzip.
//
// [Set.Split] and [Set.SplitStratified] cut a set in two. [Standardize] measures
// the mean and deviation of every feature on the training set, and [Set.Apply]
// removes them from that set and from every other. A [Batcher] shuffles the rows
// and copies mini-batches into buffers of the caller, allocating nothing.
//
// # Errors
//
// Input is not trusted. Damage gives a [*FormatError] with the file, the place, what
// was expected and what was found, in one line:
//
//	data: train.idx: byte 708: the data end here, want 784 bytes of elements, found 692
//	data: iris.csv: line 3, column 5: "setosa" is no class, want an integer
//
// Readers allocate in proportion to the bytes that arrive, never to a size that a header
// claims. What a compressed stream inflates to is limited in proportion to its length, unless
// the caller gives another [Limit]. No function returns half a result beside an error.
//
// Programmer errors panic with an error, before anything is written: fields of a set that
// do not agree, a buffer that is too short, a batch size below 1. [NewBatcher],
// [Batcher.Next], [Batcher.Skip], [Standardize] and [Set.Apply] do so.
//
// # Reproducibility
//
// Splits depend on the set, the fraction and the seed only; the order of an epoch on
// the number of rows, the seed and the epoch only, so that training resumed at epoch
// 7 sees what it would have seen without the break. The random numbers are those of
// ChaCha8 with the seed as key, and are the same on every machine.
package data
