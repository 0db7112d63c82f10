//go:build !amd64 || purego

package micrograd

// vectors says that there are no kernels for this processor.
var vectors = false

func (in *instruction) forwardVectors()  { panic("micrograd: no vectors") }
func (in *instruction) backwardVectors() { panic("micrograd: no vectors") }
