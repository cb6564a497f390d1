package service

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// BenchmarkIdleSubscriber is the service's memory for each of 2,000 subscribers with nothing to be told. Their other
// ends are another process.
func BenchmarkIdleSubscriber(b *testing.B) {
	for _, how := range []string{overHTTP, overTLS, overHTTP2, overHTTP2Each} {
		b.Run(how, func(b *testing.B) { idleSubscribers(b, how, 2000) })
	}
}

// How streams come: each over a connection of its own, as from browsers, or up to 250 over one, as from a proxy.
const (
	overHTTP      = "HTTP/1.1"
	overTLS       = "HTTP/1.1+TLS"
	overHTTP2     = "HTTP/2+TLS,shared"
	overHTTP2Each = "HTTP/2+TLS,each"
)

func idleSubscribers(b *testing.B, how string, subscribers int) {
	service, server := newCluster(b).startService(b, generous)
	authority := filepath.Join(b.TempDir(), "ca.crt")
	if how != overHTTP {
		server = httptest.NewUnstartedServer(nil)
		server.Config = newServer(service.Handler())
		server.EnableHTTP2 = true
		server.StartTLS()
		b.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	before := memory()
	others := exec.CommandContext(b.Context(), os.Args[0])
	others.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d %s", subscribersOf, how, server.URL, subscribers, authority))
	others.Stderr = os.Stderr
	in, err := others.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := others.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := others.Start(); err != nil {
		b.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		b.Fatalf("the subscribers have gone: %v", err)
	}
	time.Sleep(time.Second) // what they were begun with comes to rest
	after := memory()
	each := func(what string, before, after uint64) {
		b.ReportMetric((float64(after)-float64(before))/float64(subscribers)/1024, what)
	}
	each("KiB/subscriber", before.HeapInuse+before.StackInuse, after.HeapInuse+after.StackInuse)
	each("KiB-stack/subscriber", before.StackInuse, after.StackInuse)
	b.ReportMetric(0, "ns/op")
	in.Close()
	_ = others.Wait()
}

func memory() (m runtime.MemStats) {
	// A stack that is too large is halved at each collection.
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m
}

// subscribersOf has the test's program be the other ends of streams: how, where, how many, the authority's file.
const subscribersOf = "TEST_SUBSCRIBERS_OF"

func TestMain(m *testing.M) {
	of := os.Getenv(subscribersOf)
	if of == "" {
		os.Exit(m.Run())
	}
	if err := subscribe(of); err != nil {
		fmt.Fprintln(os.Stderr, "subscribing:", err)
		os.Exit(1)
	}
}

// subscribe opens streams, says so in a line, and holds them until its input ends.
func subscribe(of string) error {
	var how, address, authority string
	var subscribers int
	if _, err := fmt.Sscan(of, &how, &address, &subscribers, &authority); err != nil {
		return err
	}
	trust := x509.NewCertPool()
	if how != overHTTP {
		text, err := os.ReadFile(authority)
		if err != nil {
			return err
		}
		trust.AppendCertsFromPEM(text)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!strings.HasPrefix(how, "HTTP/2"))
	protocols.SetHTTP2(strings.HasPrefix(how, "HTTP/2"))
	connect := func() *http.Transport {
		return &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}}
	}
	shared := connect()
	for range subscribers {
		through := shared
		if how == overHTTP2Each {
			through = connect()
		}
		if err := open(through, address); err != nil {
			return err
		}
	}
	fmt.Println("open")
	_, _ = os.Stdin.Read(make([]byte, 1))
	return nil
}

// open opens a stream, reads until it is in step, and leaves it open.
func open(through *http.Transport, address string) error {
	r, err := http.NewRequest(http.MethodGet, address+"/api/v1/streams/namespaces/team-a/trainingjobs", http.NoBody) //nolint:noctx // it ends with the process
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer ann-token")
	resp, err := through.RoundTrip(r) //nolint:bodyclose // it is to stay open
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the stream was refused: %s", resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if lines.Text() == "event: synced" {
			return nil
		}
	}
	return fmt.Errorf("the stream broke off: %w", lines.Err())
}
