// Package progress takes what programs tell of how far they are: on the pod's loopback, where code that
// reports to Kubeflow Trainer reports unchanged, or by `mpi-agent progress`. Nothing a program sends
// makes the agent hold or do more than its limits say.
package progress

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Server is the place where a pod's programs report.
type Server struct {
	listener net.Listener
	token    string
	take     func(wire.Progress)
	say      func(string)

	mu     sync.Mutex
	said   map[string]bool // by kind, of which there are few
	second time.Time       // the second that reports are counted in
	count  int
}

// Listen begins to listen in a pod of the job. take gets each report before the program hears that it
// is taken; say, a line about what isn't, once for each kind.
func Listen(job *wire.Job, take func(wire.Progress), say func(string)) (*Server, error) {
	l, err := net.Listen("tcp", job.ProgressAddress())
	if err != nil {
		return nil, fmt.Errorf("programs can't tell their progress here: %w", err)
	}
	return &Server{listener: l, token: job.UID, take: take, say: say, said: map[string]bool{}}, nil
}

// Run serves until the context ends.
func (s *Server) Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { s.listener.Close() })
	defer stop()
	places := make(chan struct{}, limits.ProgressConnections)
	for {
		conn, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			// Out of file descriptors: it passes.
			time.Sleep(100 * time.Millisecond)
			continue
		}
		select {
		case places <- struct{}{}:
			go func() {
				defer func() { <-places }()
				s.serve(conn)
			}()
		default:
			conn.Close()
		}
	}
}

// refusal is an answer other than 200.
type refusal struct {
	code int
	why  string
}

func (r *refusal) Error() string { return r.why }

// serve answers the one request of a connection.
func (s *Server) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(limits.ProgressRequest))
	code, answer := 200, map[string]any{"status": "Success"}
	if err := s.request(conn); err != nil {
		var r *refusal
		if !errors.As(err, &r) {
			return // it didn't speak HTTP, or not to the end
		}
		code, answer = r.code, map[string]any{"status": "Failure", "code": r.code, "message": r.why}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return
	}
	fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		code, words[code], len(body), body)
	if code != 200 {
		drain(conn)
	}
}

// drain reads what a program still sends, within the limits and the time for its request. A connection that is closed with something
// unread is reset, and the program may see that instead of the answer.
func drain(conn net.Conn) {
	if c, ok := conn.(*net.TCPConn); !ok || c.CloseWrite() != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, conn, limits.ProgressHead+limits.ProgressBody)
}

// words are the statuses in words; net/http, which has them too, would be half the agent.
var words = map[int]string{
	200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	411: "Length Required", 413: "Content Too Large", 422: "Unprocessable Content", 429: "Too Many Requests",
}

// request reads and takes a report.
func (s *Server) request(conn io.ReadWriter) error {
	in := textproto.NewReader(bufio.NewReader(io.LimitReader(conn, limits.ProgressHead+limits.ProgressBody)))
	line, err := in.ReadLine()
	if err != nil {
		return err
	}
	fields := strings.Fields(line)
	if len(fields) != 3 || !strings.HasPrefix(fields[2], "HTTP/1.") {
		return errors.New("not HTTP")
	}
	h, err := in.ReadMIMEHeader()
	if err != nil {
		return err
	}
	token := strings.TrimPrefix(h.Get("Authorization"), "Bearer ")
	length, badLength := strconv.Atoi(h.Get("Content-Length"))
	switch {
	case fields[1] != wire.ProgressPath:
		return s.refuse(404, "nothing is here; report to the address in "+wire.EnvProgressURL)
	case fields[0] != "POST":
		return s.refuse(405, "reports are sent by POST")
	case subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) != 1:
		return s.refuse(403, "the token isn't this job's; it is in the file named by "+wire.EnvProgressToken)
	case badLength != nil || length < 0 || h.Get("Transfer-Encoding") != "":
		return s.refuse(411, "send the report with a Content-Length")
	case length > limits.ProgressBody:
		return s.refuse(413, fmt.Sprintf("a report may have %d bytes", limits.ProgressBody))
	}
	if strings.EqualFold(h.Get("Expect"), "100-continue") {
		if _, err := io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return err
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in.R, body); err != nil {
		return err
	}
	return s.report(body)
}

func (s *Server) report(body []byte) error {
	if !s.paced(time.Now()) {
		return s.refuse(429, fmt.Sprintf("more than %d reports in a second; the newest counts, so send fewer", limits.ProgressPerSecond))
	}
	p, dropped, err := decode(body)
	if err != nil {
		return s.refuse(422, err.Error())
	}
	if dropped != "" {
		s.once("dropped", "some of the reported progress is dropped: "+dropped)
	}
	if p != nil {
		p.At = time.Now().UTC()
		s.take(*p)
	}
	return nil
}

// paced says whether a report is still within the pace.
func (s *Server) paced(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.second) >= time.Second {
		s.second, s.count = now, 0
	}
	s.count++
	return s.count <= limits.ProgressPerSecond
}

func (s *Server) refuse(code int, why string) error {
	s.once(strconv.Itoa(code), "a program's report is refused: "+why)
	return &refusal{code, why}
}

// once says a line the first time there is one of its kind.
func (s *Server) once(kind, line string) {
	s.mu.Lock()
	first := !s.said[kind]
	s.said[kind] = true
	s.mu.Unlock()
	if first {
		s.say(line)
	}
}
