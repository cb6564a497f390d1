package service

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func TestExecRefusesWhatIsNotTheProtocol(t *testing.T) {
	s := shells(t).start(t)
	for name, x := range map[string]struct {
		kind int
		m    string
		code int
	}{
		"text":             {websocket.TextMessage, "\x00ls", websocket.CloseUnsupportedData},
		"an unknown one":   {websocket.BinaryMessage, "\x09ls", websocket.CloseProtocolError},
		"a size of no sum": {websocket.BinaryMessage, "\x04{", websocket.CloseProtocolError},
		"too long":         {websocket.BinaryMessage, "\x00" + strings.Repeat("x", maxMessage), websocket.CloseMessageTooBig},
	} {
		a := openShell(t, s, "ann-token", "?command=wait&stdin=true")
		a.until(channelOut, "ready")
		if err := a.WriteMessage(x.kind, []byte(x.m)); err != nil {
			t.Fatal(err)
		}
		if _, _, closed := a.end(); closed.Code != x.code {
			t.Errorf("%s: closed with %v", name, closed)
		}
	}
}

func FuzzDecodeMessage(f *testing.F) {
	for _, m := range []string{"", "\x00ls\n", "\x04{\"Width\":80,\"Height\":24}", "\xff\x00", "\xff\x01", "\x04{\"Width\":65536}", "\x04null", "\x01x"} {
		f.Add(websocket.BinaryMessage, []byte(m))
	}
	f.Add(websocket.TextMessage, []byte("x"))
	f.Fuzz(func(t *testing.T, kind int, m []byte) {
		before := bytes.Clone(m)
		in, err := decodeMessage(kind, m)
		var broke *protocolError
		switch {
		case err != nil:
			// A close frame has a code and at most 123 bytes.
			if !errors.As(err, &broke) || len(broke.why) > 123 || broke.code < 1000 || in.input != nil || in.size != nil || in.eof {
				t.Errorf("%+v, %v", in, err)
			}
		case kind != websocket.BinaryMessage:
			t.Errorf("kind %d is taken", kind)
		case len(m) > 0 && m[0] == channelIn && !bytes.Equal(in.input, m[1:]):
			t.Errorf("%q came in as %q", m, in.input)
		case in.size != nil && m[0] != 4, in.eof && !bytes.Equal(m, []byte{channelEnd, channelIn}):
			t.Errorf("%q is %+v", m, in)
		}
		if !bytes.Equal(m, before) {
			t.Errorf("%q was changed", before)
		}
	})
}

// Whatever ends a command has a status and a code that a close frame can have.
func TestEndings(t *testing.T) {
	for _, err := range append(someErrors(), nil, &training.ExitError{Code: 7}, &protocolError{websocket.CloseProtocolError, "x"}, errInternal) {
		status, code, why := ending(err)
		if status.Status == "" || status.Status == "Failure" && status.Reason == "" && status.Message == "" || code < 1000 || code > 1014 || len(why) > 123 {
			t.Errorf("%v: %+v %s", err, status, strconv.Itoa(code)+why)
		}
	}
}
