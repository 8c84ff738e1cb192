package command

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// format is what a file is.
type format string

const (
	formatCSV         format = "csv"
	formatJSONLines   format = "json lines"
	formatNPY         format = "npy"
	formatNPZ         format = "npz"
	formatIDX         format = "idx"
	formatSafetensors format = "safetensors"
	formatONNX        format = "onnx"
)

// sniffed is how many bytes of a file tell its format.
const sniffed = 4096

// formatOf finds the format of a file by its first bytes, and by its name where these do not tell.
func formatOf(path string) (format, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a folder, want a file", path)
	}
	head, err := firstBytes(f)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	if is := formatOfBytes(head, path); is != "" {
		return is, nil
	}
	return "", fmt.Errorf("%s is none of CSV, JSON lines, npy, npz, IDX, safetensors and ONNX", path)
}

// firstBytes returns the first bytes of a stream, unzipped.
func firstBytes(r io.Reader) ([]byte, error) {
	head, err := io.ReadAll(io.LimitReader(r, sniffed))
	if err != nil || !bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		return head, err
	}
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return nil, fmt.Errorf("damaged gzip: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, sniffed))
	if len(plain) > 0 || err == io.ErrUnexpectedEOF {
		err = nil // the rest of the stream was not read
	}
	return plain, err
}

// unzipped returns a stream that is unzipped if it begins as gzip does.
func unzipped(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := buffered.Peek(2); string(magic) != "\x1f\x8b" {
		return buffered, nil // an error of Peek comes back from the first read
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("damaged gzip: %w", err)
	}
	return z, nil
}

// formatOfBytes returns the format of a file by its first bytes and its name, "" for none.
func formatOfBytes(head []byte, path string) format {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	switch {
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return formatNPY
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return formatNPZ
	case len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) < 1<<32:
		return formatSafetensors
	case len(head) >= 4 && head[0] == 0 && head[1] == 0 && 0x08 <= head[2] && head[2] <= 0x0e && head[3] > 0:
		return formatIDX
	case strings.HasSuffix(name, ".onnx"), beginsAsONNX(head):
		return formatONNX
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return formatCSV // in UTF-16, of which the reader of CSV tells more
	case bytes.IndexByte(head, 0) >= 0:
		return ""
	case beginsAsJSON(head):
		return formatJSONLines
	}
	return formatCSV
}

// beginsAsJSON finds an object, or a list of objects, of which the reader of lines tells more. A line of
// CSV may begin with [ too.
func beginsAsJSON(head []byte) bool {
	text := bytes.TrimLeft(head, " \t\r\n\ufeff")
	if list, is := bytes.CutPrefix(text, []byte("[")); is {
		text = bytes.TrimLeft(list, " \t\r\n")
	}
	return bytes.HasPrefix(text, []byte("{"))
}

// beginsAsONNX finds the first two fields of a file of ONNX as all writers have them: the version of the
// format, and then a text, the name of the producer, or the graph or the list of operator sets.
func beginsAsONNX(head []byte) bool {
	const irVersion, producer, graph, opsets = 0x08, 0x12, 0x3a, 0x42
	return len(head) > 4 && head[0] == irVersion && 0 < head[1] && head[1] < 0x20 &&
		(head[2] == producer || head[2] == graph || head[2] == opsets)
}
