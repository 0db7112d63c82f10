//go:build !amd64 || purego

package machine

// vectors says that there are no kernels for this processor.
const vectors = false

func (in *Instruction) forwardVectors()  { panic("machine: no vectors") }
func (in *Instruction) backwardVectors() { panic("machine: no vectors") }
