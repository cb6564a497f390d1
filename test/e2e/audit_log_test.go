//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ourAccount is who the controller is to the API server.
const ourAccount = "system:serviceaccount:mpijob-system:mpijob-controller"

// audited is a write in the API server's audit log.
type audited struct {
	Verb      string
	User      struct{ Username string }
	ObjectRef struct{ Resource, Subresource, Namespace, Name string }
	// ResponseStatus is that of the answer.
	ResponseStatus struct{ Code int }
}

func (a audited) ours() bool { return a.User.Username == ourAccount }

// what is the kind of write: "update mpijobs/status".
func (a audited) what() string {
	w := a.Verb + " " + a.ObjectRef.Resource
	if a.ObjectRef.Subresource != "" {
		w += "/" + a.ObjectRef.Subresource
	}
	return w
}

// writer is who wrote, in words.
func (a audited) writer() string {
	name := a.User.Username
	switch {
	case a.ours():
		return "MPIJob controller"
	case strings.HasPrefix(name, "system:node:"), strings.HasSuffix(name, ":kwok"):
		return "kubelets"
	default:
		return name[strings.LastIndexByte(name, ':')+1:]
	}
}

// auditLog reads what is added to the API server's audit log.
type auditLog struct {
	e      *env
	path   string
	offset int64
}

// auditLog begins to read at the log's end.
func (e *env) auditLog() *auditLog {
	e.t.Helper()
	l := &auditLog{e: e, path: filepath.Join(e.sandbox.State, "log", "audit.log")}
	info, err := os.Stat(l.path)
	e.must(err, "looking for the audit log; the tests must run on the sandbox's machine, as root")
	l.offset = info.Size()
	return l
}

// next are the accepted writes since the last call that are wanted.
func (l *auditLog) next(wanted func(audited) bool) []audited {
	l.e.t.Helper()
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // just put aside
	}
	l.e.must(err, "opening the audit log")
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() < l.offset {
		l.offset = 0
	}
	_, err = f.Seek(l.offset, io.SeekStart)
	l.e.must(err, "reading the audit log")
	var out []audited
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return out // the rest of the line is still to come
		}
		l.offset += int64(len(line))
		var a audited
		l.e.must(json.Unmarshal(line, &a), "reading a line of the audit log")
		if a.ResponseStatus.Code < 300 && wanted(a) {
			out = append(out, a)
		}
	}
}

// untilQuiet collects the wanted writes until there was none for a while.
func (l *auditLog) untilQuiet(while time.Duration, wanted func(audited) bool) []audited {
	l.e.t.Helper()
	var all []audited
	last := time.Now()
	for giveUp := last.Add(patience); time.Since(last) < while; time.Sleep(200 * time.Millisecond) {
		if news := l.next(wanted); len(news) > 0 {
			all, last = append(all, news...), time.Now()
		}
		if time.Now().After(giveUp) {
			l.e.t.Fatalf("writes don't end; the last: %+v", all[len(all)-1])
		}
	}
	return all
}

// writesFor wants what anyone but the tests' own users writes in a namespace, and our reviews of tokens,
// which the API server keeps in none.
func writesFor(namespace string) func(audited) bool {
	return func(a audited) bool {
		if a.ours() && a.ObjectRef.Resource == "tokenreviews" {
			return true
		}
		return a.ObjectRef.Namespace == namespace && strings.HasPrefix(a.User.Username, "system:")
	}
}

// oursIn are the controller's among some writes, by kind.
func oursIn(writes []audited) map[string]int {
	count := map[string]int{}
	for _, a := range writes {
		if a.ours() {
			count[a.what()]++
		}
	}
	return count
}

func total(count map[string]int) (n int) {
	for _, c := range count {
		n += c
	}
	return n
}
