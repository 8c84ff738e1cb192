package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// peer is a server that runs.
type peer struct {
	name, addr string
	command    *exec.Cmd
	said       *bytes.Buffer
}

// pythonOf returns the first Python of a list that has all packages, "" for none.
func pythonOf(list string) string {
	for _, p := range strings.Split(list, ",") {
		if exec.Command(p, "-c", "import fastapi, uvicorn, onnxruntime, torch, safetensors").Run() == nil {
			if full, err := filepath.Abs(p); err == nil && strings.Contains(p, "/") {
				return full
			}
			return p
		}
	}
	return ""
}

// start starts the servers: ours, with and without common passes, and those of Python with one
// process, which is uvicorn's default, and with one a core of two.
func (t *netTable) start(ctx context.Context, dir string) (peers []*peer, err error) {
	add := func(name string, env []string, command ...string) {
		if err != nil || t.only != "" && !strings.Contains(name, t.only) && !strings.HasPrefix(name, "ashlar") {
			return
		}
		var p *peer
		if p, err = launch(ctx, name, env, command...); err == nil {
			peers = append(peers, p)
		}
	}
	file := filepath.Join(dir, "net.model")
	add("ashlar", nil, t.server, "-model", file, "-addr", "ADDR")
	add("ashlar -combine 64", nil, t.server, "-model", file, "-combine", "64", "-addr", "ADDR")
	if t.python == "" {
		fmt.Println("no Python with fastapi, uvicorn, onnxruntime, torch and safetensors: only our server")
		return peers, err
	}
	sizes := strings.ReplaceAll(strings.Trim(fmt.Sprint(t.sizes), "[]"), " ", ",")
	for _, workers := range []string{"1", "2"} {
		for _, backend := range []struct{ name, kind, file string }{
			{"onnxruntime", "onnx", "net.onnx"}, {"PyTorch", "torch", "net.safetensors"}} {
			env := []string{"BACKEND=" + backend.kind, "MODEL=" + filepath.Join(dir, backend.file), "SIZES=" + sizes}
			add(backend.name+", FastAPI x"+workers, env, t.python, "-m", "uvicorn", "--app-dir", "servetable",
				"--no-access-log", "--log-level", "warning", "--workers", workers, "--port", "PORT", "server:app")
		}
	}
	return peers, err
}

// launch starts a command, in which ADDR and PORT stand for its address, and waits for its health.
func launch(ctx context.Context, name string, env []string, command ...string) (*peer, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(addr)
	for i, arg := range command {
		command[i] = strings.NewReplacer("ADDR", addr, "PORT", port).Replace(arg)
	}
	p := &peer{name, addr, exec.CommandContext(ctx, command[0], command[1:]...), new(bytes.Buffer)}
	p.command.Env = append(os.Environ(), env...)
	p.command.Stdout, p.command.Stderr = p.said, p.said
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // uvicorn's workers end with it
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if r, err := http.Get("http://" + addr + "/healthz"); err == nil {
			r.Body.Close()
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s does not answer within a minute: %s", name, p.said)
}

func (p *peer) stop() {
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGTERM)
	_ = p.command.Wait()
}

// agree returns an error unless all servers give the same probabilities for a row.
func agree(peers []*peer, row string) error {
	var first []float64
	for _, p := range peers {
		r, err := http.Post("http://"+p.addr+"/predict", "application/json", strings.NewReader(`{"rows": [`+row+`]}`))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		text, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		var reply struct {
			Predictions   []struct{ Probabilities []float64 }
			Probabilities [][]float64
		}
		if err := json.Unmarshal(text, &reply); err != nil {
			return fmt.Errorf("%s answers %.200s: %w", p.name, text, err)
		}
		for _, one := range reply.Predictions {
			reply.Probabilities = append(reply.Probabilities, one.Probabilities)
		}
		if len(reply.Probabilities) != 1 {
			return fmt.Errorf("%s answers %.200s", p.name, text)
		}
		if first == nil {
			first = reply.Probabilities[0]
		}
		for i, v := range reply.Probabilities[0] {
			if len(first) != len(reply.Probabilities[0]) || !(math.Abs(v-first[i]) <= 1e-5) {
				return fmt.Errorf("%s gives %v, %s gives %v", peers[0].name, first, p.name, reply.Probabilities[0])
			}
		}
	}
	return nil
}
