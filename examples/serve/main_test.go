package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/layer"
)

// TestGracefulStop cancels the server while the body of a request is on its way, and wants the
// answer, an end without an error and no new connections.
func TestGracefulStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, sums()) }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = `{"rows": [[1, 2, 3]]}`
	// The server asks for the body, so it has the request when the context ends.
	_, _ = io.WriteString(conn, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
		"Expect: 100-continue\r\nContent-Length: 21\r\n\r\n")
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%q, %v", line, err)
	}
	_, _ = in.ReadString('\n')
	cancel()
	for { // until the listener is closed
		other, err := net.DialTimeout("tcp", listener.Addr().String(), time.Second)
		if err != nil {
			break
		}
		other.Close()
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-ended:
		t.Fatalf("the server ended before the answer: %v", err)
	default:
	}
	_, _ = io.WriteString(conn, body)
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 || string(answer) != "{\"predictions\":[{\"values\":[321]}]}\n" {
		t.Errorf("%d %s %v", r.StatusCode, answer, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// TestModelFile trains and saves, then loads, and wants the same answers, for a row of numbers and for
// one of columns. A tumour of the set gets its class.
func TestModelFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tumours.safetensors")
	malignant := `{"rows": [[17.99,10.38,122.8,1001,0.1184,0.2776,0.3001,0.1471,0.2419,0.07871,
		1.095,0.9053,8.589,153.4,0.006399,0.04904,0.05373,0.01587,0.03003,0.006193,
		25.38,17.33,184.6,2019,0.1622,0.6656,0.7119,0.2654,0.4601,0.1189]]}`
	var answers [2]string
	for i, paths := range [][2]string{{"", file}, {file, ""}} {
		var b bytes.Buffer
		m, err := modelOf(context.Background(), &b, paths[0], paths[1])
		if err != nil {
			t.Fatal(err)
		}
		if trained := strings.HasPrefix(b.String(), "trained on 455 tumours; 9"); trained != (i == 0) {
			t.Errorf("it printed %q", b.String())
		}
		_, answers[i] = post(handlerOf(m, 0), jsonType, malignant)
	}
	if answers[0] != answers[1] || !strings.HasPrefix(answers[0],
		`{"predictions":[{"class":"malignant","probabilities":[`) {
		t.Errorf("the answers are %s and %s", answers[0], answers[1])
	}
}

func TestStoppedInTraining(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run(ctx, io.Discard, config{addr: "127.0.0.1:0", weights: layer.WeightsBFloat16}); err != nil {
		t.Error(err)
	}
}
