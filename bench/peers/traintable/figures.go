//go:build linux && cgo && amd64

package main

import "github.com/ashlar-go/ashlar/bench/peers/internal/figures"

// write writes the rows for the report.
func (r *report) write(path string) error {
	var out figures.Training
	for _, l := range r.libs {
		state := "the trainer in C on it"
		if l.multiply == nil {
			state = "absent"
		}
		out.Peers = append(out.Peers, figures.Peer{Name: l.name, State: state})
	}
	out.Peers = append(out.Peers, figures.Peer{Name: byPyTorch, State: r.torch[0].State})
	for _, m := range r.rows {
		step := figures.Step{Net: m.net, Optimizer: m.optimizer, Norm: m.norm, Batch: m.batch,
			Threads: m.threads, Ours: m.us[byUs], OneThread: m.us[byOne], Products: m.us[products],
			Limit: m.limit, Form: m.forms[byPyTorch],
			Peers: map[string]float64{}}
		for _, p := range out.Peers {
			if us := m.us[p.Name]; us > 0 {
				step.Peers[p.Name] = us
			}
		}
		out.Rows = append(out.Rows, step)
	}
	return figures.Write(path, out)
}
