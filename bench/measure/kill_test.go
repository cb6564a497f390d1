package measure

import "testing"

func TestNamed(t *testing.T) {
	set := func(messages ...string) map[string]bool {
		m := map[string]bool{}
		for _, message := range messages {
			m[message] = true
		}
		return m
	}
	before := set("Waiting for Worker 1: pulling image", "MPIJob ns/pi is running.")
	for message, want := range map[string]bool{
		"Worker 1: its container was killed by SIGKILL":        true,
		"pod pi-worker-1 failed with exit code 137":            true,
		"Worker 11: its container was killed by SIGKILL":       false,
		"Waiting for Worker 1: pulling image":                  false, // said before the kill
		"MPIJob ns/pi has failed":                              false,
		"Job has reached the specified backoff limit (pi-1-l)": false,
	} {
		if got := named(set(message), before); got != want {
			t.Errorf("named(%q) = %v, want %v", message, got, want)
		}
	}
}
