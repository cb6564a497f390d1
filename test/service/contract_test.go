//go:build e2e && service

// Package service proves on a running sandbox that the training service keeps its contract, whatever it is sent:
// schemathesis makes requests of openapi/training.yaml, right ones and wrong ones. `make test-service` starts the
// sandbox and runs it.
package service

import (
	"context"
	_ "embed" // what schemathesis is told
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	authzv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/testkit"
	"github.com/opendatahub-io/mpijob/openapi"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

const (
	// serviceURL is where the sandbox has the training service.
	serviceURL = "https://127.0.0.1:8443"
	contract   = "../../openapi/training.yaml"
	image      = "mpijob.sandbox/openmpi:4.1"
	// within is how long all of it may take; schemathesis is told how many requests that are.
	within = 6 * time.Minute
)

//go:embed requirements.txt
var requirements string

//go:embed schemathesis.toml
var config string

// namespace is the test's own: nothing that it creates or deletes is anybody else's, and no pod of it runs.
func namespace(t *testing.T, admin client.Client, user *testkit.User) string {
	t.Helper()
	ctx := t.Context()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "contract-"}}
	must(t, admin.Create(ctx, ns), "creating a namespace")
	t.Cleanup(func() { must(t, admin.Delete(context.Background(), ns), "deleting the namespace") })
	must(t, admin.Create(ctx, &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "few"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"pods": resource.MustParse("0"), "count/mpijobs.kubeflow.org": resource.MustParse("40"), "count/configmaps": resource.MustParse("100")}},
	}), "bounding the namespace")
	// Scientists save templates; whoever keeps the namespace in order replaces and deletes them.
	must(t, admin.Create(ctx, &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "templates"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"update", "delete"}}},
	}), "making a role for templates")
	for kind, name := range map[string]string{"ClusterRole": "training-scientist", "Role": "templates"} {
		must(t, admin.Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user.Name}},
		}), "letting the scientist in")
	}
	// Until the quota is counted for the first time, nothing is let in; and the API server hears of a binding only after
	// it has been made. An error of the moment is none of the next.
	var why error
	ready := func(ctx context.Context) (bool, error) {
		if why = counted(ctx, admin, ns.Name); why == nil {
			why = lacks(ctx, user, ns.Name)
		}
		return why == nil, nil
	}
	if err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, ready); err != nil {
		t.Fatalf("waiting for the namespace: %v: %v", err, why)
	}
	return ns.Name
}

// counted says why the quota lets nothing in yet.
func counted(ctx context.Context, admin client.Client, namespace string) error {
	var q corev1.ResourceQuota
	if err := admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "few"}, &q); err != nil {
		return err
	}
	if len(q.Status.Used) == 0 {
		return errors.New("the quota isn't counted")
	}
	return nil
}

// lacks says which right of those that the test uses a user doesn't have yet, of each of the roles that give them.
func lacks(ctx context.Context, user *testkit.User, namespace string) error {
	for _, of := range []authzv1.ResourceAttributes{
		{Verb: "create", Group: "kubeflow.org", Resource: "mpijobs"},
		{Verb: "create", Resource: "configmaps"},
		{Verb: "update", Resource: "configmaps"},
		{Verb: "delete", Resource: "configmaps"},
	} {
		of.Namespace = namespace
		got, err := user.Kube.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authzv1.SelfSubjectAccessReview{
			Spec: authzv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &of}}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		if !got.Status.Allowed {
			return fmt.Errorf("%s may not %s %s", user.Name, of.Verb, of.Resource)
		}
	}
	return nil
}

func must(t *testing.T, err error, what string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// Whatever is asked: no answer is a failure of the service, and each is one of the contract's.
func TestTheServiceKeepsItsContract(t *testing.T) {
	sandbox := testkit.OpenSandbox(t)
	admin, scientist := sandbox.User(t, "admin"), sandbox.User(t, "scientist")
	python := testkit.Python(t, requirements)
	ns := namespace(t, admin.Client, scientist)
	// Names that are there, beside invented ones.
	own, err := training.NewClient(scientist.Config, ns)
	must(t, err, "connecting as the scientist")
	for _, name := range []string{"first", "second"} {
		job := training.Spec{Name: name, Namespace: ns, Image: image, Workers: 2, Command: []string{"hostname"}}.MPIJob()
		_, err := own.Jobs("").Create(t.Context(), job, training.CreateOptions{})
		must(t, err, "creating a job")
		_, err = own.Jobs("").SaveTemplate(t.Context(), training.TemplateOf(name, job), training.SaveTemplateOptions{})
		must(t, err, "saving a template")
	}

	file, report := filepath.Join(t.TempDir(), "schemathesis.toml"), filepath.Join(t.TempDir(), "report.ndjson")
	must(t, os.WriteFile(file, []byte(strings.ReplaceAll(config, "NAMESPACE", ns)), 0o600), "writing what schemathesis is told")

	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	run := exec.CommandContext(ctx, python, "-m", "schemathesis.cli", "--no-color", "--config-file", file, "run", contract, "--url", serviceURL, "--report-ndjson-path", report)
	run.Env = append(os.Environ(), "TOKEN="+scientist.Config.BearerToken, "AUTHORITY="+authority(t, scientist), "PYTHONWARNINGS=ignore")
	started := time.Now()
	out, err := run.CombinedOutput()
	text := strings.ReplaceAll(string(out), scientist.Config.BearerToken, "TOKEN")
	if err != nil {
		t.Fatalf("after %s: %v\n%s", time.Since(started).Round(time.Second), err, text)
	}
	t.Logf("it took %s:\n%s", time.Since(started).Round(time.Second), summary(text))
	// That everything was refused would keep the contract too.
	lines, err := os.Open(report)
	must(t, err, "opening what schemathesis reports")
	defer lines.Close()
	given, err := readAnswers(lines)
	must(t, err, "counting the answers")
	for _, o := range given.unanswered(operations(t)) {
		t.Errorf("nothing was tested but refusals of %s", o)
	}
}

// notHere are the operations that can't do in the test's namespace what they are asked for.
var notHere = map[string]string{
	"listAllTrainingJobs":        "the scientist may read one namespace",
	"listUsage":                  "the scientist may read one namespace",
	"listConnections":            "the scientist may not list Secrets",
	"retryTrainingJob":           "no job fails where no pod runs",
	"getTrainingJobLogs":         "no pod runs",
	"downloadTrainingJobLogs":    "no pod runs",
	"getTrainingJobUsage":        "nothing is measured",
	"getTrainingJobCurves":       "nothing is measured",
	"listTrainingJobOutputs":     "no job has an output",
	"downloadTrainingJobOutputs": "no job has an output",
}

// operations are those of the contract that are tried and can do what they are asked for.
func operations(t *testing.T) (out []string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Training)
	must(t, err, "reading the contract")
	unknown := maps.Clone(notHere)
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			delete(unknown, o.OperationID)
			if notHere[o.OperationID] == "" && !slices.Contains(o.Tags, "streams") {
				out = append(out, method+" "+path)
			}
		}
	}
	if len(unknown) > 0 {
		t.Fatalf("the contract doesn't have the exceptions %v: mend notHere", unknown)
	}
	slices.Sort(out)
	return out
}

// authority is a file with the authority that vouches for the service.
func authority(t *testing.T, u *testkit.User) string {
	t.Helper()
	if u.Config.CAFile != "" {
		return u.Config.CAFile
	}
	if block, _ := pem.Decode(u.Config.CAData); block == nil {
		t.Fatal("the kubeconfig of the scientist names no authority")
	}
	file := filepath.Join(t.TempDir(), "ca.crt")
	must(t, os.WriteFile(file, u.Config.CAData, 0o600), "writing the authority")
	return file
}

// summary is the end of what schemathesis says: what was tried.
func summary(text string) string {
	_, end, found := strings.Cut(text, " SUMMARY ")
	if !found {
		return fmt.Sprintf("%.2000s", text)
	}
	return end
}
