//go:build !amd64 && !386

package kernels

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

func detectCaches() coreCaches {
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetLogicalProcessorInformation")
	if call.Find() != nil {
		return coreCaches{}
	}
	var size uint32
	_, _, _ = call.Call(0, uintptr(unsafe.Pointer(&size))) // fails, but says how much there is
	entries := make([]windowsEntry, size/uint32(unsafe.Sizeof(windowsEntry{})))
	if len(entries) == 0 {
		return coreCaches{}
	}
	ok, _, _ := call.Call(uintptr(unsafe.Pointer(&entries[0])), uintptr(unsafe.Pointer(&size)))
	if ok == 0 {
		return coreCaches{}
	}
	return windowsCaches(entries)
}
