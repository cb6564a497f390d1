package training

import (
	"strings"
	"unicode/utf8"
)

// Where in a document a problem is, as "spec.mpiReplicaSpecs[Worker].containers[0].resources.limits[nvidia.com/gpu]".

// maxPath is the most bytes of a path, and of a decoder's words. A path names a key of an annotation whole, wherever it is; a
// key that is longer is cut, so that it is not written again for each of a thousand fields below it.
const maxPath = 512

// below is the path of a field.
func below(path, key string) string {
	if path == "" {
		return pathOf("", "", key, "")
	}
	return pathOf(path, ".", key, "")
}

// keyed is the path of a key of a mapping, or of a place in a list.
func keyed(path, key string) string { return pathOf(path, "[", key, "]") }

func pathOf(path, before, key, after string) string {
	if len(path) > maxPath-utf8.UTFMax && strings.HasSuffix(path, "…") { // it was cut
		return path
	}
	return cut(path + before + key[:min(len(key), maxPath+1)] + after)
}

// cut is a text of at most maxPath bytes, cut between two characters.
func cut(s string) string {
	if len(s) <= maxPath {
		return s
	}
	at := maxPath - len("…")
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at] + "…"
}

// lastKey is the last field or key of a path.
func lastKey(path string) string {
	if at := strings.LastIndexByte(path, '['); at >= 0 && strings.HasSuffix(path, "]") {
		return path[at+1 : len(path)-1]
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

// step is a part of a path: a field, or within brackets a key of a mapping or a place in a list.
type step struct {
	name    string
	bracket bool
}

// stepsOf are the parts of a path.
func stepsOf(path string) (steps []step) {
	for path != "" {
		if path[0] == '[' {
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return steps
			}
			steps, path = append(steps, step{path[1:end], true}), strings.TrimPrefix(path[end+1:], ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			return append(steps, step{name: path})
		}
		steps = append(steps, step{name: path[:end]})
		if path = path[end:]; path[0] == '.' {
			path = path[1:]
		}
	}
	return steps
}

// within says whether a path is another, or leads into it.
func within(path, other string) bool {
	rest, ok := strings.CutPrefix(path, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
