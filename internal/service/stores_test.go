package service

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/testkit/fakes3"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// inStore is a cluster with a job whose output is in a store.
func inStore(t *testing.T, endpoint string) *fakeCluster {
	c := newCluster(t)
	c.put(training.Spec{Namespace: "team-a", Name: "first", Image: "i", Workers: 1, Command: []string{"true"}, Connections: []string{"models"}, Output: "s3:///run"}.MPIJob())
	c.add("secrets", &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "models", Annotations: map[string]string{"opendatahub.io/connection-type-protocol": "s3"}},
		Data: map[string][]byte{"AWS_ACCESS_KEY_ID": []byte(fakes3.AccessID), "AWS_SECRET_ACCESS_KEY": []byte("secret"), "AWS_S3_ENDPOINT": []byte(endpoint),
			"AWS_S3_BUCKET": []byte(fakes3.Bucket), "AWS_DEFAULT_REGION": []byte("us-east-1")}})
	return c
}

func allowLoopback(o *Options) {
	o.Stores = NewStores(prefixes("127.0.0.0/8"), nil, o.Log)
}

func TestOutputsInAStore(t *testing.T) {
	c := inStore(t, fakes3.New(t, map[string]string{"run/model": "weights", "run/a/log": "x"}, nil))
	s := c.start(t, allowLoopback)
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/outputs", ""); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"path":"a/log"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if _, text := call(t, s, "ann-token", "GET", onePath+"/outputs/content?path=model", ""); text != "weights" {
		t.Errorf("one file: %q", text)
	}
	if _, text := call(t, s, "ann-token", "GET", onePath+"/outputs/content", ""); len(untar(t, text)) != 2 {
		t.Errorf("everything: %q", text)
	}
	// Who may not read the Secret may not read the results.
	c.deny("ann", "secrets")
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/outputs", ""); resp.StatusCode != http.StatusForbidden {
		t.Errorf("without the right to the Secret: %d %s", resp.StatusCode, text)
	}
}

// The service asks nobody in the cluster's network for a caller, and doesn't tell what there is.
func TestTheServiceIsNoWayIntoTheNetwork(t *testing.T) {
	asked := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(inside.Close)
	endpoints := []string{inside.URL, "http://127.0.0.1:1", "http://[::ffff:127.0.0.1]:" + inside.URL[strings.LastIndex(inside.URL, ":")+1:], "http://169.254.169.254", "http://nowhere.invalid"}
	answers := make([]string, len(endpoints))
	var all sync.WaitGroup
	for i, endpoint := range endpoints {
		s := inStore(t, endpoint).start(t)
		all.Go(func() {
			resp, text := call(t, s, "ann-token", "GET", onePath+"/outputs", "")
			if resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, `"OutputUnreadable"`) || !strings.Contains(text, "--output-network") {
				t.Errorf("%s: %d %s", endpoint, resp.StatusCode, text)
			}
			var p struct{ Detail string }
			_ = json.Unmarshal([]byte(text), &p)
			_, answers[i], _ = strings.Cut(p.Detail, `": `)
		})
	}
	all.Wait()
	if asked {
		t.Error("the service asked a server in its own network")
	}
	if slices.Sort(answers); answers[0] != answers[len(answers)-1] || answers[0] == "" {
		t.Errorf("the answers tell one address from another: %q", answers)
	}
}

// A store that answers without end costs the service no memory.
func TestAStoreWithoutEnd(t *testing.T) {
	sent := atomic.Int64{}
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<ListBucketResult>`)
		for entry := []byte(`<Contents><Key>run/` + strings.Repeat("x", 900) + `</Key><Size>1</Size></Contents>`); ; {
			n, err := w.Write(entry)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(endless.Close)
	s := inStore(t, endless.URL).start(t, allowLoopback)
	if resp, text := call(t, s, "ann-token", "GET", onePath+"/outputs", ""); resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, "longer than 4 MiB") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if n := sent.Load(); n > 16*maxAnswer {
		t.Errorf("%d bytes were taken", n)
	}
}

func TestStoresAddresses(t *testing.T) {
	g := &guard{allowed: prefixes("10.20.0.0/16"), own: prefixes("203.0.113.0/24")}
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "10.20.3.4": true, "::ffff:10.20.3.4": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "10.0.0.1": false, "172.30.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1%eth0": false, "fd00::1": false, "100.64.0.1": false, "203.0.113.9": false, "224.0.0.1": false,
		"255.255.255.255": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::1": false, "2001:0:1::1": false,
	} {
		if got := g.may(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
