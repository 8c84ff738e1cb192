//go:build !unix

package command

import "errors"

func mkfifo(string) error { return errors.New("there are no named pipes here") }
