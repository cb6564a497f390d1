package images

import (
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Controller is the name of the controller's image, without tag.
const Controller = "mpijob.sandbox/controller"

// ControllerSpec is the controller's image. It is none of Specs: those are for jobs, and don't change
// with every line of the controller.
func ControllerSpec() Spec {
	return Spec{
		Name:     Controller,
		Binaries: []Binary{{Module: ".", Package: "./cmd/controller", Path: "/controller"}},
		Config:   Config{User: "65532", Entrypoint: []string{"/controller"}},
	}
}

// Service is the name of the training service's image, without tag.
const Service = "mpijob.sandbox/training-service"

// ServiceSpec is the training service's image, which is none of Specs for the same reason.
func ServiceSpec() Spec {
	return Spec{
		Name:     Service,
		Binaries: []Binary{{Module: ".", Package: "./cmd/training-service", Path: "/training-service"}},
		Config:   Config{User: "65532", Entrypoint: []string{"/training-service"}},
	}
}

// TrainingOperatorSpec is the image of the training operator v1, whose released manifests expect its
// program there.
func TrainingOperatorSpec() Spec {
	return Spec{
		Name:     "mpijob.sandbox/training-operator",
		Binaries: []Binary{{Path: "/manager"}},
		Config:   Config{User: "65532"},
	}
}

// BuildProgram makes the image of one program, which is built already.
func BuildProgram(s Spec, program string) (*Image, error) {
	text, err := os.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("building image %s: %w", s.Name, err)
	}
	layer, err := layerTar([]entry{{path: s.Binaries[0].Path, mode: 0o755, content: text}})
	if err != nil {
		return nil, fmt.Errorf("building image %s: %w", s.Name, err)
	}
	return newImage(s, []v1.Layer{static.NewLayer(layer, types.OCIUncompressedLayer)})
}

// ProgramRef is the full reference of that image. It is noted beside the program, which
// is kept under a name that hashes its sources.
func ProgramRef(s Spec, program string) (string, error) {
	memo := fmt.Sprintf("%s.image-%d", program, recipeVersion)
	if ref, err := os.ReadFile(memo); err == nil {
		return string(ref), nil
	}
	image, err := BuildProgram(s, program)
	if err != nil {
		return "", err
	}
	return image.Ref, writeFile(memo, func(w io.Writer) error {
		_, err := io.WriteString(w, image.Ref)
		return err
	})
}
