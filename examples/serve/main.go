// Command serve answers predictions over HTTP. It loads a model from one file, which [model.Save] or
// the command ashlar wrote, or trains one first, and listens until SIGINT or SIGTERM; then it
// answers the requests that it has and ends. The model that it trains tells benign tumours from
// malignant ones by 30 measures, those of the Wisconsin breast cancer set, which is embedded.
//
//	go run ./serve -save tumours.safetensors     # trains, saves and serves
//	go run ./serve -model tumours.safetensors    # serves any model
//	curl -H 'Content-Type: application/json' localhost:8080/predict -d '{"rows": [
//	  [17.99,10.38,122.8,1001,0.1184,0.2776,0.3001,0.1471,0.2419,0.07871,
//	   1.095,0.9053,8.589,153.4,0.006399,0.04904,0.05373,0.01587,0.03003,0.006193,
//	   25.38,17.33,184.6,2019,0.1622,0.6656,0.7119,0.2654,0.4601,0.1189]]}'
//
// The answer is malignant, with a probability near 1. The paths are
//
//	POST /predict   {"rows": [row, ...]} -> {"predictions": [...]}
//	GET  /model     the columns of a row, the classes or the targets
//	GET  /healthz   200 and "ok"
//	GET  /metrics   requests, errors, rows and latencies, as Prometheus reads them
//
// A row is an object of raw columns, such as {"area": 70, "city": "Bern"}, where null is a missing
// cell, or, if all columns are numbers, an array in the order of /model. A prediction of classes is
// {"class": "malignant", "probabilities": [...]}, one of values is {"values": [...]}, in the units
// of the target.
//
// With -combine n, requests that come while others are predicted share the next pass, up to n rows.
// That pays for a model whose weights do not fit L2, under many clients; see [layer.Combiner].
//
// A request that is refused gets {"error": "..."}, which says what was expected:
//
//	400   no JSON of that form
//	405   another method than POST
//	413   more than 4 MiB
//	415   another Content-Type than application/json
//	422   rows that the model does not take: 1 to 4096, all columns there, no number too large,
//	      and no prediction beyond what the scale of its target can undo
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
	"github.com/ashlar-go/ashlar/layer"
)

const help = `Answers predictions over HTTP: POST /predict, GET /healthz, GET /metrics.

Exit code: 0 after SIGINT or SIGTERM, 1 on an error, 2 for wrong flags.`

// config has the values of the flags.
type config struct {
	addr, file, save string
	combine          int
	weights          layer.Weights
}

// check takes the name of the weights. It returns a UsageError for values that cannot be.
func (c *config) check(weights string) (err error) {
	switch {
	case c.file != "" && c.save != "":
		return console.Usagef("-save %s: only a model that is trained is saved, and -model is given", c.save)
	case c.combine < 0 || c.combine > layer.MaxTryRows:
		return console.Usagef("-combine %d: want 0 to %d rows", c.combine, layer.MaxTryRows)
	}
	if c.weights, err = layer.ParseWeights(weights); err != nil {
		return console.Usagef("-weights %q: want full, bfloat16 or int8", weights)
	}
	return nil
}

func main() {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	var c config
	f.StringVar(&c.addr, "addr", "localhost:8080", "`address` to listen at; port 0 takes a free one")
	f.StringVar(&c.file, "model", "", "`file` with the model to serve (default: train one first)")
	f.StringVar(&c.save, "save", "", "`file` for the model after training (default none)")
	f.IntVar(&c.combine, "combine", 0,
		"predict up to so many `rows` of concurrent requests together (default off)")
	weights := f.String("weights", layer.WeightsFull.String(), "`form` of the weights: full, bfloat16 or int8")
	threads := f.Int("threads", 0, "threads to use (default all)")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil {
		err = c.check(*weights)
	}
	if err == nil {
		err = console.SetThreads(os.Stderr, "serve", *threads)
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop) // a second signal ends the program at once
		err = run(ctx, os.Stdout, c)
	}
	console.Exit("serve", err)
}

// run listens before it trains, so that a wrong address is an error at once. Requests that
// arrive meanwhile wait.
func run(ctx context.Context, w io.Writer, c config) error {
	listener, err := net.Listen("tcp", c.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	m, err := modelOf(ctx, w, c.file, c.save)
	if errors.Is(err, context.Canceled) {
		return nil // a signal during training
	} else if err != nil {
		return err
	}
	m.Weights = c.weights
	s, err := newService(m, c.combine)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "listening on http://%v\n", listener.Addr())
	err = serve(ctx, listener, newHandler(s))
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
