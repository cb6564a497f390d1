//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// withCode is the body of a job with one executable file of code.
func withCode(t *testing.T, job, file, text string) (body *bytes.Buffer, kind string) {
	t.Helper()
	var folder bytes.Buffer
	zipped := gzip.NewWriter(&folder)
	archive := tar.NewWriter(zipped)
	err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: file, Size: int64(len(text)), Mode: 0o755})
	if err == nil {
		_, err = io.WriteString(archive, text)
	}
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	if err = errors.Join(err, archive.Close(), zipped.Close()); err == nil {
		err = form.WriteField("job", job)
	}
	if err == nil {
		var part io.Writer
		if part, err = form.CreateFormFile("code", "code.tar.gz"); err == nil {
			_, err = part.Write(folder.Bytes())
		}
	}
	if err = errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	return body, form.FormDataContentType()
}

// A job with a folder of code is created over REST, and its results are listed and fetched when it has ended: the
// service reads the claim through a pod of the scientist's. Another team learns nothing of it.
func TestTrainingServiceInputsAndOutputs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	const name = "e2e-rest-io"
	const jobs = "/namespaces/" + teamA + "/trainingjobs"
	e.follow(teamA, name)
	folder := e.volume(teamA, name)
	scientist, other := e.face(e.scientist), e.face(e.sandbox.User(t, "other-scientist"))
	out := filepath.Join(folder, "out")
	e.must(os.Mkdir(out, 0o777), "making the output's folder")
	e.must(os.Chmod(out, 0o777), "opening it to any user")
	body, kind := withCode(t, `{"name":"`+name+`","image":"`+imageOpenMPI+`","workers":2,"cpuPerWorker":"100m","memoryPerWorker":"64Mi","command":["./run.sh"],
		"claims":[{"name":"`+name+`","mountPath":"/data"}],"output":"pvc:`+name+`:/out"}`, "run.sh", "#!/bin/sh\necho $PWD > $TRAINING_OUTPUT/rank-$OMPI_COMM_WORLD_RANK\n")
	r, err := http.NewRequestWithContext(e.ctx, http.MethodPost, serviceURL+jobs, body)
	e.must(err, "building a request")
	r.Header.Set("Authorization", "Bearer "+scientist.token)
	r.Header.Set("Content-Type", kind)
	resp, err := scientist.http.Do(r)
	e.must(err, "creating the job")
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("creating: %d %s", resp.StatusCode, text)
	}
	for {
		_, text := scientist.call("GET", jobs+"/"+name, "")
		var j training.Job
		e.must(json.Unmarshal([]byte(text), &j), "reading the job")
		if j.Phase == training.Succeeded {
			break
		}
		if j.Phase == training.Failed || e.ctx.Err() != nil {
			t.Fatalf("the job is %s: %s", j.Phase, j.Message)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if status, text := scientist.call("GET", jobs+"/"+name+"/outputs", ""); status != http.StatusOK || !strings.Contains(text, `"rank-1"`) {
		t.Errorf("the list: %d %s", status, text)
	}
	if status, text := scientist.call("GET", jobs+"/"+name+"/outputs/content?path=rank-0", ""); status != http.StatusOK || text != "/code\n" {
		t.Errorf("one file: %d %q", status, text)
	}
	status, all := scientist.call("GET", jobs+"/"+name+"/outputs/content", "")
	var names []string
	for archive := tar.NewReader(strings.NewReader(all)); ; {
		h, err := archive.Next()
		if err != nil {
			break
		}
		names = append(names, h.Name)
	}
	if status != http.StatusOK || strings.Join(names, " ") != name+"/rank-0 "+name+"/rank-1" {
		t.Errorf("everything: %d %v", status, names)
	}
	for _, path := range []string{"/outputs", "/outputs/content", "/usage", "/metrics"} {
		if status, text := other.call("GET", jobs+"/"+name+path, ""); status != http.StatusForbidden {
			t.Errorf("another team reads %s: %d %s", path, status, text)
		}
	}
	if status, text := scientist.call("GET", "/namespaces/"+teamA+"/usage", ""); status != http.StatusOK || !strings.Contains(text, `"phases"`) {
		t.Errorf("what the namespace uses: %d %s", status, text)
	}
	e.await(e.admin.Client, &corev1.PodList{}, "the pods that read results to go", func(pods []client.Object) bool { return len(pods) == 0 },
		client.InNamespace(teamA), client.MatchingLabels{mpijob.LabelOutputsOf: name})
}
