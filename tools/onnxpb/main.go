// Command onnxpb writes the Go code of a .proto file beside it: a.pb.go for a.proto. It compiles the
// file with protocompile and generates with the code of protoc-gen-go, so nothing outside Go's
// modules is needed. The versions stand in this module's go.mod.
//
//	go run . ../../model/onnx/internal/onnxpb/onnx.proto
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

func main() {
	if len(os.Args) != 2 || !strings.HasSuffix(os.Args[1], ".proto") {
		fmt.Fprintln(os.Stderr, "usage: onnxpb file.proto")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "onnxpb:", err)
		os.Exit(1)
	}
}

// generate writes the Go code of the file at path.
func generate(path string) error {
	file, err := compile(path)
	if err != nil {
		return err
	}
	plugin, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{file.GetName()},
		ProtoFile:      []*descriptorpb.FileDescriptorProto{file},
		Parameter:      proto.String("paths=source_relative"),
	})
	if err != nil {
		return err
	}
	for _, f := range plugin.Files {
		internal_gengo.GenerateFile(plugin, f)
	}
	response := plugin.Response()
	if response.Error != nil {
		return fmt.Errorf("%s: %s", path, response.GetError())
	}
	for _, f := range response.File {
		target := filepath.Join(filepath.Dir(path), filepath.Base(f.GetName()))
		if err := os.WriteFile(target, []byte(f.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compile returns the descriptor of the file at path, with its comments. Its name there has a prefix
// of ours: a Go program stops at its start if two packages register one name, and onnx.proto is not
// ours alone.
func compile(path string) (*descriptorpb.FileDescriptorProto, error) {
	name := "ashlar/" + filepath.Base(path)
	compiler := protocompile.Compiler{
		Resolver: protocompile.ResolverFunc(func(asked string) (protocompile.SearchResult, error) {
			if asked != name {
				return protocompile.SearchResult{}, fs.ErrNotExist
			}
			source, err := os.Open(path)
			return protocompile.SearchResult{Source: source}, err
		}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(context.Background(), name)
	if err != nil {
		return nil, err
	}
	return protoutil.ProtoFromFileDescriptor(files[0]), nil
}
