package training

import (
	"reflect"
	"strings"
)

func plain(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
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
