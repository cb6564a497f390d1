package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// schemas are the types written so far, as YAML below `components.schemas`.
type schemas struct {
	docs *docs
	done map[string]reflect.Type // by their names in the contract
	b    strings.Builder
	todo []reflect.Type
}

func (s *schemas) String() string { return s.b.String() }

// add writes a named type, and then those it consists of.
func (s *schemas) add(t reflect.Type) error {
	s.todo = append(s.todo, t)
	for len(s.todo) > 0 {
		t, s.todo = s.todo[0], s.todo[1:]
		switch other, ok := s.done[nameOf(t)]; {
		case !ok:
			s.done[nameOf(t)] = t
			s.write(t)
		case other != t:
			return fmt.Errorf("%s and %s would both be %s in the contract: give one of them another name in renamed", idOf(other), idOf(t), nameOf(t))
		}
	}
	return nil
}

// idOf names a type with its package in the module, as "pkg/training.Job".
func idOf(t reflect.Type) string {
	return strings.TrimPrefix(t.PkgPath(), "github.com/opendatahub-io/mpijob/") + "." + t.Name()
}

func (s *schemas) write(t reflect.Type) {
	line := func(depth int, format string, args ...any) {
		s.b.WriteString(strings.Repeat("  ", depth+2) + fmt.Sprintf(format, args...) + "\n")
	}
	line(0, "%s:", nameOf(t))
	if text := s.docs.types[idOf(t)]; text != "" {
		line(1, "description: %s", quoted(text))
	}
	if t.Kind() == reflect.String {
		line(1, "type: string")
		if values := s.docs.values[idOf(t)]; len(values) > 0 {
			line(1, "enum: [%s]", strings.Join(values, ", "))
		}
		s.goType(t, line)
		return
	}
	line(1, "type: object")
	s.goType(t, line)
	if closed[idOf(t)] {
		line(1, "additionalProperties: false")
	}
	fields := fieldsOf(t)
	var required []string
	for _, f := range fields {
		if f.required {
			required = append(required, f.name)
		}
	}
	if len(required) > 0 {
		line(1, "required: [%s]", strings.Join(required, ", "))
	}
	line(1, "properties:")
	for _, f := range fields {
		text := s.docs.fields[f.owner+"."+f.goName]
		schema := s.schema(f.t, f.required)
		switch ref := strings.HasPrefix(schema, "$ref"); {
		case text == "" || ref && text == "":
			line(2, "%s: {%s}", f.name, schema)
		case ref:
			// In 3.0 a reference may have nothing beside it.
			line(2, "%s: {allOf: [{%s}], description: %s}", f.name, schema, quoted(text))
		default:
			line(2, "%s: {%s, description: %s}", f.name, schema, quoted(text))
		}
	}
}

// goType has the generated server use the type itself. Structs of internal packages have an alias in training.
func (s *schemas) goType(t reflect.Type, line func(int, string, ...any)) {
	const path = "github.com/opendatahub-io/mpijob/pkg/training"
	name := aliased[idOf(t)]
	if t.PkgPath() == path {
		name = t.Name()
	}
	if name != "" {
		line(1, "x-go-type: training.%s", name)
		line(1, "x-go-type-import: {path: %s}", path)
	}
}

// schema is a type in one line of flow YAML, without its braces. What Go writes as null is nullable.
func (s *schemas) schema(t reflect.Type, always bool) string {
	null := ""
	if always && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Pointer) {
		null = ", nullable: true"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return "type: string, format: date-time" + null
	case reflect.TypeFor[resource.Quantity]():
		return "type: string, maxLength: 64" + null
	case reflect.TypeFor[time.Duration]():
		return "type: integer, format: int64" + null
	case reflect.TypeFor[training.MPIJob](): // is written by hand
		return "$ref: '#/components/schemas/MPIJob'"
	case reflect.TypeFor[json.RawMessage]():
		return "type: object" + null
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "type: array" + null + ", items: {" + s.schema(t.Elem(), false) + "}"
	case reflect.Map:
		return "type: object" + null + ", additionalProperties: {" + s.schema(t.Elem(), false) + "}"
	case reflect.Struct:
		s.todo = append(s.todo, t)
		return "$ref: '#/components/schemas/" + nameOf(t) + "'"
	case reflect.String:
		if len(s.docs.values[idOf(t)]) > 0 && !open[idOf(t)] {
			s.todo = append(s.todo, t)
			return "$ref: '#/components/schemas/" + nameOf(t) + "'"
		}
		return "type: string"
	case reflect.Bool:
		return "type: boolean"
	case reflect.Float32, reflect.Float64:
		return "type: number"
	case reflect.Int32:
		return "type: integer, format: int32"
	case reflect.Int64:
		return "type: integer, format: int64"
	case reflect.Int:
		return "type: integer"
	default:
		panic("the contract has no schema for " + t.String())
	}
}

func nameOf(t reflect.Type) string {
	if other := renamed[idOf(t)]; other != "" {
		return other
	}
	return t.Name()
}

// open are types that may have other values than the named ones: jobs that other controllers ran.
var open = map[string]bool{"internal/failure.Reason": true}

// field is a property: a struct's field as encoding/json sees it.
type field struct {
	owner, goName, name string
	t                   reflect.Type
	required            bool
}

// fieldsOf are the properties of a struct, those of embedded structs among them.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case t == reflect.TypeFor[training.Spec]() && f.Name == "TimeLimit": // its MarshalJSON makes it a text
			out = append(out, field{owner: idOf(t), goName: f.Name, name: "timeLimit", t: reflect.TypeFor[string]()})
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "":
			out = append(out, fieldsOf(f.Type)...)
		default:
			if name == "" {
				name = f.Name
			}
			optional := slices.ContainsFunc(strings.Split(options, ","), func(o string) bool { return o == "omitempty" || o == "omitzero" })
			out = append(out, field{owner: idOf(t), goName: f.Name, name: name, t: f.Type, required: !optional})
		}
	}
	return out
}

// quoted is a text in one line of YAML.
func quoted(text string) string {
	raw, err := json.Marshal(strings.Join(strings.Fields(text), " "))
	if err != nil {
		panic(err)
	}
	return string(raw)
}
