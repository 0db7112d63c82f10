//go:build !amd64 || purego

package machine

// vectors says that there are no kernels for this processor.
const vectors = false

func (c *core) forwardKernel(code []Instruction) int { panic("machine: no vectors") }

func (c *core) backwardKernel(code []Instruction) int { panic("machine: no vectors") }
