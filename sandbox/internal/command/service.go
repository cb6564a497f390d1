package command

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/cluster"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// serviceRollout brings the training service's pods to the image at hand, and passes on connections from
// this machine's loopback to one of them until it is told to end.
func serviceRollout(ctx context.Context, c config.Config, args []string) error {
	cl, err := cluster.Open(c)
	if err != nil {
		return err
	}
	if err := cl.RolloutService(ctx, args); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(config.Loopback, strconv.Itoa(config.PortService)))
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			if err := passOn(ctx, cl, conn); err != nil {
				fmt.Println(err) // into the component's log
			}
		}()
	}
}

// passOn copies both ways until either side ends.
func passOn(ctx context.Context, cl *cluster.Cluster, conn net.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	address, err := cl.ServiceAddress(ctx)
	if err != nil {
		return err
	}
	var d net.Dialer
	pod, err := d.DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(config.PortService)))
	if err != nil {
		return err
	}
	defer pod.Close()
	var once sync.WaitGroup
	once.Add(1)
	var end sync.Once
	for _, way := range [][2]net.Conn{{pod, conn}, {conn, pod}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			end.Do(once.Done)
		}()
	}
	once.Wait()
	return nil
}
