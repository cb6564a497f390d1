package supervisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
)

// probeInterval is short: every component waits for the one before it.
const probeInterval = 50 * time.Millisecond

// Check asks once whether the probe's target is ready.
func Check(ctx context.Context, p component.Probe) error {
	switch {
	case p.URL != "":
		return checkURL(ctx, p)
	case p.Socket != "":
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", p.Socket)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	return nil
}

func checkURL(ctx context.Context, p component.Probe) error {
	transport := &http.Transport{DisableKeepAlives: true}
	if p.CA != "" {
		pem, err := os.ReadFile(p.CA)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s", p.URL, resp.Status)
	}
	return nil
}

// await asks until the target is ready, the process has ended or ctx has.
func await(ctx context.Context, p component.Probe, ended <-chan struct{}) bool {
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	for {
		once, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := Check(once, p)
		cancel()
		if err == nil {
			return true
		}
		select {
		case <-tick.C:
		case <-ended:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
