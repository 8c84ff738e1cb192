package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

type inner struct {
	Name string             `json:"name"`
	Of   map[string]float64 `json:"of,omitempty"`
	Not  int                `json:"-"`
}

type outer struct {
	Seed  uint64
	Parts []*inner `json:"parts"`
	Raw   json.RawMessage
	Any   any
	Self  decoded
}

// decoded decodes itself.
type decoded string

func (d *decoded) UnmarshalJSON(text []byte) error {
	*d = decoded(text)
	return nil
}

// TestDecode: what package json takes in silence is an error with its place.
func TestDecode(t *testing.T) {
	for text, want := range map[string]string{
		`{"Seed":7,"parts":[{"name":"a","of":{"x":1,"X":2}},null],"Raw":[{}],"Any":{"":1},"Self":{"a":1}}`: "",
		` { "parts" : [ ] , "Any" : [ true , null , -1.5e3 , "\"" ] } `:                                    "",
		`null`:                                  "",
		`{"Seed":1,"Seed":1}`:                   `byte 10: the key "Seed" stands twice in one object`,
		`{"seed":1}`:                            `byte 1: the key "seed", want "Seed"`,
		`{"SEED":1,"Seed":1}`:                   `byte 1: the key "SEED", want "Seed"`,
		`{"seeds":1}`:                           `byte 1: unknown field "seeds"`,
		`{"parts":[{"Not":1}]}`:                 `byte 11: unknown field "Not"`,
		`{"parts":[{"-":1}]}`:                   `byte 11: unknown field "-"`,
		`{"parts":[{"Name":"a"}]}`:              `byte 11: the key "Name", want "name"`,
		`{"parts":[{"of":{"x":1,"x":2}}]}`:      `byte 23: the key "x" stands twice in one object`,
		`{"parts":[{"of":{"x":1,"\u0078":2}}]}`: `byte 23: the key "x" stands twice in one object`,
		`{"Any":{"a":[{"b":1,"b":1}]}}`:         `byte 20: the key "b" stands twice in one object`,
		`{"Raw":{"a":1,"a":1}}`:                 `byte 14: the key "a" stands twice in one object`,
		`{"Self":{"a":1,"a":1}}`:                `byte 15: the key "a" stands twice in one object`,
		`{"Any":{"\ud83d\ude00":1,"😀":1}}`:      `byte 25: the key "😀" stands twice in one object`,
		`{"Any":{"\n":1,"\u000A":1}}`:           `byte 15: the key "\n" stands twice in one object`,
		`{"Any":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"c":1}}`: `byte 62: the key "c" stands twice`,
		`{"Any":"\ud800"}`:   `byte 8: half of a surrogate pair`,
		"{\"Any\":\"\xff\"}": `byte 8 is no UTF-8`,
		``:                   `byte 0: unexpected end of JSON input`,
		`{"Seed":1}x`:        `byte 10: invalid character 'x' after top-level value`,
		`{"Seed":"x"}`:       `cannot unmarshal string`,
		`{"parts":{}}`:       `cannot unmarshal object`,
		`{"Any":` + strings.Repeat("[", 1001) + strings.Repeat("]", 1001) +
			`}`: `values are nested deeper than 1000`,
		strings.Repeat("[", 20000): `exceeded max depth`,
	} {
		var v outer
		err := Decode([]byte(text), &v)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.80s: got %v, want %q", text, err, want)
		}
		if found, is := errors.AsType[*Error](err); is && found.Err == nil && !reflect.ValueOf(v).IsZero() {
			t.Errorf("%.80s: decoded %+v beside an error", text, v)
		}
	}
}

// TestMembers: the members of an object come in their order, with the values of package json.
func TestMembers(t *testing.T) {
	text := ` { "a" : [1, {"x":"]}"}] ,"b\"\u00e4":"\\","c":-1e5, "d":{} }`
	var got []string
	err := Members([]byte(strings.TrimLeft(text, " ")), func(name string, value []byte) error {
		got = append(got, name+"="+string(value))
		return nil
	})
	if want := `[a=[1, {"x":"]}"}] b"ä="\\" c=-1e5 d={}]`; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
	stop := errors.New("stop")
	if err := Members([]byte(`{"a":1,"b":2}`), func(string, []byte) error { return stop }); err != stop {
		t.Errorf("got %v", err)
	}
	got = nil
	err = Elements([]byte(`[ 1,[2,"]"] , {"a":[]},""]`), func(i int, value []byte) error {
		got = append(got, fmt.Sprint(i, "=", string(value)))
		return nil
	})
	if want := `[0=1 1=[2,"]"] 2={"a":[]} 3=""]`; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
	if err := Elements([]byte(`[1,2]`), func(int, []byte) error { return stop }); err != stop {
		t.Errorf("got %v", err)
	}
	if err := Elements([]byte(`{}`), nil); err == nil {
		t.Error("an object passed for an array")
	}
	for _, text := range []string{"", "[]", "1", `"{"`} {
		if err := Members([]byte(text), nil); err == nil {
			t.Errorf("%s passed for an object", text)
		}
	}
}

// TestAgainstPackageJSON: of random texts, those that Check takes are those of package json whose
// objects lose no key.
func TestAgainstPackageJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	taken, twice := 0, 0
	for range 50_000 {
		text := random(r, 3)
		if r.IntN(4) == 0 { // damaged
			at := r.IntN(len(text))
			text = text[:at] + string(`{}[],:"a1 `[r.IntN(10)]) + text[at+1:]
		}
		err := Check([]byte(text))
		valid := json.Valid([]byte(text)) && utf8.ValidString(text)
		if !valid {
			if err == nil {
				t.Fatalf("%s passed", text)
			}
			continue
		}
		lost := keys(json.NewDecoder(strings.NewReader(text)))
		if (err != nil) != lost {
			t.Fatalf("%s: %v, but a key is lost: %v", text, err, lost)
		}
		taken++
		if lost {
			twice++
		}
	}
	if taken < 10_000 || twice < 1000 {
		t.Errorf("%d texts were valid, and %d of them had a key twice: too few", taken, twice)
	}
}

// random returns a JSON value whose objects have few keys to choose from.
func random(r *rand.Rand, depth int) string {
	keys := []string{`"a"`, `"b"`, `"\u0061"`, `"c\n"`, `"c\u000a"`, `"ä"`, `""`}
	list := func(begin, end string, item func() string) string {
		items := make([]string, r.IntN(4))
		for i := range items {
			items[i] = item()
		}
		return begin + strings.Join(items, []string{",", " , "}[r.IntN(2)]) + end
	}
	switch kind := r.IntN(6); {
	case depth > 0 && kind < 3:
		return list("{", "}", func() string { return keys[r.IntN(len(keys))] + ":" + random(r, depth-1) })
	case depth > 0 && kind == 3:
		return list("[", "]", func() string { return random(r, depth-1) })
	}
	return []string{"1", "-2.5e3", "null", "true", `"x\""`, `"}"`}[r.IntN(6)]
}

// keys reports whether an object of a valid text has a key twice.
func keys(d *json.Decoder) (twice bool) {
	token, _ := d.Token()
	switch token {
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			key, _ := d.Token()
			twice = twice || seen[key.(string)]
			seen[key.(string)] = true
			twice = keys(d) || twice
		}
		_, _ = d.Token()
	case json.Delim('['):
		for d.More() {
			twice = keys(d) || twice
		}
		_, _ = d.Token()
	}
	return twice
}

// TestMemory: lists and maps that would take much are refused before they are made, and what any program
// writes is not.
func TestMemory(t *testing.T) {
	type wide struct{ A, B, C, D, E, F, G, H string }
	var v struct {
		List []wide
		Map  map[string]wide
		Text []string
		Raw  json.RawMessage
	}
	const n = 1 << 17
	var keys, rows strings.Builder
	for i := range n {
		fmt.Fprintf(&keys, `"%x":{},`, i)
		rows.WriteString(`{"A":"a","B":"b","C":"c","D":"d"},`)
	}
	for text, refused := range map[string]bool{
		`{"List":[` + strings.Repeat("{},", n) + `{}]}`:         true,
		`{"Map":{` + keys.String() + `"z":{}}}`:                 true,
		`{"List":[` + rows.String() + `{}]}`:                    false,
		`{"Text":[` + strings.Repeat(`"a",`, n) + `"a"]}`:       false,
		`{"Raw":[` + strings.Repeat("{},", n) + `{}]}`:          false,
		`{"List":[` + strings.Repeat("{},", 300) + `{}]}`:       false,
		`{"Map":{` + keys.String()[:400] + `"z":{}},"Text":[]}`: false,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := Decode([]byte(text), &v)
		runtime.ReadMemStats(&after)
		wrong := err != nil
		if refused {
			wrong = err == nil || !strings.Contains(err.Error(), "would take more than")
		}
		if wrong {
			t.Errorf("%.40s: %v, want it refused: %v", text, err, refused)
		}
		n, most := after.TotalAlloc-before.TotalAlloc, uint64(16*len(text)+1<<19)
		if refused && n > most {
			t.Errorf("%.40s: %d bytes allocated, want at most %d", text, n, most)
		}
	}
}

// TestCount counts members and elements of which a condition holds.
func TestCount(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "", `[ ]`: "", `{"a":1}`: "a=1 ", ` [1, "x" ,[2,3]]`[1:]: "=1 =\"x\" =[2,3] ",
		`{ "a" : {"b":2} , "c\"":"}" }`: `a={"b":2} c\"="}" `,
	} {
		got := ""
		n := Count([]byte(text), func(key, value []byte) bool {
			got += fmt.Sprintf("%s=%s ", key, value)
			return len(key) > 0
		})
		if got != want || n != strings.Count(want, "a=")+strings.Count(want, "c\\") {
			t.Errorf("%s: %d of %q, want %q", text, n, got, want)
		}
	}
}
