package service

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/websocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// running is a command in a pod of the fake cluster.
type running struct {
	user  string
	query url.Values // of the request
	args  []string
	in    io.Reader
	sizes <-chan string
	write func(channel byte, text string)
	gone  <-chan struct{} // closed when the client has gone
	begin <-chan struct{} // the cluster's
}

// commands are those that pods of the fake cluster have, beside the agent's; each returns its exit code.
var commands = map[string]func(*running) int{
	"cat": func(r *running) int {
		b := make([]byte, 1<<20)
		for {
			n, err := r.in.Read(b)
			if n > 0 {
				r.write(channelOut, string(b[:n]))
			}
			if err != nil {
				return 0
			}
		}
	},
	"exit": func(r *running) int {
		code, _ := strconv.Atoi(r.args[0])
		r.write(channelOut, "to stdout")
		r.write(channelErrors, "to stderr")
		return code
	},
	"sizes": func(r *running) int {
		for range r.args {
			r.write(channelOut, <-r.sizes)
		}
		return 0
	},
	"options": func(r *running) int {
		r.write(channelOut, fmt.Sprint(r.user, r.query["tty"], r.query["stdin"], r.query["stderr"], r.query["container"]))
		return 0
	},
	// take takes no input before it is told to begin.
	"take": func(r *running) int {
		r.write(channelOut, "ready")
		select {
		case <-r.begin:
		case <-r.gone:
		}
		b, _ := io.ReadAll(r.in)
		r.write(channelOut, fmt.Sprint(len(b), " bytes"))
		return 0
	},
	"wait": func(r *running) int {
		r.write(channelOut, "ready")
		<-r.gone
		return 0
	},
}

const channelErrors = 2

// serveCommand speaks v5.channel.k8s.io, as the API server does.
func serveCommand(w http.ResponseWriter, r *http.Request, user string, begin <-chan struct{}, run func(*running) int) {
	up := websocket.Upgrader{Subprotocols: []string{"v5.channel.k8s.io"}, CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	reader, input := io.Pipe()
	sizes, gone := make(chan string, 16), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			_, m, err := ws.ReadMessage()
			switch {
			case err != nil:
				_ = input.CloseWithError(err)
				return
			case len(m) == 0:
			case m[0] == channelIn:
				_, _ = input.Write(m[1:])
			case m[0] == channelEnd:
				_ = input.Close()
			case m[0] == 4:
				sizes <- string(m[1:])
			}
		}
	}()
	write := func(channel byte, text string) {
		_ = ws.WriteMessage(websocket.BinaryMessage, append([]byte{channel}, text...))
	}
	status := metav1.Status{Status: metav1.StatusSuccess}
	if code := run(&running{user: user, query: r.URL.Query(), args: r.URL.Query()["command"][1:], in: reader, sizes: sizes, write: write, gone: gone, begin: begin}); code != 0 {
		status = metav1.Status{Status: metav1.StatusFailure, Reason: "NonZeroExitCode", Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: "ExitCode", Message: strconv.Itoa(code)}}}}
	}
	text, _ := json.Marshal(status)
	write(channelError, string(text))
	_ = ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
}
