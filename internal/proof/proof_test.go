package proof

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures")
	t.Setenv(Variable, path)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { Count(t, "bounds", "calls", 7) })
	}
	wg.Wait()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for range 8 {
		want += `{"Point":"bounds","Name":"calls","N":7}` + "\n"
	}
	if string(text) != want {
		t.Errorf("the file is %s", text)
	}
}
