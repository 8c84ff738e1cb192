package dataset_test

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/ashlar-go/ashlar/examples/dataset"
)

func ExampleDigits() {
	train, test, err := dataset.Digits()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Rows, test.Rows, train.Features, train.Classes)
	for row := range 8 {
		for _, v := range train.Row(0)[8*row : 8*row+8] {
			fmt.Printf("%3d", int(16*v))
		}
		fmt.Println()
	}
	fmt.Println("is a", train.Y[0])
	// Output:
	// 1437 360 64 10
	//   0  0  5 13  9  1  0  0
	//   0  0 13 15 10 15  5  0
	//   0  3 15  2  0 11  8  0
	//   0  4 12  0  0  8  8  0
	//   0  5  8  0  0  9  8  0
	//   0  4 11  0  1 12  7  0
	//   0  2 14  5 10 12  0  0
	//   0  0  6 13 10  0  0  0
	// is a 0
}

func ExampleMNIST() {
	train, test, err := dataset.MNIST()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Rows, test.Rows, train.Features, train.Classes)
	// Output: 60000 10000 784 10
}

func ExampleMNISTFrom() {
	_, _, err := dataset.MNISTFrom("no-such-directory")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output: true
}
