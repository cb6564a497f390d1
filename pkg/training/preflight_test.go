package training

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
)

// reads answers by path; what it doesn't know is forbidden, as an API server says it.
type reads struct {
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	seen    []string
}

func (r *reads) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, q.Method+" "+q.URL.Path)
	r.mu.Unlock()
	if h := r.answers[q.URL.Path]; h != nil {
		h(w, q)
		return
	}
	resource := q.URL.Path[strings.LastIndex(q.URL.Path, "/")+1:]
	status(403, "Forbidden", resource+` is forbidden: User "ann" cannot list resource "`+resource+`" in API group "" at the cluster scope`, nil)(w, q)
}

func allOf(items ...any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]any{"kind": "List", "apiVersion": "v1", "metadata": map[string]string{"resourceVersion": "1"}, "items": items})
	}
}

func quotaOf(name, r, hard, used string) corev1.ResourceQuota {
	q := corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "team"}}
	q.Spec.Hard = corev1.ResourceList{corev1.ResourceName(r): resource.MustParse(hard)}
	q.Status.Hard = q.Spec.Hard
	q.Status.Used = corev1.ResourceList{corev1.ResourceName(r): resource.MustParse(used)}
	return q
}

func TestPreflightReadsAsTheCaller(t *testing.T) {
	const in = "/api/v1/namespaces/team/"
	var nodes []any
	for _, name := range []string{"a", "b"} {
		n := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
		n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("8"), "memory": resource.MustParse("8Gi"), "pods": resource.MustParse("110")}
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
		nodes = append(nodes, n)
	}
	// Two pages of nodes.
	pages := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "" {
			answer(w, 200, map[string]any{"kind": "NodeList", "apiVersion": "v1", "metadata": map[string]string{"continue": "more"}, "items": nodes[:1]})
			return
		}
		answer(w, 200, map[string]any{"kind": "NodeList", "apiVersion": "v1", "metadata": map[string]string{}, "items": nodes[1:]})
	}
	open := map[string]http.HandlerFunc{
		in + "resourcequotas": allOf(), in + "limitranges": allOf(), "/apis/scheduling.k8s.io/v1/priorityclasses": allOf(),
		"/api/v1/nodes": pages, "/api/v1/pods": allOf(),
	}
	with := func(changes map[string]http.HandlerFunc) map[string]http.HandlerFunc {
		out := map[string]http.HandlerFunc{}
		for k, v := range open {
			out[k] = v
		}
		for k, v := range changes {
			out[k] = v
		}
		return out
	}
	for _, c := range []struct {
		name    string
		answers map[string]http.HandlerFunc
		outcome Outcome
		text    string
		rights  string
	}{
		{"everything readable", open, Fits, "It would start now", ""},
		{"nodes aren't", with(map[string]http.HandlerFunc{"/api/v1/nodes": nil}), Unknown, "No quota stands in its way; whether the cluster's nodes have room isn't shown to you", "list nodes"},
		{"nothing is", nil, Unknown, "isn't known", `list nodes,list limitranges in namespace "team",list resourcequotas in namespace "team"`},
		{"the server breaks", with(map[string]http.HandlerFunc{"/api/v1/pods": status(500, "InternalError", "etcd is away", nil)}), Unknown, "etcd is away", ""},
		{"a quota", with(map[string]http.HandlerFunc{in + "resourcequotas": allOf(quotaOf("small", "pods", "4", "3"))}), Waits, `Requested 3 pods, 1 available under quota "small" (3 of 4 in use)`, ""},
		{"a quota, and nodes aren't", with(map[string]http.HandlerFunc{"/api/v1/nodes": nil, in + "resourcequotas": allOf(quotaOf("small", "pods", "2", "0"))}), Refused, "Requested 3 pods, 2 available", "list nodes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &reads{answers: c.answers}
			v, err := serve(t, r.ServeHTTP).Jobs("").Preflight(t.Context(), aJob(), PreflightOptions{})
			if err != nil || v.Outcome != c.outcome || !strings.Contains(v.Message, c.text) {
				t.Fatalf("%v %+v", err, v)
			}
			for _, right := range strings.Split(c.rights, ",") {
				found := right == ""
				for _, k := range v.Checks {
					found = found || k.MissingRight == right
				}
				if !found {
					t.Errorf("no check names the right %q: %+v", right, v.Checks)
				}
			}
			for _, s := range r.seen {
				if !strings.HasPrefix(s, "GET ") {
					t.Errorf("preflight wrote: %s", s)
				}
			}
		})
	}
}

func TestPreflightOfAnInvalidJob(t *testing.T) {
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("unexpected %s", r.URL) })
	var invalid *InvalidError
	if _, err := c.Jobs("").Preflight(t.Context(), aJob(func(m *MPIJob) { m.Name = "A" }), PreflightOptions{}); !errors.As(err, &invalid) {
		t.Errorf("got %v", err)
	}
}

// A quota's refusal carries the same words as preflight, and the largest job that fits.
func TestQuotaErrorsSayWhatFits(t *testing.T) {
	full := allOf(quotaOf("jobs", "count/mpijobs.kubeflow.org", "3", "3"))
	r := &reads{answers: map[string]http.HandlerFunc{
		"/api/v1/namespaces/team/resourcequotas": full,
		"/apis/kubeflow.org/v2beta1/namespaces/team/mpijobs": status(403, "Forbidden",
			`mpijobs.kubeflow.org "pi" is forbidden: exceeded quota: jobs, requested: count/mpijobs.kubeflow.org=1, used: count/mpijobs.kubeflow.org=3, limited: count/mpijobs.kubeflow.org=3`, &metav1.StatusDetails{Name: "pi"}),
	}}
	_, err := serve(t, r.ServeHTTP).Jobs("").Create(t.Context(), aJob(), CreateOptions{})
	var quota *QuotaExceededError
	if !errors.As(err, &quota) || quota.Verdict == nil || !strings.Contains(err.Error(), `3/3 jobs running under quota "jobs"`) || len(quota.Verdict.Suggestions) == 0 {
		t.Errorf("got %v", err)
	}
}

func TestRefusal(t *testing.T) {
	check := func(kind preflight.Kind, o Outcome, field string) PreflightCheck {
		return PreflightCheck{Kind: kind, Outcome: o, Field: field, Message: "no", Object: "q", Resource: "pods", Requested: "3"}
	}
	var quota *QuotaExceededError
	var invalid *InvalidError
	if err := Refusal(&Verdict{Outcome: Waits, Checks: []PreflightCheck{check(CheckQuota, Waits, "")}}); err != nil {
		t.Errorf("one that waits: %v", err)
	}
	if err := Refusal(&Verdict{Outcome: Refused, Checks: []PreflightCheck{check(CheckQuota, Refused, "")}}); !errors.As(err, &quota) || quota.Quota != "q" || quota.Requested != "pods=3" {
		t.Errorf("quota: %v", err)
	}
	if err := Refusal(&Verdict{Outcome: Refused, Name: "pi", Checks: []PreflightCheck{check(preflight.KindLimitRange, Refused, "spec.a"), check(CheckQuota, Refused, "spec.b")}}); !errors.As(err, &invalid) || len(invalid.Problems) != 2 || invalid.Problems[0].Field != "spec.a" {
		t.Errorf("limit range: %v", err)
	}
}
