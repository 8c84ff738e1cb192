package main

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// facts are the lines about the machine.
func facts(d *data) [][2]string {
	m := d.Machine
	form := "short"
	if m.Full {
		form = "full"
	}
	list := [][2]string{{"CPU", m.CPU}, {"cores", fmt.Sprint(m.Cores)},
		{"caches", fmt.Sprintf("L1 %s, L2 %s, L3 %s", size(m.L1), size(m.L2), size(m.L3))}, {"tier", m.Tier},
		{"system", m.System}, {"Go", m.Go}, {"Ashlar", m.Version},
		{"measured", m.Date + ", " + form + " form"}}
	for _, p := range m.Peaks {
		list = append(list, [2]string{fmt.Sprintf("FMA peak, %s, %s", longDType(p.DType), p.Tier),
			number(p.Rate) + " GFLOP/s a core"})
	}
	for _, b := range d.bandwidth() {
		list = append(list, [2]string{"bandwidth, " + b.Level,
			fmt.Sprintf("%s GB/s (%s of %s)", number(b.Rate), b.Loop, size(b.Bytes))})
	}
	return slices.DeleteFunc(list, func(f [2]string) bool { return f[1] == "" })
}

// size writes bytes in KiB or MiB.
func size(bytes int) string {
	switch {
	case bytes == 0:
		return "unknown"
	case bytes < 1<<20:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// everyPeer lists each once, of all programs.
func everyPeer(d *data) (list []figures.Peer) {
	var all []figures.Peer
	if d.Products != nil {
		all = append(all, d.Products.Peers...)
	}
	if d.Vectors != nil {
		all = append(all, d.Vectors.Peers...)
	}
	if d.Training != nil {
		all = append(all, d.Training.Peers...)
	}
	for _, p := range all {
		i := slices.IndexFunc(list, func(q figures.Peer) bool { return q.Name == p.Name })
		if i < 0 {
			list = append(list, p)
		} else if list[i].Absent() {
			list[i] = p
		}
	}
	return list
}

func present(d *data) []figures.Peer {
	return slices.DeleteFunc(everyPeer(d), figures.Peer.Absent)
}

func absent(d *data) (list []string) {
	for _, p := range everyPeer(d) {
		if p.Absent() {
			list = append(list, p.Name)
		}
	}
	return list
}
