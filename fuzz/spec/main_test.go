package spec

import (
	"testing"

	"github.com/ashlar-go/ashlar/internal/tiertest"
)

func TestMain(m *testing.M) { tiertest.Main(m) }
