package images

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// fileLayer is a layer that is a tar file on disk. It is not compressed: it
// travels over a local socket only, where gzip would cost more than it saves.
type fileLayer struct {
	path string
	hash v1.Hash
	size int64
}

// layerOf describes the tar file at path. Reading it all for its hash takes a
// fraction of a second for the largest image.
func layerOf(path string) (v1.Layer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a layer: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return nil, fmt.Errorf("reading layer %s: %w", path, err)
	}
	return &fileLayer{path, v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}, size}, nil
}

func (l *fileLayer) Digest() (v1.Hash, error)             { return l.hash, nil }
func (l *fileLayer) DiffID() (v1.Hash, error)             { return l.hash, nil }
func (l *fileLayer) Compressed() (io.ReadCloser, error)   { return os.Open(l.path) }
func (l *fileLayer) Uncompressed() (io.ReadCloser, error) { return os.Open(l.path) }
func (l *fileLayer) Size() (int64, error)                 { return l.size, nil }
func (l *fileLayer) MediaType() (types.MediaType, error)  { return types.OCIUncompressedLayer, nil }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// writeFile makes a file of the cache whole or not at all: an interrupted
// build must not leave half a file system that looks like one.
func writeFile(path string, write func(io.Writer) error) error {
	partial, err := os.CreateTemp(filepath.Dir(path), ".partial-")
	if err != nil {
		return fmt.Errorf("writing the image cache: %w", err)
	}
	err = write(partial)
	if err = errors.Join(err, partial.Chmod(0o644), partial.Close()); err == nil {
		err = os.Rename(partial.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial.Name()))
	}
	return nil
}
