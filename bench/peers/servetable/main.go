// Servetable measures the server of examples/serve under load on the loopback interface, beside the
// same model in onnxruntime and in PyTorch, each behind FastAPI and uvicorn:
//
//	go run ./servetable                       # 1, 8 and 64 clients, two nets
//	go run ./servetable -nets 784,512,256,10 -clients 64 -time 10s
//
// A client sends one row a request over a connection that it keeps, and the next one when it has the
// answer. Clients and servers share the cores of this machine. Servers run in turn, round by round;
// a cell is the median of the rounds. Before that, all servers must give the same probabilities.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx"
	"github.com/jedib0t/go-pretty/v6/table"
)

func main() {
	nets := flag.String("nets", "30,64,32,2;784,512,256,10", "the columns between the layers of each net")
	clients := flag.String("clients", "1,8,64", "numbers of clients")
	rounds := flag.Int("rounds", 3, "rounds")
	each := flag.Duration("time", 2*time.Second, "time of a cell in a round")
	server := flag.String("serve", "../../out/bin/serve", "the server of examples/serve")
	pythons := flag.String("python", "../../out/peers/bin/python,python3", "Pythons with the peers")
	only := flag.String("only", "", "only servers whose name contains this, and ours")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	counts, err := numbers(*clients)
	for _, text := range strings.Split(*nets, ";") {
		var sizes []int
		if err == nil {
			sizes, err = numbers(text)
		}
		if err == nil && len(sizes) < 2 {
			err = fmt.Errorf("-nets: %q has no layer", text)
		}
		if err == nil {
			t := &netTable{sizes: sizes, clients: counts, rounds: *rounds, each: *each, server: *server,
				python: pythonOf(*pythons), only: *only}
			err = t.run(ctx)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "servetable:", err)
		os.Exit(1)
	}
}

func numbers(text string) (list []int, err error) {
	for _, s := range strings.Split(text, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number from 1 up", s)
		}
		list = append(list, n)
	}
	return list, nil
}

// netTable is the table of one net.
type netTable struct {
	sizes, clients []int
	rounds         int
	each           time.Duration
	server, python string
	only           string
}

func (t *netTable) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "servetable")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := saveModels(dir, t.sizes); err != nil {
		return err
	}
	peers, err := t.start(ctx, dir)
	defer func() {
		for _, p := range peers {
			p.stop()
		}
	}()
	if err != nil {
		return err
	}
	row := rowOf(t.sizes[0])
	if err := agree(peers, row); err != nil {
		return err
	}
	body := []byte(`{"rows": [` + row + `]}`)
	results := map[string][]load{}
	for range t.rounds {
		for _, n := range t.clients {
			for _, p := range peers {
				l, err := measure(ctx, p.addr, body, n, t.each)
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				key := fmt.Sprint(p.name, n)
				results[key] = append(results[key], l)
			}
		}
	}
	t.print(peers, results)
	return nil
}

// saveModels writes the same random net for each server.
func saveModels(dir string, sizes []int) error {
	var parts []layer.Layer[float32]
	for i := range len(sizes) - 1 {
		act := kernels.ActReLU
		if i == len(sizes)-2 {
			act = kernels.ActIdentity
		}
		parts = append(parts, layer.NewLinear[float32](sizes[i], sizes[i+1], act))
	}
	net := layer.NewSequential(parts...)
	layer.Initialize(net, 1)
	m := &model.Model[float32]{Net: net, In: sizes[0], Output: model.OutputLogits}
	if err := model.Save(filepath.Join(dir, "net.model"), m); err != nil {
		return err
	}
	if err := model.SavePyTorch(filepath.Join(dir, "net.safetensors"), net, model.PyTorch{}); err != nil {
		return err
	}
	return onnx.ExportFile(filepath.Join(dir, "net.onnx"), m)
}

// rowOf returns a row of features as JSON, with the digits that float32 has.
func rowOf(columns int) string {
	x := make([]float64, columns)
	kernels.Uniform(x, 0, 1, 7, 0)
	var text []string
	for _, v := range x {
		text = append(text, strconv.FormatFloat(float64(float32(v)), 'g', 8, 32))
	}
	return "[" + strings.Join(text, ",") + "]"
}

func (t *netTable) print(peers []*peer, results map[string][]load) {
	w := table.NewWriter()
	head := table.Row{"server"}
	for _, n := range t.clients {
		head = append(head, fmt.Sprintf("%d: req/s", n), "p50 ms", "p99 ms")
	}
	w.AppendHeader(head)
	for _, p := range peers {
		line := table.Row{p.name}
		for _, n := range t.clients {
			list := results[fmt.Sprint(p.name, n)]
			line = append(line, fmt.Sprintf("%.0f", median(list, func(l load) float64 { return l.rate })),
				fmt.Sprintf("%.2f", 1e3*median(list, func(l load) float64 { return l.p50 })),
				fmt.Sprintf("%.2f", 1e3*median(list, func(l load) float64 { return l.p99 })))
		}
		w.AppendRow(line)
	}
	fmt.Printf("\n%v, one row a request, tier %v, %d thread(s)\n\n%s\n", t.sizes, kernels.Active(), kernels.Threads(),
		w.RenderMarkdown())
}

func median(list []load, of func(load) float64) float64 {
	var x []float64
	for _, l := range list {
		x = append(x, of(l))
	}
	slices.Sort(x)
	return x[len(x)/2]
}
