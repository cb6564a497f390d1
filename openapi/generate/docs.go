package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// docs are the comments on types and fields, and the values of types that have named ones. Types are named with their
// package, as idOf does: packages have types of one name.
type docs struct {
	types, fields map[string]string   // by "pkg/training.Job", "pkg/training.Job.Name"
	values        map[string][]string // by type
}

// readDocs reads the packages in folders of the module whose root is given.
func readDocs(root string, dirs ...string) (*docs, error) {
	d := &docs{types: map[string]string{}, fields: map[string]string{}, values: map[string][]string{}}
	for _, dir := range dirs {
		own := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
		packages, err := parser.ParseDir(token.NewFileSet(), filepath.Join(root, dir), own, parser.ParseComments) //nolint:staticcheck // no types are needed
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			for _, name := range sorted(p.Files) {
				for _, decl := range p.Files[name].Decls {
					if g, ok := decl.(*ast.GenDecl); ok {
						d.read(dir+".", g)
					}
				}
			}
		}
	}
	return d, nil
}

func (d *docs) read(in string, g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			text := s.Doc.Text()
			if text == "" {
				text = g.Doc.Text()
			}
			d.types[in+s.Name.Name] = text
			if st, ok := s.Type.(*ast.StructType); ok {
				d.readFields(in+s.Name.Name, st)
			}
		case *ast.ValueSpec:
			t, ok := s.Type.(*ast.Ident)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, v := range s.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if value, err := strconv.Unquote(lit.Value); err == nil && value != "" {
						d.values[in+t.Name] = append(d.values[in+t.Name], value)
					}
				}
			}
		}
	}
}

func (d *docs) readFields(owner string, st *ast.StructType) {
	for _, f := range st.Fields.List {
		text := f.Doc.Text()
		if text == "" {
			text = f.Comment.Text()
		}
		for _, n := range f.Names {
			d.fields[owner+"."+n.Name] = text
		}
	}
}

func sorted(files map[string]*ast.File) []string { return slices.Sorted(maps.Keys(files)) }
