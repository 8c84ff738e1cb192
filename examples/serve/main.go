// Command serve answers predictions over HTTP. It loads the weights of a model, or trains one
// first, and listens until SIGINT or SIGTERM; then it answers the requests that it has and ends.
// The model tells benign tumours from malignant ones by 30 measurements, those of the Wisconsin
// breast cancer set, which is embedded.
//
//	go run ./serve
//	curl -H 'Content-Type: application/json' localhost:8080/predict -d '{"rows": [
//	  [17.99,10.38,122.8,1001,0.1184,0.2776,0.3001,0.1471,0.2419,0.07871,
//	   1.095,0.9053,8.589,153.4,0.006399,0.04904,0.05373,0.01587,0.03003,0.006193,
//	   25.38,17.33,184.6,2019,0.1622,0.6656,0.7119,0.2654,0.4601,0.1189]]}'
//
// An output is the probability that the tumour is benign: about 0 for this one. The paths are
//
//	POST /predict   {"rows": [[30 numbers], ...]} -> {"outputs": [[probability], ...]}
//	GET  /healthz   200 and "ok"
//	GET  /metrics   requests, errors, rows and latencies, as Prometheus reads them
//
// A request that is refused gets {"error": "..."}, which says what was expected:
//
//	400   no JSON of that form
//	405   another method than POST
//	413   more than 4 MiB
//	415   another Content-Type than application/json
//	422   rows that the model does not take: 1 to 4096 of 30 finite numbers
//
// A service of one's own replaces [network] and [train] by its model.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ashlar-go/ashlar/examples/internal/console"
)

const help = `Answers predictions over HTTP: POST /predict, GET /healthz, GET /metrics.

Exit code: 0 after SIGINT or SIGTERM, 1 on an error, 2 for wrong flags.`

func main() {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	addr := f.String("addr", "localhost:8080", "`address` to listen at; port 0 takes a free one")
	weights := f.String("model", "", "`file` with the weights to serve (default: train first)")
	save := f.String("save", "", "`file` for the weights after training (default none)")
	threads := f.Int("threads", 0, "threads to use (default all)")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil && *weights != "" && *save != "" {
		err = console.Usagef("-save %s: only weights that are trained are saved, and -model is given", *save)
	}
	if err == nil {
		err = console.SetThreads(os.Stderr, "serve", *threads)
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop) // a second signal ends the program at once
		err = run(ctx, os.Stdout, *addr, *weights, *save)
	}
	console.Exit("serve", err)
}

// run listens before it trains, so that a wrong address is an error at once. Requests that
// arrive meanwhile wait.
func run(ctx context.Context, w io.Writer, addr, weights, save string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	p, err := predictor(ctx, w, weights, save)
	if errors.Is(err, context.Canceled) {
		return nil // a signal during training
	} else if err != nil {
		return err
	}
	fmt.Fprintf(w, "listening on http://%v\n", listener.Addr())
	err = serve(ctx, listener, newHandler(p))
	if err == nil {
		fmt.Fprintln(w, "stopped")
	}
	return err
}

// grace is how long a stopping server waits for the requests that it has.
const grace = 10 * time.Second

// serve answers requests until the context is cancelled and those that it has are answered.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: grace,
		WriteTimeout: 2 * grace, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 14}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		server.Close()
		return fmt.Errorf("some requests were not answered within %v: %w", grace, err)
	}
	return nil
}
