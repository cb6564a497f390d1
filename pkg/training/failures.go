package training

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

func reportName(job string) string { return job + "-report" }

// parseReport reads the report of the job with this UID; a report that another job of the same name
// left behind is not ours.
func parseReport(cm *corev1.ConfigMap, uid string) (*failure.Report, error) {
	if cm == nil {
		return nil, nil
	}
	text, ok := cm.Data[failure.ReportKey]
	if !ok {
		return nil, nil
	}
	var r failure.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("the report in ConfigMap %q can't be read: %w", cm.Name, err)
	}
	if r.Version > failure.ReportVersion {
		return nil, fmt.Errorf("the report in ConfigMap %q has version %d, this program knows up to %d: update it", cm.Name, r.Version, failure.ReportVersion)
	}
	if r.UID != uid {
		return nil, nil
	}
	return &r, nil
}
