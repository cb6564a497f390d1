package service

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/gorilla/websocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/remotecommand"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// What goes over a shell's WebSocket is Kubernetes' protocol v5.channel.k8s.io: the first byte of a message is its
// channel (k8s.io/apimachinery/pkg/util/remotecommand, KEP-4006).

// Bounds of a shell, in bytes: a message of the client, and one to it.
const (
	maxMessage = 256 << 10
	outPiece   = 32 << 10
)

// fromClient is one message of a client; the zero value asks for nothing.
type fromClient struct {
	input []byte
	eof   bool // no more input comes
	size  *training.TerminalSize
}

// protocolError is that a client sent what the protocol doesn't have; code is the one to close with.
type protocolError struct {
	code int
	why  string
}

func (e *protocolError) Error() string { return e.why }

// decodeMessage reads a message of a client.
func decodeMessage(kind int, m []byte) (in fromClient, err error) {
	if kind != websocket.BinaryMessage {
		return in, &protocolError{websocket.CloseUnsupportedData, "messages must be binary"}
	}
	if len(m) == 0 {
		return in, nil
	}
	wrong := func(why string) error { return &protocolError{websocket.CloseProtocolError, why} }
	switch channel, data := m[0], m[1:]; channel {
	case remotecommand.StreamStdIn:
		in.input = data
	case remotecommand.StreamResize:
		in.size = &training.TerminalSize{}
		if json.Unmarshal(data, in.size) != nil {
			return fromClient{}, wrong(`a size must be {"Width": 80, "Height": 24}`)
		}
	case remotecommand.StreamClose:
		if len(data) != 1 || data[0] != remotecommand.StreamStdIn {
			return in, wrong("only input, channel 0, can be closed")
		}
		in.eof = true
	default:
		return in, wrong("there is no channel " + strconv.Itoa(int(channel)))
	}
	return in, nil
}

// ending is how the end of a command is told: the last message, as the API server has it, and the code and text to close
// with.
func ending(err error) (status metav1.Status, code int, why string) {
	var exit *training.ExitError
	var broke *protocolError
	switch {
	case err == nil:
		return metav1.Status{Status: metav1.StatusSuccess}, websocket.CloseNormalClosure, ""
	case errors.As(err, &exit):
		return metav1.Status{
			Status: metav1.StatusFailure, Reason: remotecommand.NonZeroExitCodeReason, Message: exit.Error(),
			Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: remotecommand.ExitCodeCauseType, Message: strconv.Itoa(exit.Code)}}},
		}, websocket.CloseNormalClosure, ""
	case errors.As(err, &broke):
		return failed("BadRequest", broke.why, http.StatusBadRequest), broke.code, broke.why
	}
	p := asProblem(err)
	code = websocket.CloseInternalServerErr
	switch {
	case p.Code == codeDraining:
		code = websocket.CloseServiceRestart
	case p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden || p.Code == codeIdle || p.Code == codeNoInput:
		code = websocket.ClosePolicyViolation
	}
	return failed(p.Code, short(p.Detail, maxDetail), p.Status), code, p.Code
}

func failed(reason, message string, code int) metav1.Status {
	return metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReason(reason), Message: message, Code: int32(code)} //nolint:gosec // a status of HTTP
}
