//go:build !amd64 && !386

package kernels

import "os"

func detectCaches() coreCaches { return sysfsCaches(os.DirFS("/sys/devices/system/cpu")) }
