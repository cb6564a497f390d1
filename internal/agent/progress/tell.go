package progress

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Tell is `mpi-agent progress`: it reports what its arguments say to the agent of the same pod.
func Tell(jobFile string, args []string) error {
	body, err := bodyOf(args)
	if err != nil {
		return fmt.Errorf("%w; write it as: mpi-agent progress --percent 40 --left 12m loss=0.31", err)
	}
	job, err := jobfile.Load(jobFile)
	if err != nil {
		return err
	}
	conn, err := net.DialTimeout("tcp", job.ProgressAddress(), limits.ProgressRequest)
	if err != nil {
		return fmt.Errorf("no agent takes progress in this pod: %w", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(limits.ProgressRequest))
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		wire.ProgressPath, job.ProgressAddress(), job.UID, len(body), body)
	if err != nil {
		return err
	}
	return answered(conn)
}

// answered reads the answer to a report.
func answered(conn io.Reader) error {
	in := textproto.NewReader(bufio.NewReader(io.LimitReader(conn, limits.ProgressHead)))
	line, err := in.ReadLine()
	if err != nil {
		return fmt.Errorf("the agent doesn't answer: %w", err)
	}
	if strings.HasPrefix(line, "HTTP/1.1 200 ") {
		return nil
	}
	var answer struct {
		Message string `json:"message"`
	}
	if _, err = in.ReadMIMEHeader(); err == nil {
		err = json.NewDecoder(in.R).Decode(&answer)
	}
	if err != nil || answer.Message == "" {
		return fmt.Errorf("what answers isn't this job's agent: %.100q", line)
	}
	return errors.New(answer.Message)
}

// bodyOf is the report that arguments ask for.
func bodyOf(args []string) ([]byte, error) {
	type metric struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	var status struct {
		Percent   *float64 `json:"progressPercentage,omitempty"`
		Remaining *float64 `json:"estimatedRemainingSeconds,omitempty"`
		Metrics   []metric `json:"metrics,omitempty"`
	}
	for len(args) > 0 {
		name, text, given := strings.Cut(args[0], "=")
		args = args[1:]
		if strings.HasPrefix(name, "--") && !given {
			if len(args) == 0 {
				return nil, fmt.Errorf("%s has no value", name)
			}
			text, args = args[0], args[1:]
		}
		var err error
		switch {
		case name == "--percent":
			if status.Percent, err = number(strings.TrimSuffix(text, "%")); err == nil && (*status.Percent < 0 || *status.Percent > 100) {
				err = errors.New("write 0 to 100")
			}
		case name == "--left":
			if status.Remaining, err = seconds(text); err == nil && *status.Remaining < 0 {
				err = errors.New("write how long it still takes, 12m or 720, or leave it out")
			}
		case strings.HasPrefix(name, "--"):
			err = errors.New("there is no such option")
		case !wire.MetricName(name) || !given:
			err = errors.New("a metric is NAME=NUMBER")
		default:
			_, err = number(text)
			status.Metrics = append(status.Metrics, metric{name, text})
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", name, text, err)
		}
	}
	return json.Marshal(map[string]any{"trainerStatus": status})
}

func number(text string) (*float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, errors.New("this is no finite number")
	}
	return &n, nil
}

// seconds reads a duration such as 12m, or a number of seconds.
func seconds(text string) (*float64, error) {
	if d, err := time.ParseDuration(text); err == nil {
		s := d.Seconds()
		return &s, nil
	}
	return number(text)
}
