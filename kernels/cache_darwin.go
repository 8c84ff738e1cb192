//go:build !amd64

package kernels

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

func detectCaches() coreCaches {
	return sysctlCaches(func(name string) int {
		switch b, _ := unix.SysctlRaw(name); len(b) {
		case 4:
			return int(binary.LittleEndian.Uint32(b))
		case 8:
			return int(binary.LittleEndian.Uint64(b))
		}
		return 0
	})
}
