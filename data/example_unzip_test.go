package data_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/ashlar-go/ashlar/data"
)

// A stream that inflates to more than the program expects ends with an error, not with the memory.
func ExampleUnzip() {
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	if _, err := io.WriteString(z, strings.Repeat("x", 5000)); err != nil {
		fmt.Println(err)
	}
	if err := z.Close(); err != nil {
		fmt.Println(err)
	}
	for _, limit := range []data.Limit{10_000, 1000} {
		r, err := data.Unzip(bytes.NewReader(file.Bytes()), limit)
		if err != nil {
			fmt.Println(err)
			return
		}
		text, err := io.ReadAll(r)
		fmt.Println(len(text) == 5000, err == nil)
	}
	// Output:
	// true true
	// false false
}
