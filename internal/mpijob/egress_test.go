package mpijob_test

import (
	"net/netip"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// FuzzEgress: whatever the annotation says, it is refused with a reason, or becomes rules that the API
// server takes.
func FuzzEgress(f *testing.F) {
	f.Add("10.0.0.0/8, 192.0.2.7/32:443, [2001:db8::/32]:443")
	f.Add("[::]:1]:2")
	f.Add(",")
	f.Fuzz(func(t *testing.T, text string) {
		job := Job("pi").With(func(j *kubeflow.MPIJob) {
			j.Annotations = map[string]string{mpijob.AnnotationNetwork: string(mpijob.NetworkIsolated), mpijob.AnnotationEgress: text}
		}).Obj()
		if errs := mpijob.Validate(job); len(errs) > 0 {
			for _, e := range errs {
				if e.Detail == "" {
					t.Errorf("refused without a reason: %v", e)
				}
			}
			return
		}
		for _, rule := range mpijob.NetworkPolicy(mpijob.WithDefaults(job), settings).Spec.Egress {
			for _, to := range rule.To {
				if to.IPBlock == nil {
					continue
				}
				if p, err := netip.ParsePrefix(to.IPBlock.CIDR); err != nil || p != p.Masked() {
					t.Errorf("%q became %q", text, to.IPBlock.CIDR)
				}
			}
			for _, p := range rule.Ports {
				if p.Port != nil && p.Port.IntVal < 1 && p.Port.StrVal == "" {
					t.Errorf("%q became port %v", text, p.Port)
				}
			}
		}
	})
}
