// Command served serves the dashboard that was built as the training service does, by HTTP/2 and with its policy, and asks
// another address for what the service would answer: what a browser measures then is the dashboard's. It ends with its
// input.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"

	"github.com/opendatahub-io/mpijob/dashboard"
	"github.com/opendatahub-io/mpijob/internal/service/web"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "served:", err)
		os.Exit(1)
	}
}

func run(args []string, until io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("want the address that answers, got %d arguments", len(args))
	}
	answers, err := url.Parse(args[0])
	if err != nil {
		return fmt.Errorf("reading the address that answers: %w", err)
	}
	quiet := log.New(io.Discard, "", 0) // a browser that is ended leaves connections half made
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(answers) }, ErrorLog: quiet}
	s := httptest.NewUnstartedServer(web.New(dashboard.Files(), "").Before(proxy))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet
	s.StartTLS()
	// Streams are open as long as a page is: they are cut, not waited for.
	defer func() { _ = s.Config.Close() }()
	fmt.Fprintln(out, s.URL)
	_, err = io.Copy(io.Discard, until)
	return err
}
