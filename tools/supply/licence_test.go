package supply

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/licensecheck"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// listName is the page that lists the modules of others.
const listName = "THIRD_PARTY.md"

// free are the licences that a program under BSD-3-Clause may contain: they ask for their text, and CC-BY-4.0
// and FTL for a word of credit, no more.
var free = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "FTL", "ISC", "MIT",
	"OFL-1.1", "Unlicense"}

// chosen are the files with the licence, for modules whose licence is not in files of the usual names alone.
var chosen = map[string]string{
	"github.com/ajstarks/svgo":   "LICENSE",          // LICENSE-link.txt beside it is an address
	"github.com/golang/freetype": "licenses/ftl.txt", // LICENSE leaves the choice between this and the GPL
}

// row matches a line of the page's table: module, licence, our modules that use it.
var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$")

// TestLicences: the page lists each module whose packages a user's program may contain, by each of our
// modules, with the licence that its text has.
func TestLicences(t *testing.T) {
	listed := map[string][2]string{}
	for _, m := range row.FindAllStringSubmatch(string(read(t, listName)), -1) {
		if _, twice := listed[m[1]]; twice {
			t.Errorf("%s lists %s twice", listName, m[1])
		}
		listed[m[1]] = [2]string{m[2], m[3]}
	}
	users, all := map[string][]string{}, map[string]module{}
	for _, dir := range published {
		found, _ := modules(t, dir, false, "./...")
		for path, m := range found {
			users[path], all[path] = append(users[path], "`"+strings.Replace(dir, ".", "main", 1)+"`"), m
		}
	}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		licence, err := licenceOfModule(all[path])
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for name := range strings.SplitSeq(licence, ", ") {
			if !slices.Contains(free, name) {
				t.Errorf("%s has the licence %s, want one of %v", path, name, free)
			}
		}
		want := fmt.Sprintf("| `%s` | %s | %s |", path, licence, strings.Join(users[path], ", "))
		if l, ok := listed[path]; !ok {
			t.Errorf("%s lacks the line\n%s", listName, want)
		} else if l[0] != licence || l[1] != strings.Join(users[path], ", ") {
			t.Errorf("%s has the licence %s and the users %s for %s, want the line\n%s", listName, l[0], l[1], path,
				want)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(listed)) {
		if _, ok := all[path]; !ok {
			t.Errorf("%s lists %s, which is in no program", listName, path)
		}
	}
	if text, err := licenceOf(string(read(t, "LICENSE")), "LICENSE"); err != nil || text != "BSD-3-Clause" {
		t.Errorf("our own LICENSE is %s, %v", text, err)
	}
	proof.Count(t, "supply", "modules whose licences were read and compared with the list", len(all))
}

// licenceOfModule returns the licences of a module.
func licenceOfModule(m module) (string, error) {
	file, ok := chosen[m.path]
	if !ok {
		return classify(m.dir)
	}
	text, err := os.ReadFile(filepath.Join(m.dir, filepath.FromSlash(file)))
	if err != nil {
		return "", err
	}
	return licenceOf(string(text), file)
}

// classify returns the licences in the files of a module that have them, by their names in SPDX, and an
// error if there is none or one whose text is not known.
func classify(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var names []string
	for _, e := range entries {
		upper := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(upper, "LICEN") && !strings.HasPrefix(upper, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		name, err := licenceOf(string(text), e.Name())
		if err != nil {
			return "", err
		}
		names = append(names, strings.Split(name, ", ")...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return "", fmt.Errorf("%s has no file with a licence", dir)
	}
	return strings.Join(names, ", "), nil
}

// leastCovered is how many percent of a licence's file must be the text of licences that are known. The rest
// is the names of its authors, and where in a module a second licence applies.
const leastCovered = 75

func licenceOf(text, file string) (string, error) {
	found := licensecheck.Scan([]byte(text))
	if !(found.Percent >= leastCovered) {
		return "", fmt.Errorf("%s is %.0f %% licences that are known, want %d", file, found.Percent,
			leastCovered)
	}
	var names []string
	for _, m := range found.Match {
		if !m.IsURL {
			names = append(names, m.ID)
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return "", fmt.Errorf("%s has no licence that is known", file)
	}
	return strings.Join(names, ", "), nil
}

// TestClassify: a text that is no licence, and a folder without one, are errors.
func TestClassify(t *testing.T) {
	dir := t.TempDir()
	if got, err := classify(dir); err == nil {
		t.Errorf("an empty folder has the licence %s", got)
	}
	path := filepath.Join(dir, "LICENSE")
	if err := os.WriteFile(path, []byte("All rights reserved. Ask us."), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := classify(dir); err == nil {
		t.Errorf("a text that allows nothing is the licence %s", got)
	}
	if err := os.WriteFile(path, read(t, "LICENSE"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := classify(dir); got != "BSD-3-Clause" || err != nil {
		t.Errorf("our own licence is %s, %v", got, err)
	}
}

// readAt reads a file of a folder.
func readAt(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
