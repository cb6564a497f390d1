package jobflags

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// inputNames are the flags that say what comes into a job and out of it.
var inputNames = []string{"secret", "pvc", "connection", "shm-size", "queue", "code", "output-to", "output-connection"}

// inputFlags say what comes into a job and out of it.
type inputFlags struct {
	Secrets, Claims, Connections []string
	SharedMemory                 string
	Queue                        string
	Folder                       string
	Output, OutputConnection     string

	code *training.Code // what was in Folder
}

func (f *inputFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVar(&f.Secrets, "secret", nil, "a Secret as environment of every rank, `NAME`, or as files, NAME:/folder; may be repeated")
	fs.StringArrayVar(&f.Claims, "pvc", nil, "a PersistentVolumeClaim to mount in every Worker, `NAME:/folder`, read-only with :ro behind it; may be repeated")
	fs.StringArrayVar(&f.Connections, "connection", nil, "an Open Data Hub connection whose keys become environment of every rank, `NAME`; may be repeated")
	fs.StringVar(&f.SharedMemory, "shm-size", "", "`SIZE` of each Worker's /dev/shm, as 8Gi; part of its memory (default half of it, or 1Gi; 0 takes what the cluster gives)")
	fs.StringVar(&f.Queue, "queue", "", "`QUEUE` to wait in: a LocalQueue of Kueue, or volcano:NAME")
	fs.StringVar(&f.Folder, "code", "", "a small `FOLDER` to come along, mounted at "+training.CodePath+" as the working directory; less what .gitignore and .odhignore name")
	fs.StringVar(&f.Output, "output-to", "", "the `PLACE` where the program leaves its results: pvc:NAME:/folder or s3://BUCKET/PREFIX; ranks find it in $"+training.OutputVariable)
	fs.StringVar(&f.OutputConnection, "output-connection", "", "`NAME` of the connection for --output-to s3://… (default the first --connection)")
	for _, n := range inputNames {
		if n != "code" && n != "queue" {
			_ = cmd.RegisterFlagCompletionFunc(n, cobra.NoFileCompletions)
		}
	}
	_ = cmd.MarkFlagDirname("code")
}

// fill adds what the flags say to a Spec.
func (f *inputFlags) fill(s *training.Spec, wrong *misread) error {
	for _, text := range f.Secrets {
		name, folder, mounted := strings.Cut(text, ":")
		if name == "" || mounted && folder == "" {
			wrong.note("secret", fmt.Sprintf("%q: write NAME, or NAME:/folder", text))
			continue
		}
		s.Secrets = append(s.Secrets, training.SecretInput{Name: name, MountPath: folder})
	}
	for _, text := range f.Claims {
		name, folder, _ := strings.Cut(text, ":")
		folder, readOnly := strings.CutSuffix(folder, ":ro")
		if name == "" || folder == "" || strings.Contains(folder, ":") {
			wrong.note("pvc", fmt.Sprintf("%q: write NAME:/folder, or NAME:/folder:ro", text))
			continue
		}
		s.Claims = append(s.Claims, training.ClaimInput{Name: name, MountPath: folder, ReadOnly: readOnly})
	}
	s.Connections = append(s.Connections, f.Connections...)
	if size := wrong.quantity("shm-size", f.SharedMemory); size != nil {
		s.SharedMemory = size
	}
	for _, text := range []struct {
		from string
		to   *string
	}{{f.Queue, &s.Queue}, {f.Output, &s.Output}, {f.OutputConnection, &s.OutputConnection}} {
		if text.from != "" {
			*text.to = text.from
		}
	}
	if f.Folder == "" {
		return nil
	}
	var err error
	s.Code, err = pack(f.Folder)
	f.code = s.Code
	return err
}

// pack packs a folder; os.Root keeps links in it from leading out of it.
func pack(folder string) (*training.Code, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, exit.Usagef("--code: %v: name a folder", err)
	}
	defer root.Close()
	code, err := training.PackCode(root.FS())
	var invalid *training.InvalidError
	if errors.As(err, &invalid) {
		invalid.What = "the folder " + folder
	}
	return code, err
}

// Code is the content of the folder that --code names, for CreateOptions; nil where it names none.
func (f *Flags) Code() *training.Code { return f.Inputs.code }
