package mpijob

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// exceeded is how the API server refuses what a quota has no room for.
var exceeded = regexp.MustCompile(`exceeded quota: (\S+), requested: (.+?), used: (.+?), limited: (.+)$`)

// countRuns is what a quota calls the TrainJobs of a namespace: one a started job.
const countRuns = "count/trainjobs.trainer.kubeflow.org"

// quotaText says in numbers what a quota has no room for; empty where a message isn't about one.
func quotaText(message string) string {
	m := exceeded.FindStringSubmatch(strings.TrimSpace(message))
	if m == nil {
		return ""
	}
	requested, used, limited := quantities(m[2]), quantities(m[3]), quantities(m[4])
	names := map[string]bool{}
	for name := range requested {
		names[name] = true
	}
	if len(names) == 0 {
		return ""
	}
	name := byWeight(names)[0]
	if name == countRuns {
		return JobsText(used[name], limited[name], 0, m[1])
	}
	return Room{Resource: corev1.ResourceName(name), Asked: requested[name], Used: used[name], Limit: limited[name], Within: UnderQuota(m[1])}.Text()
}

// quantities reads "pods=1,requests.cpu=500m".
func quantities(list string) map[string]resource.Quantity {
	out := map[string]resource.Quantity{}
	for _, part := range strings.Split(list, ",") {
		name, value, _ := strings.Cut(part, "=")
		if q, err := resource.ParseQuantity(value); err == nil {
			out[name] = q
		}
	}
	return out
}

// RefusedText is what a job waits for whose own objects the API server refuses to create.
func RefusedText(message string) string {
	if t := quotaText(message); t != "" {
		return "Waiting for the namespace's quota: " + t
	}
	return "Waiting: the API server refuses what the job needs: " + message
}
