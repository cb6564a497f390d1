package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/fakes3"
)

// shelfOfFiles is a source with these files; it sends those in sent, if there are any, whatever it is asked for.
type shelfOfFiles struct {
	files map[string]string
	sent  map[string]string
	reads *[]string
}

func (s shelfOfFiles) list(context.Context, []string) (*OutputList, error) {
	l := &OutputList{Place: "pvc:c:/"}
	for name, text := range s.files {
		l.add(OutputFile{Path: name, Size: int64(len(text)), Modified: noon})
	}
	return l, nil
}

func (s shelfOfFiles) read(_ context.Context, files []OutputFile) iter.Seq2[*OutputContent, error] {
	return func(yield func(*OutputContent, error) bool) {
		for _, f := range files {
			if s.reads != nil {
				*s.reads = append(*s.reads, f.Path)
			}
			text := s.files[f.Path]
			if s.sent != nil {
				for name, other := range s.sent {
					f.Path, text = name, other
				}
			}
			if !yield(&OutputContent{OutputFile: f, Reader: strings.NewReader(text)}, nil) {
				return
			}
		}
	}
}

func (shelfOfFiles) close() {}

func fetch(t *testing.T, s shelfOfFiles, dir string, paths ...string) (*Download, error) {
	t.Helper()
	list, err := selectOutputs(t.Context(), s, paths)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	return download(t.Context(), s, list, root, nil)
}

func names(files []OutputFile) (out []string) {
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

func TestDownloadGoesOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	var reads []string
	s := shelfOfFiles{files: map[string]string{"model": "weights", "a/b/log": "", "a/c": "x"}, reads: &reads}
	d, err := fetch(t, s, dir)
	if err != nil || len(d.Files) != 3 {
		t.Fatalf("%+v, %v", d, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "model")); err != nil || string(text) != "weights" {
		t.Errorf("%s, %v", text, err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "a/c"), []byte("y"), 0o600), os.WriteFile(filepath.Join(dir, "model"+partSuffix), nil, 0o600), os.Remove(filepath.Join(dir, "model"))); err != nil {
		t.Fatal(err)
	}
	reads = nil
	d, err = fetch(t, s, dir)
	if diff := cmp.Diff([]string{"a/c", "model"}, names(d.Files)); err != nil || diff != "" || len(d.Kept) != 1 {
		t.Errorf("kept %v, %v (-want +got):\n%s", names(d.Kept), err, diff)
	}
	if d, err = fetch(t, s, t.TempDir(), "a/"); err != nil || len(d.Files) != 2 {
		t.Errorf("a folder: %+v, %v", d, err)
	}
	var wrong *OutputError
	if _, err = fetch(t, s, dir, "model", "nowhere"); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("what isn't there: %v", err)
	}
}

// Nothing that a program leaves, or that whoever sends it says, gets out of the folder.
func TestDownloadStaysInItsFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "in")
	if err := errors.Join(os.MkdirAll(filepath.Join(parent, "out"), 0o755), os.MkdirAll(dir, 0o755),
		os.Symlink("../out", filepath.Join(dir, "link")), os.Symlink("../out/file", filepath.Join(dir, "file"))); err != nil {
		t.Fatal(err)
	}
	d, err := fetch(t, shelfOfFiles{files: map[string]string{"../out/a": "x", "/out/a": "x", "a/../../out/b": "x", "a\x00b": "x", "a\\b": "x", ".": "x", "": "x", "fine": "x"}}, dir)
	if err != nil || len(d.Files) != 1 || len(d.Skipped) != 7 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := fetch(t, shelfOfFiles{files: map[string]string{"link/a": "x"}}, dir); err == nil {
		t.Error("wrote through a link")
	}
	if _, err := fetch(t, shelfOfFiles{files: map[string]string{"file": "x"}}, dir); err != nil {
		t.Errorf("a link in the place of a file is replaced by it: %v", err)
	}
	for what, sent := range map[string]string{"another file": "../out/b", "a longer one": "f"} {
		if _, err := fetch(t, shelfOfFiles{files: map[string]string{"f": "x"}, sent: map[string]string{sent: "xyz"}}, dir); err == nil {
			t.Errorf("took %s", what)
		}
	}
	var left []string
	_ = filepath.WalkDir(parent, func(name string, e fs.DirEntry, _ error) error {
		if !e.IsDir() {
			left = append(left, strings.TrimPrefix(name, parent+"/"))
		}
		return nil
	})
	if diff := cmp.Diff([]string{"in/file", "in/fine", "in/link"}, left); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestAPodThatReadsResultsCanDoNothingElse(t *testing.T) {
	m := Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}}.MPIJob()
	m.UID = "u"
	p := readerPod(m, Output{Claim: "c", Folder: "/x"}, "agent:1")
	c := p.Spec.Containers[0]
	if *p.Spec.AutomountServiceAccountToken || !c.VolumeMounts[0].ReadOnly || !p.Spec.Volumes[0].PersistentVolumeClaim.ReadOnly || !*c.SecurityContext.ReadOnlyRootFilesystem ||
		!*p.Spec.SecurityContext.RunAsNonRoot || *p.Spec.ActiveDeadlineSeconds > 3600 || p.OwnerReferences[0].UID != "u" || len(p.Spec.Volumes) != 1 {
		t.Errorf("%+v", p.Spec)
	}
}

func TestOutputsInS3(t *testing.T) {
	endpoint := fakes3.New(t, map[string]string{"run/model": "weights", "run/": "", "run/a/log": "x", "running": "no", "run/../x": "no"}, nil)
	secret := func(id string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "models", Annotations: map[string]string{connectionProtocol: "s3"}}, Data: map[string][]byte{
			keyAccessID: []byte(id), keyAccessSecret: []byte("secret"), keyEndpoint: []byte(endpoint), keyBucket: []byte(fakes3.Bucket), keyRegion: []byte("us-east-1\n"),
		}}
	}
	s := newShelf()
	job := Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}, Connections: []string{"models"}, Output: "s3:///run"}.MPIJob()
	s.put("mpijobs", job)
	s.put("secrets", secret(fakes3.AccessID))
	jobs := serve(t, s.ServeHTTP).Jobs("")
	l, err := jobs.Outputs(t.Context(), "j", OutputOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/log", "model"}, names(l.Files)); diff != "" || len(l.Skipped) != 1 || l.Place != "s3://models/run" {
		t.Errorf("%+v (-want +got):\n%s", l, diff)
	}
	dir := filepath.Join(t.TempDir(), "new")
	if d, err := jobs.DownloadOutputs(t.Context(), "j", dir, DownloadOptions{}); err != nil || !slices.Equal(names(d.Files), []string{"a/log", "model"}) {
		t.Errorf("%+v, %v", d, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "model")); err != nil || string(text) != "weights" {
		t.Errorf("%s, %v", text, err)
	}
	s.put("secrets", secret("other"))
	var failed *OutputError
	if _, err := jobs.Outputs(t.Context(), "j", OutputOptions{}); !errors.As(err, &failed) || failed.Hint == "" || strings.Contains(err.Error(), "secret") {
		t.Errorf("with other keys: %v", err)
	}
	s.refuse["GET secrets"] = status(403, "Forbidden", `secrets "models" is forbidden: User "ann" cannot get resource "secrets" in API group "" in the namespace "team"`, nil)
	var denied *DeniedError
	if _, err := jobs.Outputs(t.Context(), "j", OutputOptions{}); !errors.As(err, &denied) {
		t.Errorf("without the right: %v", err)
	}
	delete(job.Annotations, mpijob.AnnotationOutput)
	s.put("mpijobs", job)
	var nowhere *NoOutputError
	if _, err := jobs.Outputs(t.Context(), "j", OutputOptions{}); !errors.As(err, &nowhere) {
		t.Errorf("without an output: %v", err)
	}
}

func TestS3Endpoint(t *testing.T) {
	for in, want := range map[string]string{
		"s3.example.com": "s3.example.com true", "https://s3.example.com:9000/": "s3.example.com:9000 true", "http://minio:9000": "minio:9000 false",
		"ftp://x": "", "https://u:p@x": "", "https://x/path": "", "": "", "https://": "",
	} {
		host, secure, err := s3Endpoint(in)
		if got := fmt.Sprint(host, " ", secure); (err != nil) != (want == "") || want != "" && got != want {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
}

func TestWhatAPodSendsIsNotTrusted(t *testing.T) {
	for text, want := range map[string]string{
		`{"path":"a","size":2}` + "\nxy" + `{"path":"b","size":0}` + "\n": "a=xy b= ",
		`{"path":"../a","size":2}` + "\nxy":                               "error",
		`{"path":"a","size":-1}` + "\nxy":                                 "error",
		"no json\n":                                                       "error",
		`{"path":"a"`:                                                     "error",
		strings.Repeat("x", maxHeader+1):                                  "error",
		`{"path":"a","size":9}` + "\nshort":                               "error", // broken off
	} {
		got := ""
		for c, err := range received(strings.NewReader(text)) {
			if err != nil {
				got = "error"
				break
			}
			content, _ := io.ReadAll(c)
			got += c.Path + "=" + string(content) + " "
		}
		if got != want {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
}
