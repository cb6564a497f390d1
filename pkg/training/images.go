package training

import (
	"context"
	"slices"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// maxImages is how many images are suggested: more of them nobody reads.
const maxImages = 20

// noImage are the reasons for which a job never had its image.
var noImage = []failure.Reason{failure.ImageNotFound, failure.ImagePullFailed}

// Images are the images that the MPIJobs of the namespace use, the newest job's first, each once, 20 at most: what
// the next job may use as well. A job that failed because an image isn't there or couldn't be pulled tells none.
func (j *Jobs) Images(ctx context.Context) ([]string, error) {
	page, err := j.Of(TypeMPIJob).List(ctx, ListOptions{})
	if err != nil {
		return nil, err
	}
	return ImagesOf(page.Items), nil
}

// ImagesOf is what Images makes of jobs that were read already, newest first.
func ImagesOf(jobs []*Job) []string {
	out := []string{}
	for _, j := range jobs {
		got := !slices.Contains(noImage, failure.Reason(j.Reason))
		if got && j.Type == TypeMPIJob && j.Image != "" && !slices.Contains(out, j.Image) {
			out = append(out, j.Image)
		}
		if len(out) == maxImages {
			break
		}
	}
	return out
}
