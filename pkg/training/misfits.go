package training

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/amounts"
	"github.com/opendatahub-io/mpijob/internal/spelling"
)

// decodeObject reads a JSON object over a struct, strictly, as far as it can be read; the problems say what of it can't. An
// error is of what is no JSON.
func decodeObject(data []byte, into any) ([]Problem, error) {
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil { // also what follows the object, and what is too deep
		return nil, err
	}
	f := &fitting{}
	given, err := f.once(data)
	if err != nil {
		return nil, err
	}
	if _, isObject := given.(map[string]any); given != nil && !isObject {
		f.wrong("", "is %s, but should be a mapping (key: value)", kindOfJSON(given))
		return f.problems, nil
	}
	f.fits(given, reflect.TypeOf(into), "")
	// What was judged is what is read.
	if data, err = json.Marshal(given); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, into); err != nil {
		f.wrong("", "can't be read: %s", cut(err.Error()))
	}
	return f.problems, nil
}

// maxProblems is how many problems of one document are told.
const maxProblems = 200

// fitting finds what of a decoded JSON value, whose numbers are json.Number, doesn't fit a type, every problem at its
// path, as "spec.containers[0].resources.limits[cpu]". It takes away what doesn't fit, so that all else can be read and
// judged: a decoder stops at the first amount that is none.
type fitting struct {
	problems []Problem
	fields   map[reflect.Type]map[string]reflect.Type // of the structs that were met
}

var (
	quantityType  = reflect.TypeFor[resource.Quantity]()
	timeLimitType = reflect.TypeFor[timeLimitText]()
	unmarshalers  = reflect.TypeFor[json.Unmarshaler]()
)

// full says that no more is told, so that finding words for it is in vain.
func (f *fitting) full() bool { return len(f.problems) >= maxProblems }

func (f *fitting) note(p Problem) {
	if !f.full() {
		f.problems = append(f.problems, p)
	}
}

// wrong notes a problem, and says that the value doesn't fit.
func (f *fitting) wrong(path, format string, args ...any) bool {
	if !f.full() {
		f.note(Problem{Field: path, Message: fmt.Sprintf(format, args...)})
	}
	return false
}

// fits says whether a value can be of the type, apart from what was taken away within it.
func (f *fitting) fits(v any, t reflect.Type, path string) bool {
	t = plain(t)
	switch {
	case v == nil: // is left as it is
		return true
	case t == quantityType:
		return f.isAmount(v, path)
	case t == timeLimitType:
		return f.isTimeLimit(v, path)
	case t == reflect.TypeFor[Spec]():
		t = reflect.TypeFor[specText]()
	case reflect.PointerTo(t).Implements(unmarshalers):
		return f.isRead(v, t, path)
	}
	switch t.Kind() {
	case reflect.Struct:
		return f.isStruct(v, t, path)
	case reflect.Map:
		return f.isMap(v, t, path)
	case reflect.Slice:
		return f.isList(v, t, path)
	case reflect.String:
		if _, ok := v.(string); !ok {
			return f.wrong(path, "is %s, but should be text: put it in quotes", kindOfJSON(v))
		}
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			return f.wrong(path, "is %s, but should be true or false", kindOfJSON(v))
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return f.isInt(v, t, path)
	default: // of no type of job
	}
	return true
}

func (f *fitting) isStruct(v any, t reflect.Type, path string) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return f.wrong(path, "is %s, but should be a mapping (key: value)", kindOfJSON(v))
	}
	fields := f.fieldsOf(t)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		at := below(path, key)
		ft, known := fields[key]
		switch {
		case known:
			if f.fits(m[key], ft, at) {
				continue
			}
		case !f.full():
			f.wrong(at, "there is no such field%s", meantField(key, fields))
		}
		delete(m, key)
	}
	return true
}

func (f *fitting) fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields, met := f.fields[t]
	if !met {
		fields = map[string]reflect.Type{}
		eachField(t, func(name string, ft reflect.Type) { fields[name] = ft })
		if f.fields == nil {
			f.fields = map[reflect.Type]map[string]reflect.Type{}
		}
		f.fields[t] = fields
	}
	return fields
}

// meantField says what an unknown field was probably meant to be.
func meantField(key string, fields map[string]reflect.Type) string {
	if meant := spelling.Nearest(key, slices.Sorted(maps.Keys(fields))); meant != "" {
		return fmt.Sprintf(": did you mean %q?", meant)
	}
	return ": remove it, or check its indentation"
}

func (f *fitting) isMap(v any, t reflect.Type, path string) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return f.wrong(path, "is %s, but should be a mapping (key: value)", kindOfJSON(v))
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !f.fits(m[key], t.Elem(), keyed(path, key)) {
			delete(m, key)
		}
	}
	return true
}

func (f *fitting) isList(v any, t reflect.Type, path string) bool {
	if t.Elem().Kind() == reflect.Uint8 { // bytes, as text
		if _, ok := v.(string); !ok {
			return f.wrong(path, "is %s, but should be text in base64", kindOfJSON(v))
		}
		return true
	}
	list, ok := v.([]any)
	if !ok {
		return f.wrong(path, "is %s, but should be a list (lines that begin with `- `)", kindOfJSON(v))
	}
	ofText := plain(t.Elem()).Kind() == reflect.String
	for i := range list {
		if list[i] == nil && ofText { // which would be read as ""
			f.wrong(keyed(path, strconv.Itoa(i)), `is empty: write "" or remove it`)
		}
		if !f.fits(list[i], t.Elem(), keyed(path, strconv.Itoa(i))) {
			list[i] = nil
		}
	}
	return true
}

func (f *fitting) isInt(v any, t reflect.Type, path string) bool {
	switch x := v.(type) {
	case json.Number:
		_, err := strconv.ParseInt(x.String(), 10, t.Bits())
		switch n, isNumber := strconv.ParseFloat(x.String(), 64); {
		case err == nil:
			return true
		case isNumber == nil && n < 1e6 && n > -1e6:
			return f.wrong(path, "is %s, but should be a whole number", short(x.String()))
		}
		return f.wrong(path, "is %s, which is out of all bounds", short(x.String()))
	case string:
		if likely := amounts.Likely(x, amounts.Count); len(likely) > 0 {
			return f.wrong(path, "is %q, but should be a whole number: did you mean %s?", short(x), likely[0])
		}
		if _, err := strconv.ParseInt(x, 10, t.Bits()); err == nil {
			return f.wrong(path, "is text, but should be a whole number: write %s without quotes", short(x))
		}
		return f.wrong(path, "is %q, but should be a whole number", short(x))
	}
	return f.wrong(path, "is %s, but should be a whole number", kindOfJSON(v))
}

func (f *fitting) isAmount(v any, path string) bool {
	var text string
	switch x := v.(type) {
	case string:
		text = x
	case json.Number:
		text = x.String()
	default:
		return f.wrong(path, "is %s, but should be an amount, as 500m, 4 or 16Gi", kindOfJSON(v))
	}
	if _, err := amounts.Parse(text, amounts.KindOf(lastKey(path))); err != nil {
		return f.wrong(path, "%v", err)
	}
	return true
}

func (f *fitting) isTimeLimit(v any, path string) bool {
	text, ok := v.(string)
	if !ok {
		return f.wrong(path, "is %s, but should be text as 90m, 48h or 2d, or none", kindOfJSON(v))
	}
	if _, err := timeLimitText(text).duration(0); err != nil {
		return f.wrong(path, "%v", err)
	}
	return true
}

// isRead tries what a type reads itself.
func (f *fitting) isRead(v any, t reflect.Type, path string) bool {
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, reflect.New(t).Interface())
	}
	if err != nil {
		return f.wrong(path, "can't be read as it is written: %s", short(string(text)))
	}
	return true
}

func kindOfJSON(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	default:
		return "a mapping"
	}
}
