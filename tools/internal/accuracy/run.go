package accuracy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// Lines is the ledger of this package.
type Lines = ledger.Ledger[Found]

// Run does the shards of the groups that the ledger lacks, jobs at a time, and adds a line for each.
// It stops when ctx ends, and drops the shards that it is in: the next run does them. commit goes
// into the lines, and log gets a line for each.
func Run(ctx context.Context, groups []Group, book *Lines, jobs int, commit string, log io.Writer) error {
	type work struct {
		group *Group
		shard Shard
	}
	done := newIndex(book.Lines())
	queue := make(chan work)
	var lock sync.Mutex
	var failed error
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	more := sync.NewCond(&lock) // a shard is done, or the run is over
	defer context.AfterFunc(ctx, func() {
		lock.Lock()
		defer lock.Unlock()
		more.Broadcast()
	})()
	do := func(w work) error {
		var earlier []Found
		if w.shard.climb { // the last shard of its group: the others have begun
			lock.Lock()
			for earlier = done.shards(w.group); len(earlier) < len(w.group.Shards)-1 && ctx.Err() == nil; {
				more.Wait()
				earlier = done.shards(w.group)
			}
			lock.Unlock()
		}
		start := time.Now()
		f, err := w.group.run(ctx, w.shard, earlier)
		if err != nil {
			return err
		}
		f.Seconds = int(math.Round(time.Since(start).Seconds()))
		line := ledger.Line[Found]{Key: w.shard.Key, Sources: w.group.Sources, Commit: commit,
			CPU: cpuid.CPU.BrandName, Date: time.Now().UTC().Format("2006-01-02"), Found: f}
		lock.Lock()
		defer lock.Unlock()
		done.add(line)
		more.Broadcast()
		fmt.Fprintf(log, "%s: %s\n", w.shard.Key, f)
		return book.Add(line)
	}
	for range jobs {
		wg.Go(func() {
			for w := range queue {
				if err := do(w); err != nil {
					lock.Lock()
					if failed == nil || errors.Is(failed, ctx.Err()) {
						failed = err
					}
					lock.Unlock()
					cancel()
				}
			}
		})
	}
send:
	for i := range groups {
		g := &groups[i]
		for _, sh := range g.Shards {
			lock.Lock()
			_, ok := done[id{sh.Key, g.Sources}]
			lock.Unlock()
			if ok {
				continue
			}
			select {
			case queue <- work{g, sh}:
			case <-ctx.Done():
				break send
			}
		}
	}
	close(queue)
	wg.Wait()
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}

// String tells the largest errors in short.
func (f Found) String() string {
	text := fmt.Sprintf("%d numbers, %d s", f.Numbers, f.Seconds)
	for _, p := range f.Peaks {
		text += fmt.Sprintf(", %.4f at %v", float64(p.Error), float64(p.At))
	}
	if f.Differ > 0 {
		text += fmt.Sprintf(", %d differ, one at %v", f.Differ, float64(f.At))
	}
	return text
}

// id names a line that counts.
type id struct{ key, sources string }

// index is the lines of a ledger.
type index map[id]Found

func newIndex(lines []ledger.Line[Found]) index {
	x := index{}
	for _, l := range lines {
		x.add(l)
	}
	return x
}

func (x index) add(l ledger.Line[Found]) { x[id{l.Key, l.Sources}] = l.Found }

// shards returns what the shards of a group found that are done.
func (x index) shards(g *Group) (list []Found) {
	for _, sh := range g.Shards {
		if f, ok := x[id{sh.Key, g.Sources}]; ok {
			list = append(list, f)
		}
	}
	return list
}
