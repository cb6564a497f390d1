package images

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// namespace is where the kubelet's images live in containerd.
const namespace = "k8s.io"

// loadTime is what importing an image takes at most on two cores.
const loadTime = 5 * time.Second

// Load imports the images that containerd lacks, or has with other content,
// and returns the full reference of each by its name.
func Load(ctx context.Context, o Options, images []*Image) (map[string]string, error) {
	present, err := listed(ctx, o.Socket)
	if err != nil {
		return nil, err
	}
	b := newBuilder(o)
	refs := map[string]string{}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, image := range images {
		refs[image.Name] = image.Ref
		if present[image.Ref] == image.Digest {
			continue
		}
		group.Go(func() error {
			return b.step("importing "+image.Ref, loadTime, func() error { return load(gctx, o.Socket, image) })
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return refs, nil
}

// load streams one image into containerd.
func load(ctx context.Context, socket string, image *Image) error {
	r, w := io.Pipe()
	cmd := ctr(ctx, socket, loadArgs...)
	cmd.Stdin = r
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return explainCtr(err, socket, "")
	}
	written := make(chan error, 1)
	go func() {
		err := image.WriteArchive(w)
		w.CloseWithError(err)
		written <- err
	}()
	err := cmd.Wait()
	// Whatever was not read by now never will be.
	_ = r.Close()
	if writeErr := <-written; err == nil && !errors.Is(writeErr, io.ErrClosedPipe) {
		return writeErr
	}
	return explainCtr(err, socket, out.String())
}

// loadArgs follow `ctr -a SOCKET -n k8s.io`; "-" stands for standard input.
var loadArgs = []string{"images", "import", "-"}

// listed returns the digest of each image that containerd has, by reference.
func listed(ctx context.Context, socket string) (map[string]string, error) {
	var out, log bytes.Buffer
	cmd := ctr(ctx, socket, "images", "list")
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		return nil, explainCtr(err, socket, log.String())
	}
	return parseList(out.String()), nil
}

// parseList reads ctr's table, whose columns are REF TYPE DIGEST and more.
func parseList(table string) map[string]string {
	digests := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(table))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) >= 3 && strings.HasPrefix(f[2], "sha256:") {
			digests[f[0]] = f[2]
		}
	}
	return digests
}

func ctr(ctx context.Context, socket string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ctr", append([]string{"-a", socket, "-n", namespace}, args...)...)
}

func explainCtr(err error, socket, log string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("ctr is not installed: run `apt-get install containerd`: %w", err)
	}
	log = strings.TrimSpace(log)
	return fmt.Errorf("containerd at %s refused: %w: %s\nSee its log, and that there is room on its disk",
		socket, err, log[max(0, len(log)-500):])
}
