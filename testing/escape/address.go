package escape

import "unsafe"

func address(b *[120]byte) uintptr { return uintptr(unsafe.Pointer(b)) }
