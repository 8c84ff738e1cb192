// Package model saves and loads the parameters of a model, BatchNorm's running
// statistics included, as a safetensors file, which Python reads and writes too.
//
// A file holds the names, shapes and values of the parameters, not the layers: [Load]
// fills a model that the program has built. The names are those
// of layer.Param, such as "0.weight"; the weight of a Linear is in x out, the
// transpose of PyTorch's.
//
// # Format
//
//	8 bytes   n, the length of the header, little-endian
//	n bytes   JSON: {"name": {"dtype": "F32", "shape": [784, 256], "data_offsets": [0, 802816]}, ...}
//	the rest  the tensors, little-endian, row-major, without gaps
//
// Offsets count from the end of the header. The key "__metadata__" maps strings to
// strings. Spaces at the end of the header make its length a multiple of 8. A header has at
// most 100,000,000 bytes.
//
// The safetensors package for Python reads every file that this package writes: names and
// text are UTF-8, names differ, and shapes fit their values. This package reads what the
// format allows and refuses all else, such as a key twice in an object, or a byte of the data
// in two tensors or in none. It ignores other fields of a tensor than the three.
//
// Source: the format section of https://github.com/huggingface/safetensors.
package model
