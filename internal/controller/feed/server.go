package feed

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Bounds on what agents, and whoever else reaches the port, can make the controller hold or do.
const (
	maxConnections  = 4096
	helloTimeout    = 10 * time.Second
	writeTimeout    = 10 * time.Second
	reportsPerSec   = 10
	reportsBurst    = 50
	refusalsPerSec  = 1
	maxReportedRank = 1 << 20
)

// Checker proves that a Hello comes from the Launcher of the job it names, and says from which pod.
type Checker interface {
	Check(ctx context.Context, h wire.Hello) (pod types.UID, err error)
}

// Server accepts feeds. It implements manager.Runnable.
type Server struct {
	Address string
	TLS     *tls.Config
	Hub     *Hub
	Checker Checker
	Log     logr.Logger
}

// NeedLeaderElection says that only the leader serves: it alone decides about jobs.
func (s *Server) NeedLeaderElection() bool { return true }

// Start serves until the context ends.
func (s *Server) Start(ctx context.Context) error {
	var lc net.ListenConfig
	inner, err := lc.Listen(ctx, "tcp", s.Address)
	if err != nil {
		return fmt.Errorf("listening for the live feed on %s: %w: is another controller running? Choose another --feed-bind-address", s.Address, err)
	}
	return s.Serve(ctx, tls.NewListener(inner, s.TLS))
}

// Serve serves a listener until the context ends.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var work sync.WaitGroup
	defer work.Wait()
	places := make(chan struct{}, maxConnections)
	refusals := rate.NewLimiter(refusalsPerSec, 5)
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			// Out of file descriptors, or a connection gone before it was accepted: it passes.
			time.Sleep(10 * time.Millisecond)
			continue
		}
		select {
		case places <- struct{}{}:
		default:
			_ = conn.Close()
			continue
		}
		work.Go(func() {
			defer func() { <-places }()
			done := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer done()
			defer conn.Close()
			if err := s.serve(ctx, conn); err != nil && refusals.Allow() {
				s.Log.Info("feed refused", "peer", conn.RemoteAddr().String(), "error", err.Error())
			}
		})
	}
}

// serve is one connection: a Hello, its Welcome, then reports up and orders down.
func (s *Server) serve(ctx context.Context, conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(helloTimeout))
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 4<<10), wire.MaxFeedMessage)
	if !lines.Scan() {
		return errors.Join(errors.New("no Hello"), lines.Err())
	}
	var pod types.UID
	h, err := decodeHello(lines.Bytes())
	if err == nil {
		pod, err = s.Checker.Check(ctx, h)
	}
	if err != nil {
		_ = send(conn, wire.Welcome{Error: publicText(err)})
		return err
	}
	if err := send(conn, wire.Welcome{OK: true}); err != nil {
		return nil
	}
	_ = conn.SetDeadline(time.Time{})
	job := types.NamespacedName{Namespace: h.Namespace, Name: h.Job}
	session := s.Hub.join(key{h.UID, h.Attempt}, job, pod)
	defer s.Hub.leave(session)

	over := make(chan struct{})
	defer close(over)
	go func() {
		for {
			select {
			case order := <-session.orders:
				if send(conn, order) != nil {
					_ = conn.Close()
					return
				}
			case <-session.replaced:
				_ = conn.Close()
				return
			case <-over:
				return
			}
		}
	}()
	s.read(ctx, lines, session)
	return nil
}

// read takes reports until the connection ends or sends what is none.
func (s *Server) read(ctx context.Context, lines *bufio.Scanner, session *session) {
	pace := rate.NewLimiter(reportsPerSec, reportsBurst)
	for lines.Scan() {
		r, err := decodeReport(lines.Bytes())
		if err != nil {
			s.Log.Info("feed ended: not a report", "job", session.job.String(), "error", err.Error())
			return
		}
		s.Hub.take(session, r)
		// A Launcher that talks too fast is listened to more slowly; TCP makes it wait.
		if pace.Wait(ctx) != nil {
			return
		}
	}
}

func send(conn net.Conn, message any) error {
	b, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err = conn.Write(append(b, '\n'))
	return err
}

// decodeHello reads and checks a Hello's form.
func decodeHello(line []byte) (wire.Hello, error) {
	var h wire.Hello
	if err := decode(line, &h); err != nil {
		return h, fmt.Errorf("hello: %w", err)
	}
	if h.Version != wire.Version {
		return h, fmt.Errorf("version %d of the feed is spoken here, not %d: use the agent image of this release", wire.Version, h.Version)
	}
	if h.Token == "" || h.Namespace == "" || h.Job == "" || h.UID == "" || h.Attempt < 1 {
		return h, errors.New("the hello lacks a token, namespace, job, uid or attempt")
	}
	return h, nil
}

// decodeReport reads and checks a report's form.
func decodeReport(line []byte) (*wire.Report, error) {
	var r wire.Report
	if err := decode(line, &r); err != nil {
		return nil, err
	}
	if r.Version != wire.Version {
		return nil, fmt.Errorf("version %d", r.Version)
	}
	if len(r.LastWord) > wire.MaxLastWord {
		return nil, fmt.Errorf("last word of %d bytes", len(r.LastWord))
	}
	if r.Progress != nil {
		if err := r.Progress.Check(); err != nil {
			return nil, err
		}
	}
	for _, w := range r.Workers {
		for _, rank := range w.Ranks {
			if rank < 0 || rank > maxReportedRank {
				return nil, fmt.Errorf("rank %d", rank)
			}
		}
	}
	return &r, nil
}

// decode reads exactly one JSON value.
func decode(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	if err := d.Decode(into); err != nil {
		return errors.New("not a message of the feed")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one message in a line")
	}
	return nil
}
