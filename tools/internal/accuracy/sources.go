package accuracy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// A line of the ledger is bound to the sources of the function that it is about, on its tier:
//
//   - on an assembly tier the text of the function in the generated file kernels/asm/*.s, and the
//     constants that it names;
//   - on the generic tier the Go function and all that it calls or names in package kernels, and the
//     release of Go, whose package math has a part in it.
//
// Comments in Go do not count. stems says where the functions stand.

// stem is the file and the name of the functions of a kernel or of an activation in package asm.
// File "sigmoid" is sigmoid_avx2_amd64.s and so on, and name "Sigmoid" stands for SigmoidF32AVX2 and
// its kin, for SigmoidGradF32AVX2 in ActivateGrad and for SigmoidBackwardF32AVX2 in ActivateBackward.
type stem struct {
	file, name string
	backward   string // what ActivateBackward calls in file hard instead; "-" for a copy
}

var stems = map[string]stem{
	"Exp":      {file: "exp", name: "Exp"},
	"Expm1":    {file: "exp", name: "Expm1"},
	"Log":      {file: "log", name: "Log"},
	"Log1p":    {file: "log", name: "Log1p"},
	"Sigmoid":  {file: "sigmoid", name: "Sigmoid"},
	"Tanh":     {file: "tanh", name: "Tanh"},
	"Erf":      {file: "erf", name: "Erf"},
	"Softplus": {file: "softplus", name: "Softplus"},
	"Sqrt":     {file: "sqrt", name: "Sqrt"},
	"Rsqrt":    {file: "sqrt", name: "Rsqrt"},

	"identity":         {file: "hard", name: "Identity", backward: "-"},
	"step":             {file: "hard", name: "Step", backward: "Inside"},
	"sigmoid":          {file: "sigmoid", name: "Sigmoid"},
	"tanh":             {file: "tanh", name: "Tanh"},
	"relu":             {file: "activation", name: "ReLU"},
	"leaky_relu(0.01)": {file: "activation", name: "LeakyReLU"},
	"leaky_relu(-0.5)": {file: "activation", name: "LeakyReLU", backward: "Stored"},
	"elu(1)":           {file: "elu", name: "ELU"},
	"elu(0.25)":        {file: "elu", name: "ELU"},
	"selu":             {file: "elu", name: "ELU"},
	"gelu":             {file: "gelu", name: "GELU", backward: "Stored"},
	"gelu_tanh":        {file: "gelu", name: "GELUTanh", backward: "Stored"},
	"silu":             {file: "silu", name: "SiLU", backward: "Stored"},
	"softplus":         {file: "softplus", name: "Softplus"},
	"hard_sigmoid":     {file: "hard", name: "HardSigmoid", backward: "Inside"},
	"hard_tanh":        {file: "hard", name: "HardTanh", backward: "Inside"},
	"hard_swish":       {file: "hard", name: "HardSwish", backward: "Stored"},
}

// sources reads and hashes the sources of functions below a root.
type sources struct {
	root  string
	files map[string][]byte     // assembly
	nodes map[string][]ast.Node // what package kernels declares, by name
	fset  *token.FileSet
}

func newSources(root string) *sources { return &sources{root: root, files: map[string][]byte{}} }

// hash returns the hash of the sources of a row in a case.
func (s *sources) hash(row *spec.Row, c int) (string, error) {
	text, err := s.text(row, c)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:16], nil
}

// text returns the sources of a row in a case.
func (s *sources) text(row *spec.Row, c int) ([]byte, error) {
	key := row.Cases[c]
	if key == "" {
		key = row.Kernel
	}
	st, ok := stems[key]
	if !ok {
		return nil, fmt.Errorf("tools/internal/accuracy/sources.go: stems has no %q", key)
	}
	what, name := "", st.name
	switch {
	case row.Kernel == "ActivateGrad":
		what = "Grad"
	case row.Kernel == "ActivateBackward" && st.backward == "-":
		return []byte("copy"), nil
	case row.Kernel == "ActivateBackward" && st.backward != "":
		st.file, name, what = "hard", st.backward, "Backward"
	case row.Kernel == "ActivateBackward":
		what = "Backward"
	case row.Kernel == "Activate" && st.name == "Identity":
		return []byte("copy"), nil
	}
	if row.Tier == kernels.Generic {
		return s.goText(strings.ToLower(name[:1]) + name[1:] + what + "Generic")
	}
	suffix := strings.ToUpper(row.DType.String() + row.Tier.String())
	return s.assembly(st.file, row.Tier.String(), name+what+suffix)
}

// assembly returns the text of a function and of its constants.
func (s *sources) assembly(file, tier, function string) ([]byte, error) {
	arch := "amd64"
	if tier == "neon" {
		arch = "arm64"
	}
	path := fmt.Sprintf("kernels/asm/%s_%s_%s.s", file, tier, arch)
	text, err := s.read(path)
	if err != nil {
		return nil, err
	}
	begin := bytes.Index(text, []byte("TEXT ·"+function+"(SB)"))
	if begin < 0 {
		return nil, fmt.Errorf("%s: no function %s", path, function)
	}
	body := text[begin:]
	if end := bytes.Index(body[1:], []byte("\nTEXT ")); end >= 0 {
		body = body[:end+1]
	}
	constants, err := s.read("kernels/asm/constants_" + arch + ".s")
	if os.IsNotExist(err) {
		return body, nil
	} else if err != nil {
		return nil, err
	}
	var named []string
	for _, m := range constantName.FindAllSubmatch(body, -1) {
		named = append(named, string(m[1]))
	}
	slices.Sort(named)
	out := slices.Clone(body)
	for _, name := range slices.Compact(named) {
		for line := range bytes.Lines(constants) {
			if bytes.HasPrefix(line, []byte("DATA ·"+name+"+")) {
				out = append(out, line...)
			}
		}
	}
	return out, nil
}

var constantName = regexp.MustCompile(`·(\w+)(?:\+\d+)?\(SB\)`)

// read returns a file below the root, which it reads once.
func (s *sources) read(path string) ([]byte, error) {
	if text, ok := s.files[path]; ok {
		return text, nil
	}
	text, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(path)))
	if err == nil {
		s.files[path] = text
	}
	return text, err
}

// goText returns the text of a function of package kernels and of all that it names there.
func (s *sources) goText(function string) ([]byte, error) {
	if s.nodes == nil {
		if err := s.parse(); err != nil {
			return nil, err
		}
	}
	if s.nodes[function] == nil {
		return nil, fmt.Errorf("package kernels has no %s", function)
	}
	seen := map[string]bool{function: true}
	list := []string{function}
	for i := 0; i < len(list); i++ {
		for _, n := range s.nodes[list[i]] {
			ast.Inspect(n, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if ok && !seen[id.Name] && s.nodes[id.Name] != nil {
					seen[id.Name] = true
					list = append(list, id.Name)
				}
				return true
			})
		}
	}
	slices.Sort(list)
	release := strings.Join(strings.SplitN(runtime.Version(), ".", 3)[:2], ".")
	out := []byte(release + "\n")
	for _, name := range list {
		for _, n := range s.nodes[name] {
			var b bytes.Buffer
			if err := printer.Fprint(&b, s.fset, n); err != nil {
				return nil, err
			}
			out = append(append(out, b.Bytes()...), '\n')
		}
	}
	return out, nil
}

// parse reads what the files of package kernels declare, other than tests, dispatchers and methods.
func (s *sources) parse() error {
	paths, err := filepath.Glob(filepath.Join(s.root, "kernels", "*.go"))
	if err != nil {
		return err
	}
	s.nodes, s.fset = map[string][]ast.Node{}, token.NewFileSet()
	for _, path := range paths {
		base := filepath.Base(path)
		if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "zdispatch") {
			continue
		}
		f, err := parser.ParseFile(s.fset, path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			s.declare(d)
		}
	}
	return nil
}

// declare notes what a declaration declares. Comments are not part of what is printed.
func (s *sources) declare(d ast.Decl) {
	add := func(name string, n ast.Node) {
		if name != "_" && name != "T" && name != "init" {
			s.nodes[name] = append(s.nodes[name], n)
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name.Name, d)
		}
	case *ast.GenDecl:
		for _, sp := range d.Specs {
			switch sp := sp.(type) {
			case *ast.ValueSpec:
				for _, name := range sp.Names {
					if d.Tok == token.CONST {
						add(name.Name, d) // iota counts in the whole declaration
					} else {
						add(name.Name, sp)
					}
				}
			case *ast.TypeSpec:
				add(sp.Name.Name, sp)
			}
		}
	}
}
