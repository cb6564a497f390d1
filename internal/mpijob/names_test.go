package mpijob_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// TestAttemptNameFits holds names to what JobSet accepts for the longest of an attempt's pods.
func TestAttemptNameFits(t *testing.T) {
	for _, length := range []int{1, 2, 37, 38, 39, 44, 45, 52, 53, 54} {
		for _, workers := range []int32{1, 2, 10, 11, 1000, 1001, mpijob.MaxWorkers} {
			name := "a" + strings.Repeat("b-", length)[:length-1]
			attempt := mpijob.AttemptName(Job(name).Workers(workers).Obj(), 1)
			pod := fmt.Sprintf("%s-%d-abcde", mpijob.JobName(attempt, mpijob.RoleWorker), workers-1)
			if errs := validation.IsDNS1035Label(pod); len(errs) > 0 || len(attempt) > 44 {
				t.Errorf("name of %d characters, %d Workers: attempt %q (%d), pod %q: %v", length, workers, attempt, len(attempt), pod, errs)
			}
		}
	}
}

func TestAttemptNameIsTheJobsOwn(t *testing.T) {
	job := Job("pi").Obj()
	again := Job("pi").Obj()
	again.UID = types.UID("another")
	names := map[string]bool{mpijob.AttemptName(job, 1): true, mpijob.AttemptName(job, 2): true, mpijob.AttemptName(again, 1): true}
	if len(names) != 3 {
		t.Errorf("attempts and namesakes share names: %v", names)
	}
	if diff := cmp.Diff(mpijob.AttemptName(job, 1), mpijob.AttemptName(Job("pi").Obj(), 1)); diff != "" {
		t.Errorf("the name of an attempt isn't stable:\n%s", diff)
	}
}

func TestPort(t *testing.T) {
	for i := range 1000 {
		if p := mpijob.Port(types.UID(fmt.Sprint(i))); p < 10000 || p > 29999 {
			t.Fatalf("port %d is outside 10000–29999", p)
		}
	}
}
