package figures

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestWriteRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	want := Products{Peers: []Peer{{"A <b>", "absent"}}, Rows: []Product{
		{DType: "f32", Threads: 2, Shape: "NN 8x8x8", M: 8, N: 8, K: 8, Ours: 1.5,
			Peers: map[string]float64{"A <b>": 2}}}}
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	var got Products
	if err := Read(path, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
	if !got.Peers[0].Absent() || (Peer{State: "lib.so"}).Absent() {
		t.Error("Absent is wrong")
	}
	if !got.Rows[0].Cube() || (&Product{M: 8, N: 8, K: 8, Shape: "TN 8x8x8"}).Cube() {
		t.Error("Cube is wrong")
	}
	var other Training
	if err := Read(path, &other); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file of another program: %v", err)
	}
}

// A value that JSON does not have leaves what was there, and nothing beside it.
func TestWriteFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.json")
	if err := Write(path, Gonum{}); err != nil {
		t.Fatal(err)
	}
	err := Write(path, Gonum{Rows: []GonumRow{{Ours: math.NaN()}}})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("no error that names the file: %v", err)
	}
	if err := Write(filepath.Join(path, "x"), Gonum{}); err == nil {
		t.Error("no error from a folder that is a file")
	}
	list, err := os.ReadDir(folder)
	if err != nil || len(list) != 1 {
		t.Errorf("%v remain, %v", list, err)
	}
	var got Gonum
	if err := Read(path, &got); err != nil {
		t.Error(err)
	}
}
