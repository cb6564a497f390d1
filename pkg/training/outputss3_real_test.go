//go:build s3

package training

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// gateway starts a real S3 server on a folder, which `make test-s3` built from its released source.
func gateway(t *testing.T) (endpoint string) {
	t.Helper()
	program, err := filepath.Abs("../../bin/versitygw")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: build it with `make test-s3`", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	log := &bytes.Buffer{}
	cmd := exec.CommandContext(t.Context(), program, "--port", address, "--access", "id", "--secret", "secret-key", "--region", "us-east-1", "posix", t.TempDir())
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for until := time.Now().Add(time.Minute); ; {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return "http://" + address
		}
		if time.Now().After(until) {
			t.Fatalf("the S3 server doesn't listen: %v\n%s", err, log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// The results of a job in a real S3: more than a page of them, a large one, and the wrong keys.
func TestOutputsOnARealS3(t *testing.T) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "models", Annotations: map[string]string{connectionProtocol: "s3"}}, Data: map[string][]byte{
		keyAccessID: []byte("id"), keyAccessSecret: []byte("secret-key"), keyEndpoint: []byte(gateway(t)), keyBucket: []byte("models"), keyRegion: []byte("us-east-1"),
	}}
	s := newShelf()
	s.put("mpijobs", Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}, Connections: []string{"models"}, Output: "s3://models/run"}.MPIJob())
	s.put("secrets", secret)
	jobs := serve(t, s.ServeHTTP).Jobs("")

	source := must(newBucketSource(secret, Output{Bucket: "models", Prefix: "run"}, nil))
	var failed *OutputError
	if _, err := jobs.Outputs(t.Context(), "j", OutputOptions{}); !errors.As(err, &failed) || !strings.Contains(failed.Hint, "bucket's name") {
		t.Errorf("without the bucket: %v", err)
	}
	if err := source.client.MakeBucket(t.Context(), "models", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // 16 MiB
	put := func(key string, content []byte) {
		t.Helper()
		if _, err := source.client.PutObject(t.Context(), "models", key, bytes.NewReader(content), int64(len(content)), minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put("run/big", big)
	put("running", []byte("no"))
	for i := range 1100 { // a page is 1,000
		put("run/log/"+itoa(i), []byte("x"))
	}
	list, err := jobs.Outputs(t.Context(), "j", OutputOptions{})
	if err != nil || len(list.Files) != 1101 || list.Bytes() != int64(len(big))+1100 {
		t.Fatalf("%d files, %v", len(list.Files), err)
	}
	dir := t.TempDir()
	if d, err := jobs.DownloadOutputs(t.Context(), "j", dir, DownloadOptions{OutputOptions: OutputOptions{Paths: []string{"big", "log/7"}}}); err != nil || len(d.Files) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "big")); err != nil || !bytes.Equal(got, big) {
		t.Errorf("the large file came as %d bytes, %v", len(got), err)
	}
	again, err := jobs.DownloadOutputs(t.Context(), "j", dir, DownloadOptions{OutputOptions: OutputOptions{Paths: []string{"big", "log/7"}}})
	if d := cmp.Diff([]string{"big", "log/7"}, names(again.Kept)); err != nil || d != "" {
		t.Errorf("a second time: %v (-want +got):\n%s", err, d)
	}
	secret.Data[keyAccessSecret] = []byte("other")
	s.put("secrets", secret)
	if _, err := jobs.Outputs(t.Context(), "j", OutputOptions{}); !errors.As(err, &failed) || !strings.Contains(failed.Hint, "keys of the connection") {
		t.Errorf("with the wrong key: %v", err)
	}
}
