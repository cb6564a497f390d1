package service

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/service/api"
)

const simple = `{"name":"new","image":"i","workers":2,"command":["true"]}`

func TestReadsAndWrites(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.put(job("team-b", "other"))
	s := c.start(t)
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	for _, x := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"who", "GET", "/api/v1/me?namespace=team-a", "", 200, `"connections":true,"create":true,"createTemplates":true,"delete":true,"deleteTemplates":true,"events":true,"exec":true,`},
		{"list", "GET", jobs, "", 200, `"total":1`},
		{"list by phase", "GET", jobs + "?phase=Failed&phase=Running", "", 200, `"total":0`},
		{"an unknown phase", "GET", jobs + "?phase=Nearly", "", 400, `"code":"BadRequest"`},
		{"a misspelt parameter", "GET", jobs + "?phases=Failed", "", 400, `no parameter \"phases\"`},
		{"a bad selector", "GET", jobs + "?labelSelector=a=b=c", "", 422, `labelSelector`},
		{"beyond the last", "GET", jobs + "?offset=1", "", 200, `"items":[]`},
		{"both ways of paging", "GET", jobs + "?offset=1&continue=x", "", 422, `offset`},
		{"a bad continue", "GET", jobs + "?continue=%FF", "", 422, `continue`},
		{"get", "GET", jobs + "/first", "", 200, `"name":"first"`},
		{"no such job", "GET", jobs + "/none", "", 404, `"code":"NotFound"`},
		{"no such job to describe", "GET", jobs + "/none/status", "", 404, `"code":"NotFound"`},
		{"a name that can't be", "GET", jobs + "/..%2f..%2fsecrets", "", 400, `"code":"BadRequest"`},
		{"client dry run", "POST", jobs + "?dryRun=client", simple, 200, `"manifest"`},
		{"client dry run, the simple form", "POST", jobs + "?dryRun=client", simple, 200, `"spec":{"name":"new","namespace":"team-a","image":"i","command":["true"]`},
		{"unknown field", "POST", jobs, `{"name":"new","image":"i","workers":2,"comand":["true"]}`, 422, `comand`},
		{"a list given twice, the first with a field there is none of", "POST", jobs + "?dryRun=client", `{"name":"new","image":"i","workers":2,"command":["true"],"claims":[{"name":"x","mountPath":"/d","nothing":true}],"claims":[{"name":"x"}]}`, 422, `{"field":"claims","message":"is given twice: remove one"}`},
		{"an amount given twice", "POST", jobs + "?dryRun=client", `{"name":"new","image":"i","workers":2,"command":["true"],"memoryPerWorker":"lots","memoryPerWorker":"1Gi"}`, 422, `{"field":"memoryPerWorker","message":"is given twice: remove one"}`},
		{"nothing among texts", "POST", jobs + "?dryRun=client", `{"name":"new","image":"i","workers":2,"command":["python",null,"a"]}`, 422, `{"field":"command[1]","message":"is empty: write \"\" or remove it"}`},
		{"no time limit, in capitals", "POST", jobs + "?dryRun=client", `{"name":"new","image":"i","workers":2,"command":["true"],"timeLimit":"None"}`, 200, `"timeLimit":"none"`},
		{"no length of time", "POST", jobs + "?dryRun=client", `{"name":"new","image":"i","workers":2,"command":["true"],"timeLimit":"nothing"}`, 422, `write it as 90m, 48h or 2d, or none`},
		{"words for amounts", "POST", jobs, `{"name":"new","image":"i","workers":2,"cpuPerWorker":"many","memoryPerWorker":"lots","command":["true"]}`, 422, `"field":"memoryPerWorker","message":"\"lots\" is no amount`},
		{"an amount hides nothing", "POST", jobs, `{"name":"Bad Name","image":"a b","workers":0,"memoryPerWorker":"10 TB","timeLimit":"1 day"}`, 422, `"fields":[{"field":"memoryPerWorker","message":"\"10 TB\" is no amount: did you mean 10T, or 10Ti?"},{"field":"timeLimit","message":"\"1 day\" is no time limit: did you mean 1d?"},{"field":"command",`},
		{"nor do the fields after it", "POST", jobs, `{"name":"Bad Name","image":"a b","workers":0,"memoryPerWorker":"10 TB","timeLimit":"1 day"}`, 422, `{"field":"image","message":"\"a b\" must not contain spaces`},
		{"a manifest's places", "POST", jobs, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"X"},"spec":{"slotsPerWorker":"two","mpiReplicaSpecs":{"Worker":{"replicas":1.5,"template":{"spec":{"containers":[{"name":"w","image":"a b","resources":{"limits":{"memory":"10 TB"}}}]}}}}}}`, 422, `{"field":"spec.mpiReplicaSpecs[Worker].replicas","message":"is 1.5, but should be a whole number"}`},
		{"a preflight of what can't be", "POST", "/api/v1/namespaces/team-a/preflight", `{"name":"new","image":"a b","command":["x"],"workers":1,"memoryPerWorker":"10 TB"}`, 422, `{"field":"image",`},
		{"a warning, once and in its words", "POST", jobs + "?dryRun=client", simple, 200, `"warnings":["image: \"i\" has no tag`},
		{"a list for a job", "POST", jobs, `[1]`, 400, `not a JSON object`},
		{"a word for a number", "POST", jobs, `{"name":"new","image":"i","workers":"2","command":["true"]}`, 422, `"field":"workers"`},
		{"manifest, unknown field", "POST", jobs, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x"},"spec":{"slotsPerWorkr":1}}`, 422, `slotsPerWorkr`},
		{"another namespace", "POST", jobs, `{"name":"new","namespace":"team-b","image":"i","workers":2,"command":["true"]}`, 422, `team-b`},
		{"no JSON", "POST", jobs, `{`, 400, `"code":"BadRequest"`},
		{"create", "POST", jobs, simple, 201, `"name":"new"`},
		{"create again", "POST", jobs, simple, 409, `"code":"AlreadyExists"`},
		{"a queue that nobody looks after", "POST", jobs + "?dryRun=server", `{"name":"queued","image":"i","workers":2,"command":["true"],"queue":"team"}`, 200, `queue \"team\" has no effect: this cluster has no Kueue`},
		{"memory without its unit", "POST", jobs, `{"name":"new","image":"i","workers":2,"command":["true"],"memoryPerWorker":"96"}`, 422, `did you mean 96Mi?`},
		{"days", "POST", jobs + "?dryRun=client", `{"name":"days","image":"i","workers":2,"command":["true"],"timeLimit":"2d"}`, 200, `"timeLimit":"48h"`},
		{"what a copy would be", "POST", jobs + "/first/clone?dryRun=client", `{"changes":{"timeLimit":"1d"}}`, 200, `"manifest":{"`},
		{"what a copy would be, the simple form", "POST", jobs + "/new/clone?dryRun=client", `{"changes":{"workers":3,"memoryPerWorker":"10Ti"}}`, 200, `"spec":{"name":"new-2","namespace":"team-a","image":"i","command":["true"],"workers":3,"slotsPerWorker":1,"memoryPerWorker":"10Ti"`},
		{"clone with a word that isn't one", "POST", jobs + "/first/clone", `{"changes":{"worker":3}}`, 422, `worker`},
		{"clone with amounts that are none", "POST", jobs + "/first/clone", `{"changes":{"memoryPerWorker":"10 TB","cpuPerWorker":"2 cores","timeLimit":"1 day"}}`, 422, `"fields":[{"field":"cpuPerWorker","message":"\"2 cores\" is no amount: did you mean 2?"},{"field":"memoryPerWorker","message":"\"10 TB\" is no amount: did you mean 10T, or 10Ti?"},{"field":"timeLimit","message":"\"1 day\" is no time limit: did you mean 1d?"}]`},
		{"bulk without jobs", "POST", "/api/v1/namespaces/team-a/bulk", `{"action":"delete"}`, 422, `jobs`},
		{"bulk", "POST", "/api/v1/namespaces/team-a/bulk", `{"action":"delete","jobs":[{"name":"new"},{"name":"none"}]}`, 200, `"code":"NotFound"`},
		{"delete", "DELETE", jobs + "/first", "", 202, ""},
		{"no such address", "GET", "/api/v1/trainingjob", "", 404, `"code":"NoSuchAddress"`},
		{"no such method", "PUT", jobs, "", 405, `takes GET, POST`},
		{"HEAD", "HEAD", "/api/v1/streams/trainingjobs", "", 405, ``},
		{"the docs", "GET", "/docs", "", 200, `createTrainingJob`},
	} {
		resp, text := call(t, s, "ann-token", x.method, x.path, x.body)
		if resp.StatusCode != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", x.name, resp.StatusCode, text)
		}
		if resp.StatusCode >= 400 && x.method != "HEAD" {
			var p api.Problem
			if err := json.Unmarshal([]byte(text), &p); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" || p.Code == "" || p.Instance == nil {
				t.Errorf("%s: is no problem: %s", x.name, text)
			}
		}
	}
	if !c.bearer["ann-token"] {
		t.Error("nothing was written with the caller's own token")
	}
}

func TestTags(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t)
	for _, path := range []string{"/api/v1/namespaces/team-a/trainingjobs", "/api/v1/namespaces/team-a/trainingjobs/first"} {
		resp, _ := call(t, s, "ann-token", "GET", path, "")
		tag := resp.Header.Get("ETag")
		if again, body := call(t, s, "ann-token", "GET", path, "", "If-None-Match", tag); again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s with %s: %d %q", path, tag, again.StatusCode, body)
		}
	}
	resp, _ := call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/trainingjobs", "")
	c.put(job("team-a", "second"))
	await(t, "the new job", func() bool {
		again, _ := call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/trainingjobs", "", "If-None-Match", resp.Header.Get("ETag"))
		return again.StatusCode == http.StatusOK
	})
}
