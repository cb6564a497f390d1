package service

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// wholeJob is a job as its manifest has it.
const wholeJob = `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{},"spec":{"mpiReplicaSpecs":{"Launcher":{"replicas":1,"template":{"spec":{"containers":[{"name":"l","image":"i","command":["mpirun","true"]}]}}},"Worker":{"replicas":2,"template":{"spec":{"containers":[{"name":"w","image":"i"}]}}}}}}`

func TestTemplates(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t)
	const templates = "/api/v1/namespaces/team-a/templates"
	for _, x := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"built-in ones", "GET", templates, "", 200, `"name":"horovod"`},
		{"one of them", "GET", templates + "/horovod", "", 200, `"builtIn":true`},
		{"of a job", "POST", templates, `{"name":"mine","description":"our own","from":"first"}`, 201, `"workers":2`},
		{"of a description that YAML can't hold as it is", "POST", templates, `{"name":"odd","description":"a\u008cb","spec":{"image":"i\u0085"}}`, 201, "a\u008cb"},
		{"which is read as it was written", "GET", templates + "/odd", "", 200, "a\u008cb"},
		{"and deleted", "DELETE", templates + "/odd", "", 204, ""},
		{"again", "POST", templates, `{"name":"mine","from":"first"}`, 409, `"code":"AlreadyExists"`},
		{"instead", "POST", templates + "?replace=true", `{"name":"mine","description":"newer","from":"first"}`, 201, `"newer"`},
		{"of a job that isn't there", "POST", templates, `{"name":"x","from":"absent"}`, 404, `"code":"NotFound"`},
		{"of no UID", "POST", templates, `{"name":"x","from":"first","uid":""}`, 422, `"field":"uid"`},
		{"of a UID that is too long", "POST", templates, `{"name":"x","from":"first","uid":"` + strings.Repeat("u", 65) + `"}`, 422, `"field":"uid"`},
		{"of a UID without its job", "POST", templates, `{"name":"x","spec":{"image":"i"},"uid":"u1"}`, 422, `uid`},
		{"of a spec", "POST", templates, `{"name":"simple","spec":{"image":"i","workers":3,"memoryPerWorker":"1Gi"}}`, 201, `"memoryPerWorker":"1Gi"`},
		{"of a whole job", "POST", templates, `{"name":"full","mpijob":` + wholeJob + `}`, 201, `"kind":"MPIJob"`},
		{"a misspelt field", "POST", templates, `{"name":"x","spec":{"imag":"i"}}`, 422, `did you mean \"image\"`},
		{"a misspelt field around it", "POST", templates, `{"name":"x","spek":{}}`, 422, `spek`},
		{"no amount", "POST", templates, `{"name":"x","spec":{"memoryPerWorker":"lots"}}`, 422, `"field":"spec.memoryPerWorker"`},
		{"a bad name", "POST", templates, `{"name":"../x","spec":{"image":"i"}}`, 422, `"field":"name"`},
		{"of nothing", "POST", templates, `{"name":"x"}`, 422, "`from`"},
		{"of two things", "POST", templates, `{"name":"x","from":"first","spec":{}}`, 422, "`from`"},
		{"not JSON", "POST", templates, `{`, 400, `"code":"BadRequest"`},
		{"the list", "GET", templates, "", 200, `"description":"newer"`},
		{"try a job of it", "POST", templates + "/mine/jobs?dryRun=client", `{"name":"new","changes":{"workers":5}}`, 200, `"replicas":5`},
		{"a job of it", "POST", templates + "/mine/jobs", `{"name":"new","changes":{"workers":5}}`, 201, `"total":5`},
		{"a job of a built-in one", "POST", templates + "/horovod/jobs", `{"name":"new2","changes":{"image":"i","command":["python","train.py"]}}`, 201, `"name":"new2"`},
		{"without what it lacks", "POST", templates + "/horovod/jobs", `{"name":"new3"}`, 422, `name the image to run`},
		{"without a name", "POST", templates + "/mine/jobs", `{}`, 422, `name`},
		{"none of that name", "GET", templates + "/absent", "", 404, `list the templates`},
		{"delete", "DELETE", templates + "/mine", "", 204, ""},
		{"delete again", "DELETE", templates + "/mine", "", 404, `"code":"NotFound"`},
		{"delete a built-in one", "DELETE", templates + "/horovod", "", 422, `is built in`},
	} {
		resp, text := call(t, s, "ann-token", x.method, x.path, x.body)
		if resp.StatusCode != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", x.name, resp.StatusCode, text)
		}
	}
}

// What was read can be saved again as it was read: a form edits it in between.
func TestATemplateComesBackAsItWas(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	const templates = "/api/v1/namespaces/team-a/templates"
	_, text := call(t, s, "ann-token", "GET", templates+"/deepspeed", "")
	if resp, text := call(t, s, "ann-token", "POST", templates, text); resp.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	var before, after training.Template
	_, again := call(t, s, "ann-token", "GET", templates+"/deepspeed", "")
	for text, to := range map[string]*training.Template{text: &before, again: &after} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := json.Marshal(before.Spec)
	b, _ := json.Marshal(after.Spec)
	if after.BuiltIn || after.Created == nil || string(a) != string(b) {
		t.Errorf("was %s\nis %s", text, again)
	}
}

// What the cluster refuses is named in the words of what was written: a template of a simple spec's, or a whole job's.
func TestARefusalIsInTheTemplatesWords(t *testing.T) {
	c := newCluster(t)
	c.denial = "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: metadata.annotations[training.opendatahub.io/timeout]: is 24h, longer than 4h"
	s := c.start(t)
	const templates = "/api/v1/namespaces/team-a/templates"
	if resp, text := call(t, s, "ann-token", "POST", templates, `{"name":"whole","mpijob":`+wholeJob+`}`); resp.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	for template, field := range map[string]string{"horovod": "timeLimit", "whole": "metadata.annotations[training.opendatahub.io/timeout]"} {
		resp, text := call(t, s, "ann-token", "POST", templates+"/"+template+"/jobs", `{"name":"new","changes":{"image":"i","command":["python","train.py"]}}`)
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, `"field":"`+field+`"`) {
			t.Errorf("%s: %d %s, want the field %s", template, resp.StatusCode, text, field)
		}
	}
}
