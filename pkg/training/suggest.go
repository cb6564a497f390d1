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
