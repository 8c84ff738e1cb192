package main

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// goPackages are those that have mutants of their Go files.
var goPackages = []string{"kernels", "grad", "optim", "train", "model", "data"}

// swapped are the operators that take each other's place, and moved those that move a boundary.
var (
	swapped = map[token.Token]token.Token{token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO,
		token.QUO: token.MUL, token.REM: token.MUL, token.AND: token.OR, token.OR: token.AND,
		token.SHL: token.SHR, token.SHR: token.SHL, token.LAND: token.LOR, token.LOR: token.LAND,
		token.EQL: token.NEQ, token.NEQ: token.EQL, token.ADD_ASSIGN: token.SUB_ASSIGN,
		token.SUB_ASSIGN: token.ADD_ASSIGN, token.MUL_ASSIGN: token.QUO_ASSIGN,
		token.QUO_ASSIGN: token.MUL_ASSIGN}
	moved = map[token.Token]token.Token{token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ,
		token.GEQ: token.GTR}
)

// goMutants returns the mutants of all hand-written Go files of the packages, as this machine
// builds them.
func goMutants(root string) (all []*mutant, err error) {
	for _, pkg := range goPackages {
		names, err := filepath.Glob(filepath.Join(root, pkg, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			dir, base := filepath.Split(name)
			built, err := build.Default.MatchFile(dir, base)
			if err != nil || !built || strings.HasSuffix(base, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			list, err := mutateGo(pkg, pkg+"/"+base, string(text))
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
	}
	return all, nil
}

// goFile collects the mutants of a Go file.
type goFile struct {
	fset     *token.FileSet
	pkg      string
	path     string
	text     string
	function *ast.FuncDecl
	digest   string // of its text
	all      []*mutant
}

// mutateGo returns the mutants of the functions of a Go file, none if it is generated.
func mutateGo(pkg, path, text string) ([]*mutant, error) {
	g := &goFile{fset: token.NewFileSet(), pkg: pkg, path: path, text: text}
	file, err := parser.ParseFile(g.fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(file) {
		return nil, err
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			g.function = f
			g.digest = digest(text[g.fset.Position(f.Pos()).Offset:g.fset.Position(f.End()).Offset])
			ast.Inspect(f.Body, g.visit)
		}
	}
	return g.all, nil
}

// visit adds the mutants of one node.
func (g *goFile) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit: // its returns have other types than those of the function around it
		ast.Inspect(n.Body, func(n ast.Node) bool {
			if _, ok := n.(*ast.ReturnStmt); !ok && n != nil {
				g.expression(n)
			}
			return true
		})
		return false
	case *ast.ReturnStmt:
		g.zero(n)
	case *ast.IfStmt:
		g.negate(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			g.negate(n.Cond)
		}
	}
	if n != nil {
		g.expression(n)
	}
	return true
}

// expression adds the mutants of operators, constants and statements.
func (g *goFile) expression(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if to, ok := moved[n.Op]; ok {
			g.operator("boundary", n.OpPos, n.Op, to)
		} else if to, ok := swapped[n.Op]; ok {
			g.operator("operator", n.OpPos, n.Op, to)
		}
	case *ast.BasicLit:
		if v, err := strconv.ParseInt(n.Value, 0, 64); n.Kind == token.INT && err == nil {
			g.add("constant", n.Pos(), n.End(), strconv.FormatInt(v+1, 10))
			g.add("constant", n.Pos(), n.End(), "("+strconv.FormatInt(v-1, 10)+")")
		}
	case *ast.AssignStmt:
		if to, ok := swapped[n.Tok]; ok {
			g.operator("operator", n.TokPos, n.Tok, to)
		}
		if n.Tok != token.DEFINE {
			g.add("statement", n.Pos(), n.End(), "")
		}
	case *ast.IncDecStmt:
		to := token.INC
		if n.Tok == token.INC {
			to = token.DEC
		}
		g.operator("operator", n.TokPos, n.Tok, to)
		g.add("statement", n.Pos(), n.End(), "")
	case *ast.ExprStmt, *ast.DeferStmt:
		g.add("statement", n.Pos(), n.End(), "")
	}
}

func (g *goFile) operator(kind string, at token.Pos, from, to token.Token) {
	g.add(kind, at, at+token.Pos(len(from.String())), to.String())
}

func (g *goFile) negate(cond ast.Expr) {
	from, to := g.fset.Position(cond.Pos()).Offset, g.fset.Position(cond.End()).Offset
	g.add("condition", cond.Pos(), cond.End(), "!("+g.text[from:to]+")")
}

// zero returns the zero values of the results' types.
func (g *goFile) zero(n *ast.ReturnStmt) {
	if len(n.Results) == 0 || g.function.Type.Results == nil {
		return
	}
	if !slices.ContainsFunc(n.Results, func(e ast.Expr) bool { return !isZero(e) }) {
		return
	}
	var values []string
	for _, field := range g.function.Type.Results.List {
		var text bytes.Buffer
		if format.Node(&text, g.fset, field.Type) != nil {
			return
		}
		for range max(1, len(field.Names)) {
			values = append(values, "*new("+text.String()+")")
		}
	}
	g.add("return", n.Results[0].Pos(), n.Results[len(n.Results)-1].End(), strings.Join(values, ", "))
}

// isZero reports whether an expression is written as a zero value.
func isZero(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "nil" || e.Name == "false"
	case *ast.BasicLit:
		return e.Value == "0" || e.Value == `""`
	}
	return false
}

// add adds a mutant that replaces the text between two positions.
func (g *goFile) add(kind string, from, to token.Pos, text string) {
	p, q := g.fset.Position(from), g.fset.Position(to)
	if g.text[p.Offset:q.Offset] == text {
		return
	}
	m := &mutant{Kind: kind, Family: g.pkg, Tier: "go", DType: "all", Function: g.function.Name.Name,
		File: g.path, Line: p.Line, start: p.Offset, end: q.Offset, text: text, original: g.text,
		code: []string{g.text}}
	lineStart := p.Offset - p.Column + 1
	rest := g.text[q.Offset:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	m.Before = trim(g.text[lineStart:q.Offset] + rest)
	m.After = trim(g.text[lineStart:p.Offset] + text + rest)
	identify(m, g.digest, p.Offset-g.fset.Position(g.function.Pos()).Offset)
	g.all = append(g.all, m)
}
