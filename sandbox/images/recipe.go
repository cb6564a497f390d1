package images

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
)

// suite is the Debian release whose packages the images are made of unless they
// name another: Open MPI 4.1 is bookworm's.
const suite = "bookworm"

// recipeVersion is raised when this package makes something else of the same
// input, so that what the cache holds is made anew.
const recipeVersion = 1

// key hashes what a cached thing is made of. Short enough for a file name,
// long enough that two things never share one.
func key(kind string, inputs ...any) string {
	text, err := json.Marshal(struct {
		Kind   string
		Recipe int
		Arch   string
		Inputs []any
	}{kind, recipeVersion, runtime.GOARCH, inputs})
	if err != nil {
		panic(fmt.Sprintf("images: inputs of %s that JSON cannot hold: %v", kind, err))
	}
	return digest(text)[:16]
}

// digest is the hexadecimal SHA-256 of b.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// packagesKey names a reduced root file system.
func packagesKey(s system) string {
	return key("packages", mmdebstrapArgs(systemVariant, s, "-", nil), emptied, dropped)
}

// toolchainKey names the compiler's root file system.
func toolchainKey(c Compiler) string {
	return key("toolchain", mmdebstrapArgs("extract", c.system(), "-", nil))
}

// programKey names a compiled program.
func programKey(c Compiler, source []byte) string {
	return key("program", toolchainKey(c), c.Command, digest(source))
}
