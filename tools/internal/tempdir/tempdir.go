// Package tempdir makes folders that a tool leaves behind neither at its end nor when it is interrupted.
package tempdir

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// interrupted is the exit code of a program that an interrupt ended, as shells have it.
const interrupted = 130

// Make returns a new folder, as os.MkdirTemp makes it, and a function that removes it. An interrupt or
// SIGTERM before that removes the folder and ends the program with code 130.
func Make(pattern string) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", pattern)
	if err != nil {
		return "", nil, err
	}
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-done:
		case s := <-signals:
			os.RemoveAll(dir)
			fmt.Fprintf(os.Stderr, "%s: stopped\n", s)
			os.Exit(interrupted)
		}
	}()
	return dir, func() {
		signal.Stop(signals)
		close(done)
		os.RemoveAll(dir)
	}, nil
}
