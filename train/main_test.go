package train

import (
	"fmt"
	"log"
	"testing"

	"github.com/ashlar-go/ashlar/internal/tiertest"
)

func TestMain(m *testing.M) {
	log.SetOutput(quiet{})
	tiertest.Main(m)
}

// quiet fails the test whose run warns by package log: tests of training have rows as a user should.
type quiet struct{}

// mute is Trainer.Warn of a run on rows that it warns of with reason.
func mute(string) {}

func (quiet) Write(text []byte) (int, error) { panic(fmt.Sprintf("a run warns: %s", text)) }
