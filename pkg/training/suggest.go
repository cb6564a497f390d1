package training

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

func isQuantity(s string) bool {
	_, err := resource.ParseQuantity(s)
	return err == nil
}

// fieldNames are the JSON names of the fields at a path of a type, as "spec.runPolicy".
func fieldNames(t reflect.Type, path string) []string {
	for _, part := range strings.Split(path, ".") {
		if part == "" {
			break
		}
		name, _, indexed := strings.Cut(part, "[")
		t = plain(t)
		switch t.Kind() {
		case reflect.Map:
			t = plain(t.Elem())
		case reflect.Struct:
			f, ok := jsonField(t, name)
			if !ok {
				return nil
			}
			t = plain(f)
		default:
			return nil
		}
		if indexed && t.Kind() == reflect.Slice {
			t = plain(t.Elem())
		}
	}
	if t = plain(t); t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	eachField(t, func(name string, _ reflect.Type) { names = append(names, name) })
	return names
}

func plain(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func jsonField(t reflect.Type, name string) (found reflect.Type, ok bool) {
	eachField(t, func(n string, ft reflect.Type) {
		if n == name {
			found, ok = ft, true
		}
	})
	return found, ok
}

// eachField visits a struct's JSON fields, those of embedded structs among them.
func eachField(t reflect.Type, visit func(name string, t reflect.Type)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "" && (f.Anonymous || strings.Contains(options, "inline")):
			eachField(plain(f.Type), visit)
		case name != "" && name != "-":
			visit(name, f.Type)
		}
	}
}

// nearest is the candidate a misspelling was probably meant to be; empty where none is near.
func nearest(word string, candidates []string) string {
	best, distance := "", 1+len(word)/3
	for _, c := range candidates {
		if d := editDistance(strings.ToLower(word), strings.ToLower(c)); d <= distance && (best == "" || d < distance) {
			best, distance = c, d
		}
	}
	return best
}

// editDistance is how many letters to insert, delete or replace, swapping two neighbours being one.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for k := range last {
		last[k] = k
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for k := 1; k <= len(b); k++ {
			cost := 1
			if a[i-1] == b[k-1] {
				cost = 0
			}
			row[k] = min(last[k]+1, row[k-1]+1, last[k-1]+cost)
			if i > 1 && k > 1 && a[i-1] == b[k-2] && a[i-2] == b[k-1] {
				row[k] = min(row[k], before[k-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
