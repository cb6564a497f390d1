package training

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/amounts"
	"github.com/opendatahub-io/mpijob/internal/spelling"
)

// misfits finds what of a decoded JSON value, whose numbers are json.Number, doesn't fit a type, every problem at its
// path, as "spec.containers[0].resources.limits[cpu]". It takes away what doesn't fit, so that all else can be read and
// judged: a decoder stops at the first amount that is none.
func misfits(v any, t reflect.Type, path string) []Problem {
	f := &fitting{}
	f.fits(v, t, path)
	return f.problems
}

// decodeObject reads a JSON object over a struct, strictly, as far as it can be read; the problems say what of it can't. An
// error is of what is no JSON.
func decodeObject(data []byte, into any) ([]Problem, error) {
	var given any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil {
		return nil, err
	}
	if _, isObject := given.(map[string]any); given != nil && !isObject {
		return []Problem{{Message: fmt.Sprintf("is %s, but should be a mapping (key: value)", kindOfJSON(given))}}, nil
	}
	problems := misfits(given, reflect.TypeOf(into), "")
	if len(problems) > 0 {
		var err error
		if data, err = json.Marshal(given); err != nil {
			return nil, err
		}
	}
	return problems, json.Unmarshal(data, into)
}

// maxMisfits is how many problems of one document are told.
const maxMisfits = 200

type fitting struct{ problems []Problem }

var (
	quantityType  = reflect.TypeFor[resource.Quantity]()
	timeLimitType = reflect.TypeFor[timeLimitText]()
	unmarshalers  = reflect.TypeFor[json.Unmarshaler]()
)

// wrong notes a problem, and says that the value doesn't fit.
func (f *fitting) wrong(path, format string, args ...any) bool {
	if len(f.problems) < maxMisfits {
		f.problems = append(f.problems, Problem{Field: path, Message: fmt.Sprintf(format, args...)})
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
	fields := map[string]reflect.Type{}
	eachField(t, func(name string, ft reflect.Type) { fields[name] = ft })
	for _, key := range slices.Sorted(maps.Keys(m)) {
		at := below(path, key)
		ft, known := fields[key]
		switch {
		case known:
			if f.fits(m[key], ft, at) {
				continue
			}
		default:
			f.wrong(at, "there is no such field%s", meantField(key, fields))
		}
		delete(m, key)
	}
	return true
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
		if !f.fits(m[key], t.Elem(), path+"["+key+"]") {
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
	for i := range list {
		if !f.fits(list[i], t.Elem(), fmt.Sprintf("%s[%d]", path, i)) {
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
			return f.wrong(path, "is text, but should be a whole number: write %s without quotes", x)
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

// below is the path of a field.
func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// lastKey is the last field or key of a path.
func lastKey(path string) string {
	if at := strings.LastIndexByte(path, '['); at >= 0 && strings.HasSuffix(path, "]") {
		return path[at+1 : len(path)-1]
	}
	return path[strings.LastIndexByte(path, '.')+1:]
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
