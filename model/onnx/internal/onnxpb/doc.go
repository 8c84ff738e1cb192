// Package onnxpb holds the messages of ONNX files. onnx.proto is written by hand;
// tools/onnxpb generates the Go code from it, without protoc.
package onnxpb

//go:generate go -C ../../../../tools/onnxpb run . ../../model/onnx/internal/onnxpb/onnx.proto
