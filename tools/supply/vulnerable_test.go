package supply

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// govulncheck is the command, in a version that reads this version of Go.
const govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"

// database is where govulncheck finds what is known.
const database = "https://vuln.go.dev"

// TestVulnerabilities: govulncheck knows of no vulnerability that code of the published modules reaches.
// Where its database cannot be reached the log says so, and the figure stays 0.
func TestVulnerabilities(t *testing.T) {
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(database + "/index/db.json")
	if err == nil {
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("the answer is %s", answer.Status)
		}
	}
	if err != nil {
		proof.Count(t, "supply", judged, 0)
		t.Skipf("not run: the database is not reachable: %v", err)
	}
	for _, dir := range published {
		if out, err := check(dir, database); err != nil {
			t.Errorf("module %s: %v\n%s", dir, err, out)
		}
	}
	proof.Count(t, "supply", judged, len(published))
}

// judged is a figure that stays 0 where the database cannot be reached.
const judged = "modules without known vulnerabilities (0: not run, " +
	"the database of govulncheck is not reachable)"

// check runs govulncheck in the folder of a module.
func check(dir, db string) ([]byte, error) {
	cmd := exec.Command("go", "run", govulncheck, "-db", db, "./...")
	cmd.Dir = filepath.Join(root, dir)
	return cmd.CombinedOutput()
}

// TestVulnerabilityIsFound: with a database of our own, in which a function that the kernels call is vulnerable,
// the same command fails and names it; with an empty one it passes.
func TestVulnerabilityIsFound(t *testing.T) {
	const report = `{"schema_version":"1.3.1","id":"GO-2000-0001","modified":"2026-01-01T00:00:00Z",` +
		`"published":"2026-01-01T00:00:00Z","summary":"A report that a test made","affected":[{"package":` +
		`{"name":"github.com/klauspost/cpuid/v2","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":` +
		`[{"introduced":"0"}]}],"ecosystem_specific":{"imports":[{"path":"github.com/klauspost/cpuid/v2",` +
		`"symbols":["CPUInfo.Supports"]}]}}],"database_specific":{"url":"https://pkg.go.dev/vuln/GO-2000-0001",` +
		`"review_status":"REVIEWED"}}`
	const module = `{"path":"github.com/klauspost/cpuid/v2","vulns":[{"id":"GO-2000-0001",` +
		`"modified":"2026-01-01T00:00:00Z"}]}`
	for _, c := range []struct{ modules, want string }{{"[]", ""}, {"[" + module + "]", "GO-2000-0001"}} {
		dir := t.TempDir()
		for name, text := range map[string]string{"index/db.json": `{"modified":"2026-01-01T00:00:00Z"}`,
			"index/modules.json": c.modules, "index/vulns.json": "[]", "ID/GO-2000-0001.json": report} {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out, err := check("kernels", "file://"+filepath.ToSlash(dir))
		if c.want == "" && err != nil {
			t.Errorf("with a database of nothing: %v\n%s", err, out)
		} else if c.want != "" && (err == nil || !bytes.Contains(out, []byte(c.want)) ||
			!strings.Contains(string(out), "kernels")) {
			t.Errorf("govulncheck does not report %s in what kernels call: %v\n%s", c.want, err, out)
		}
	}
}
