package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A mutant leaves 20 MB in the cache of the go command, for nobody: so the tool is that cache's
// front (GOCACHEPROG, "go help cache"). What it reads comes from the ordinary cache; what is written
// lives in a folder that ends with the go command.

// cacheFlag is the argument with which the go command starts this program.
const cacheFlag = "-serve-cache"

func cacheCommand() (string, error) {
	self, err := os.Executable()
	return self + " " + cacheFlag, err
}

// cacheRequest and cacheResponse are the protocol, see cmd/go/internal/cacheprog.
type cacheRequest struct {
	ID       int64
	Command  string
	ActionID []byte `json:",omitempty"`
	OutputID []byte `json:",omitempty"`
	BodySize int64  `json:",omitempty"`
}

type cacheResponse struct {
	ID            int64
	Err           string     `json:",omitempty"`
	KnownCommands []string   `json:",omitempty"`
	Miss          bool       `json:",omitempty"`
	OutputID      []byte     `json:",omitempty"`
	Size          int64      `json:",omitempty"`
	Time          *time.Time `json:",omitempty"`
	DiskPath      string     `json:",omitempty"`
}

// cacheFront answers the go command.
type cacheFront struct {
	below string // the folder of the ordinary cache
	dir   string // of what is new
	news  map[string]cacheResponse
}

func serveCache(in io.Reader, out io.Writer) error {
	cmd := exec.Command("go", "env", "GOCACHE")
	cmd.Env = append(os.Environ(), "GOCACHEPROG=")
	below, err := cmd.Output()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutate-cache")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c := &cacheFront{below: strings.TrimSpace(string(below)), dir: dir, news: map[string]cacheResponse{}}
	return c.serve(in, out)
}

func (c *cacheFront) serve(in io.Reader, out io.Writer) error {
	requests := json.NewDecoder(bufio.NewReader(in))
	responses := json.NewEncoder(out)
	if err := responses.Encode(cacheResponse{KnownCommands: []string{"get", "put", "close"}}); err != nil {
		return err
	}
	for {
		var r cacheRequest
		if err := requests.Decode(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var body []byte
		if r.Command == "put" && r.BodySize > 0 {
			if err := requests.Decode(&body); err != nil {
				return err
			}
		}
		answer, err := c.answer(&r, body)
		if err != nil {
			answer = cacheResponse{Err: err.Error()}
		}
		answer.ID = r.ID
		if err := responses.Encode(answer); err != nil || r.Command == "close" {
			return err
		}
	}
}

func (c *cacheFront) answer(r *cacheRequest, body []byte) (cacheResponse, error) {
	action := hex.EncodeToString(r.ActionID)
	switch r.Command {
	case "get":
		if hit, ok := c.news[action]; ok {
			return hit, nil
		}
		return c.lookup(action), nil
	case "put":
		path := filepath.Join(c.dir, hex.EncodeToString(r.OutputID))
		if err := os.WriteFile(path, body, 0o644); err != nil {
			return cacheResponse{}, err
		}
		now := time.Now()
		c.news[action] = cacheResponse{OutputID: r.OutputID, Size: r.BodySize, Time: &now, DiskPath: path}
		return cacheResponse{DiskPath: path}, nil
	case "close":
		return cacheResponse{}, nil
	}
	return cacheResponse{}, fmt.Errorf("unknown command %q", r.Command)
}

// lookup reads the entry of an action in the ordinary cache: "v1", the action, the output, its size
// and the time.
func (c *cacheFront) lookup(action string) cacheResponse {
	miss := cacheResponse{Miss: true}
	if len(action) < 2 {
		return miss
	}
	text, err := os.ReadFile(filepath.Join(c.below, action[:2], action+"-a"))
	if err != nil {
		return miss
	}
	var version, id, output string
	var size, nanoseconds int64
	_, err = fmt.Sscan(string(text), &version, &id, &output, &size, &nanoseconds)
	if err != nil || version != "v1" || id != action || len(output) < 2 {
		return miss
	}
	path := filepath.Join(c.below, output[:2], output+"-d")
	info, err := os.Stat(path)
	raw, bad := hex.DecodeString(output)
	if err != nil || bad != nil || info.Size() != size {
		return miss
	}
	at := time.Unix(0, nanoseconds)
	return cacheResponse{OutputID: raw, Size: size, Time: &at, DiskPath: path}
}
