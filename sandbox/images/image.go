package images

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image is an image that is ready to be loaded.
type Image struct {
	// Name is the Spec's.
	Name string
	// Ref is the full reference, with tag.
	Ref string
	// Digest is that of the manifest, "sha256:…".
	Digest string
	// Size is the sum of the layers in bytes; they are not compressed.
	Size int64

	content v1.Image
}

// assemble puts an image together from what the cache holds.
func (b *builder) assemble(ctx context.Context, s Spec, programs map[compiled]string) (*Image, error) {
	var layers []v1.Layer
	var own []entry
	if len(s.Packages) > 0 {
		file, err := b.packages(ctx, newSystem(s.Suite, s.Packages))
		if err != nil {
			return nil, err
		}
		base, err := layerOf(file)
		if err != nil {
			return nil, err
		}
		layers = append(layers, base)
		if own, err = accounts(file, s.Users); err != nil {
			return nil, err
		}
	}
	added, err := b.entries(ctx, s, programs)
	if err != nil {
		return nil, err
	}
	if own = append(own, added...); len(own) > 0 {
		text, err := layerTar(own)
		if err != nil {
			return nil, err
		}
		layers = append(layers, static.NewLayer(text, types.OCIUncompressedLayer))
	}
	return newImage(s, layers)
}

// entries reads what the spec adds above the packages.
func (b *builder) entries(ctx context.Context, s Spec, programs map[compiled]string) ([]entry, error) {
	var all []entry
	for _, d := range s.Dirs {
		all = append(all, entry{path: d.Path + "/", mode: d.Mode, owner: d.Owner})
	}
	for _, f := range s.Files {
		text, err := os.ReadFile(filepath.Join(b.RepoRoot, f.Source))
		if err != nil {
			return nil, err
		}
		all = append(all, entry{path: f.Path, mode: f.Mode, owner: f.Owner, content: text})
	}
	for _, l := range s.Links {
		all = append(all, entry{path: l.Path, mode: 0o777, target: l.Target})
	}
	for _, w := range s.Wheels {
		files, err := b.wheel(ctx, w)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	for _, p := range s.Programs {
		text, err := os.ReadFile(programs[compiled{s.compiler().Name, p.Source}])
		if err != nil {
			return nil, err
		}
		for _, path := range p.Paths {
			all = append(all, entry{path: path, mode: 0o755, content: text})
		}
	}
	for _, bin := range s.Binaries {
		text, err := b.binary(ctx, bin)
		if err != nil {
			return nil, err
		}
		all = append(all, entry{path: bin.Path, mode: 0o755, content: text})
	}
	return all, nil
}

// newImage gives the layers the spec's name and configuration.
func newImage(s Spec, layers []v1.Layer) (*Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.AppendLayers(image, layers...)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Created = v1.Time{Time: epoch}
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config = v1.Config{
		User: s.Config.User, Env: s.Config.Env,
		Entrypoint: s.Config.Entrypoint, WorkingDir: s.Config.WorkingDir,
	}
	// mutate notes when it added each layer, which is nobody's business.
	for i := range config.History {
		config.History[i].Created = v1.Time{Time: epoch}
	}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return nil, err
	}
	return describe(s, image, layers)
}

func describe(s Spec, content v1.Image, layers []v1.Layer) (*Image, error) {
	hash, err := content.Digest()
	if err != nil {
		return nil, err
	}
	tag := s.Tag
	if tag == "" {
		tag = hash.Hex[:12]
	}
	image := &Image{Name: s.Name, Ref: s.Name + ":" + tag, Digest: hash.String(), content: content}
	for _, l := range layers {
		size, err := l.Size()
		if err != nil {
			return nil, err
		}
		image.Size += size
	}
	return image, nil
}

// nameAnnotation tells containerd the full reference of an image in an archive.
const nameAnnotation = "io.containerd.image.name"

// WriteArchive writes the image as one tar file with an OCI image layout,
// which containerd, skopeo and podman read.
func (i *Image) WriteArchive(w io.Writer) error {
	manifest, err := i.content.RawManifest()
	if err != nil {
		return err
	}
	config, err := i.content.RawConfigFile()
	if err != nil {
		return err
	}
	hash, err := v1.NewHash(i.Digest)
	if err != nil {
		return err
	}
	index, err := json.Marshal(v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex,
		Manifests: []v1.Descriptor{{
			MediaType: types.OCIManifestSchema1, Size: int64(len(manifest)), Digest: hash,
			Annotations: map[string]string{nameAnnotation: i.Ref, "org.opencontainers.image.ref.name": i.Ref},
		}},
	})
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	for _, m := range []struct {
		name string
		text []byte
	}{
		{"oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		{"index.json", index},
		{"blobs/sha256/" + hash.Hex, manifest},
		{"blobs/sha256/" + digest(config), config},
	} {
		if err := writeMember(out, m.name, m.text); err != nil {
			return err
		}
	}
	layers, err := i.content.Layers()
	if err != nil {
		return err
	}
	for _, l := range layers {
		if err := writeLayer(out, l); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeMember(w *tar.Writer, name string, text []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text)), ModTime: epoch}
	if err := w.WriteHeader(h); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err := w.Write(text)
	return err
}

func writeLayer(w *tar.Writer, l v1.Layer) error {
	hash, err := l.Digest()
	if err != nil {
		return err
	}
	size, err := l.Size()
	if err != nil {
		return err
	}
	r, err := l.Compressed()
	if err != nil {
		return err
	}
	defer r.Close()
	h := &tar.Header{Typeflag: tar.TypeReg, Name: "blobs/sha256/" + hash.Hex, Mode: 0o644, Size: size, ModTime: epoch}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return err
}
