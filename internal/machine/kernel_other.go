//go:build !amd64 || purego

package machine

// vectors says that there are no kernels for this processor.
const vectors = false

func forwardVectors(t *Tile, w []float64, data []Lanes) bool { panic("machine: no vectors") }

func backwardVectors(t *Tile, w, dw []float64, data, grad []Lanes, inputs bool) {
	panic("machine: no vectors")
}
