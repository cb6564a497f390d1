package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// Prometheus is a server that has the metrics of NVIDIA's DCGM exporter. It is asked only for pods
// that the caller was allowed to list; its own rights are those of the token.
type Prometheus struct {
	// URL of its HTTP API, as "https://thanos-querier.openshift-monitoring.svc:9091".
	URL string
	// TokenFile holds a bearer token, and is read for each query; empty sends none.
	TokenFile string
	// HTTP carries the requests; nil is http.DefaultTransport. Queries end after ten seconds.
	HTTP http.RoundTripper
}

// prometheusBytes bounds an answer.
const prometheusBytes = 4 << 20

// gpuQuery asks for the newest value of each GPU of some pods. Exporters whose own labels are kept
// call them exported_…, as Prometheus does unless it is told otherwise.
const gpuQuery = `{__name__=~"DCGM_FI_DEV_(GPU_UTIL|FB_USED|FB_FREE)",exported_namespace=%q,exported_pod=~%q} or ` +
	`{__name__=~"DCGM_FI_DEV_(GPU_UTIL|FB_USED|FB_FREE)",namespace=%q,pod=~%q}`

// utilisation is what GPUs do, by the pod that has them.
func (p *Prometheus) utilisation(ctx context.Context, namespace string, pods []string) (map[string][]GPUUsage, error) {
	if len(pods) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	client, err := api.NewClient(api.Config{Address: p.URL, RoundTripper: p})
	if err != nil {
		return nil, fmt.Errorf("GPU metrics: the address of Prometheus is wrong: %w", err)
	}
	quoted := make([]string, len(pods))
	for i, name := range pods {
		quoted[i] = regexp.QuoteMeta(name)
	}
	names := strings.Join(quoted, "|")
	// The time is the server's: clocks differ.
	value, _, err := promv1.NewAPI(client).Query(ctx, fmt.Sprintf(gpuQuery, namespace, names, namespace, names), time.Time{})
	if err != nil {
		return nil, fmt.Errorf("GPU metrics can't be read from Prometheus at %s: %w", p.URL, err)
	}
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("GPU metrics can't be read from Prometheus at %s: it answers with a %s", p.URL, value.Type())
	}
	return gpus(vector), nil
}

// gpus sorts samples by pod and GPU.
func gpus(vector model.Vector) map[string][]GPUUsage {
	out := map[string][]GPUUsage{}
	for _, s := range vector {
		pod := string(s.Metric["exported_pod"])
		if pod == "" {
			pod = string(s.Metric["pod"])
		}
		number := string(s.Metric["gpu"])
		if id := string(s.Metric["GPU_I_ID"]); id != "" { // a part of a GPU
			number += ":" + id
		}
		i := slices.IndexFunc(out[pod], func(g GPUUsage) bool { return g.GPU == number })
		if i < 0 {
			out[pod] = append(out[pod], GPUUsage{GPU: number})
			i = len(out[pod]) - 1
		}
		g := &out[pod][i]
		const mebi = 1 << 20
		switch s.Metric[model.MetricNameLabel] {
		case "DCGM_FI_DEV_GPU_UTIL":
			g.Percent = float64(s.Value)
		case "DCGM_FI_DEV_FB_USED":
			g.Memory = int64(s.Value) * mebi
			g.MemoryTotal += g.Memory
		case "DCGM_FI_DEV_FB_FREE":
			g.MemoryTotal += int64(s.Value) * mebi
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b GPUUsage) int { return strings.Compare(a.GPU, b.GPU) })
	}
	return out
}

// RoundTrip adds the token, and cuts answers that are too long.
func (p *Prometheus) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	// A redirection elsewhere goes without the token.
	if base, err := url.Parse(p.URL); p.TokenFile != "" && err == nil && r.URL.Scheme == base.Scheme && r.URL.Host == base.Host {
		token, err := os.ReadFile(p.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("reading the token: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	next := p.HTTP
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(r)
	if err == nil {
		answer.Body = &bounded{ReadCloser: answer.Body, left: prometheusBytes}
	}
	return answer, err
}

type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the answer is too long")
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
