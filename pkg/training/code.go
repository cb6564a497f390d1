package training

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// CodePath is where a job's code folder appears in every pod, read-only. It is the working directory.
const CodePath = "/code"

// Limits of a code folder. Its files travel in ConfigMaps, which the API server keeps in its database.
const (
	MaxCodeBytes    = 3 << 20   // of all files
	MaxCodeFile     = 1_000_000 // of one: a ConfigMap holds 1 MiB
	MaxCodeFiles    = 300
	MaxCodePathName = 240 // of a file's path, in bytes
)

// Code is a folder of files that comes with a job: made by PackCode, or by SpecOf, which knows the
// files but not what is in them.
type Code struct {
	// Digest tells one folder's content from another's.
	Digest string `json:"digest"`
	// Files in the order of their paths.
	Files []CodeFile `json:"files"`
}

// CodeFile is one file of a code folder.
type CodeFile struct {
	// Path below CodePath, with slashes.
	Path string `json:"path"`
	// Executable files have mode 0755, others 0644.
	Executable bool `json:"executable,omitempty"`

	part    int // which ConfigMap it is in
	content []byte
}

const (
	codeVolume = "code"
	modeFile   = 0o644
	modeScript = 0o755
	// partBytes is how much a ConfigMap holds.
	partBytes = MaxCodeFile
)

// newCode makes a Code of files sorted by path: the same files make the same Code.
func newCode(files []CodeFile) *Code {
	hash := sha256.New()
	part, room := 0, partBytes
	for i := range files {
		f := &files[i]
		if len(f.content) > room {
			part, room = part+1, partBytes
		}
		room -= len(f.content)
		f.part = part
		hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(f.Path))))
		hash.Write([]byte(f.Path))
		hash.Write([]byte{map[bool]byte{true: 1}[f.Executable]})
		hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(f.content))))
		hash.Write(f.content)
	}
	return &Code{Digest: hex.EncodeToString(hash.Sum(nil))[:16], Files: files}
}

// Bytes is the size of all files; 0 where their content isn't known.
func (c *Code) Bytes() int {
	n := 0
	for _, f := range c.Files {
		n += len(f.content)
	}
	return n
}

// packed says whether the files' content is known.
func (c *Code) packed() bool {
	for _, f := range c.Files {
		if f.content == nil {
			return false
		}
	}
	return len(c.Files) > 0
}

func (c *Code) parts() int {
	if len(c.Files) == 0 {
		return 0
	}
	return c.Files[len(c.Files)-1].part + 1
}

// codeKey is the key of a file in its ConfigMap: keys can't be paths.
func codeKey(i int) string { return fmt.Sprintf("f%03d", i) }

func codeName(job, digest string, part int) string {
	return job + "-code-" + digest + "-" + strconv.Itoa(part)
}

var codeNames = regexp.MustCompile(`^(.+)-code-([0-9a-f]{16})-(\d+)$`)

// volume projects the ConfigMaps' keys to the files' paths, so that nothing needs to be unpacked.
func (c *Code) volume(job string) corev1.VolumeSource {
	sources := make([]corev1.VolumeProjection, c.parts())
	for part := range sources {
		sources[part].ConfigMap = &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: codeName(job, c.Digest, part)}}
	}
	for i, f := range c.Files {
		item := corev1.KeyToPath{Key: codeKey(i), Path: f.Path}
		if f.Executable {
			item.Mode = ptr.To[int32](modeScript)
		}
		to := sources[f.part].ConfigMap
		to.Items = append(to.Items, item)
	}
	return corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: sources, DefaultMode: ptr.To[int32](modeFile)}}
}

// codeOf reads a volume of volume's; nil for another one.
func codeOf(v *corev1.ProjectedVolumeSource) *Code {
	c := &Code{}
	for part, source := range v.Sources {
		if source.ConfigMap == nil {
			return nil
		}
		m := codeNames.FindStringSubmatch(source.ConfigMap.Name)
		if m == nil || c.Digest != "" && c.Digest != m[2] {
			return nil
		}
		c.Digest = m[2]
		for _, item := range source.ConfigMap.Items {
			c.Files = append(c.Files, CodeFile{Path: item.Path, Executable: ptr.Deref(item.Mode, 0) == modeScript, part: part})
		}
	}
	if len(c.Files) == 0 {
		return nil
	}
	return c
}

// problems are what a Code that wasn't made by PackCode may have wrong.
func (c *Code) problems() []Problem {
	var out []Problem
	add := func(format string, args ...any) {
		out = append(out, Problem{Field: "code", Message: fmt.Sprintf(format, args...)})
	}
	if len(c.Files) == 0 {
		add("has no files: add some, or leave the folder out")
	}
	if len(c.Files) > MaxCodeFiles {
		add("has %d files, more than %d: put large folders into the image, or on a claim", len(c.Files), MaxCodeFiles)
	}
	for _, f := range c.Files {
		if why := codePathProblem(f.Path); why != "" {
			add("%q %s", f.Path, why)
		}
	}
	return out
}

// codePathProblem is why a file's path can't be one below CodePath.
func codePathProblem(p string) string {
	switch {
	case len(p) > MaxCodePathName:
		return fmt.Sprintf("is longer than %d characters: shorten it", MaxCodePathName)
	case !utf8.ValidString(p) || strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "has characters that can't be printed: rename the file"
	case strings.HasPrefix(p, "..") || strings.Contains(p, "/../") || strings.HasSuffix(p, "/..") || strings.HasPrefix(p, "/") || p == "":
		return "leads out of the folder, or begins with '..': rename the file"
	}
	return ""
}
