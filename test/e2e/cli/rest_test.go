//go:build e2e

package cli

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

// rest does one request to the training service as whoever the kubeconfig is of, as curl would:
//
//	rest METHOD PATH [BODY]
//	rest until REGEXP PATH     reads a stream until a line matches
//
// The answer goes to standard output. Its exit code is 0 for a success, and the status's first digit otherwise.
func rest(args []string) int {
	code, err := ask(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rest:", err)
	}
	return code
}

func ask(args []string) (int, error) {
	if len(args) < 2 {
		return 2, errors.New("usage: rest METHOD PATH [BODY], or rest until REGEXP PATH")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return 2, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(config.CAData)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	method, path, until := args[0], args[1], ""
	var body io.Reader = http.NoBody
	switch {
	case method == "until" && len(args) < 3:
		return 2, errors.New("usage: rest until REGEXP PATH")
	case method == "until":
		method, until, path = http.MethodGet, args[1], args[2]
	case len(args) > 2:
		body = strings.NewReader(args[2])
	}
	r, err := http.NewRequestWithContext(ctx, method, os.Getenv("SERVICE")+path, body)
	if err != nil {
		return 2, err
	}
	r.Header.Set("Authorization", "Bearer "+config.BearerToken)
	if body != http.NoBody {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(r)
	if err != nil {
		return 2, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		_, err = io.Copy(os.Stdout, answer.Body)
		return answer.StatusCode / 100, errors.Join(err, errors.New(answer.Status))
	}
	if until == "" {
		_, err = io.Copy(os.Stdout, answer.Body)
		return 0, err
	}
	return 0, readUntil(answer.Body, until)
}

// readUntil passes on the stream up to the line that matches.
func readUntil(stream io.Reader, until string) error {
	wanted, err := regexp.Compile(until)
	if err != nil {
		return err
	}
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the stream ended before a line matched %s: %w", until, err)
		}
		fmt.Print(line)
		if wanted.MatchString(line) {
			return nil
		}
	}
}
