package playground

import (
	"math/rand/v2"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/digits"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// A Reader trains the network of the example digits, and reads drawings.
type Reader struct {
	Epoch  int          // of Epochs
	Losses figure.Curve // the mean of each epoch

	net         *digits.Network
	params      []*micrograd.Value
	program     *micrograd.Program
	read        *micrograd.Program // gives the probabilities, and then what each filter sees
	adam        *micrograd.Adam
	rng         *rand.Rand
	train, test []digits.Digit
	next        int     // the digit that the next batch begins with
	sum         float64 // of the epoch's losses so far
}

// Epochs are enough for an accuracy of 97 % on held-out digits.
const Epochs = 12

// NewReader returns an untrained reader.
func NewReader(seed uint64) *Reader {
	r := &Reader{Losses: figure.Curve{Name: "training data"}, adam: micrograd.NewAdam(0),
		rng: rand.New(rand.NewPCG(seed, 0))}
	r.net = digits.New(r.rng)
	r.params = r.net.Parameters()
	in := micrograd.Values(make([]float64, 64+10)...)
	r.program = micrograd.Compile(in, r.net.Loss(in))
	logits, maps := r.net.Forward(in[:64])
	out := micrograd.Softmax(logits)
	for _, row := range maps {
		for _, place := range row {
			out = append(out, place...)
		}
	}
	r.read = micrograd.Compile(in[:64], out...)
	r.train, r.test = digits.Read()
	return r
}

// Done reports whether all Epochs are done.
func (r *Reader) Done() bool { return r.Epoch == Epochs }

// Step makes one step with 32 digits, unless all are done. The learning rate decays to a tenth.
func (r *Reader) Step() {
	if r.Done() {
		return
	}
	if r.next == 0 {
		r.rng.Shuffle(len(r.train), func(i, j int) {
			r.train[i], r.train[j] = r.train[j], r.train[i]
		})
	}
	var rows [][]float64
	for _, d := range r.train[r.next:min(r.next+32, len(r.train))] {
		rows = append(rows, d.Row())
	}
	r.adam.LR = 0.01 * (1 - 0.9*float64(r.Epoch)/Epochs)
	micrograd.ZeroGrad(r.params...)
	r.sum += r.program.Backward(rows) * float64(len(rows)) / float64(len(r.train))
	r.adam.Step(r.params)
	if r.next += len(rows); r.next == len(r.train) {
		r.Epoch++
		r.Losses.Add(float64(r.Epoch), r.sum)
		r.next, r.sum = 0, 0
	}
}

// Progress returns the fraction of the training that is done.
func (r *Reader) Progress() float64 {
	return (float64(r.Epoch) + float64(r.next)/float64(len(r.train))) / Epochs
}

// Accuracy returns the accuracy on held-out digits, in percent.
func (r *Reader) Accuracy() float64 {
	right := 0
	for _, d := range r.test {
		if best, _ := r.Read(d.X).Best(); best == d.Label {
			right++
		}
	}
	return 100 * float64(right) / float64(len(r.test))
}

// A Reading is the output of the network for an image.
type Reading struct {
	Probabilities []float64   // of each digit
	Maps          [][]float64 // what each filter sees at each of 6×6 places, row by row
}

// Read reads an image of 8×8 pixels.
func (r *Reader) Read(image []float64) Reading {
	out := r.read.Forward([][]float64{image})[0]
	reading := Reading{Probabilities: append([]float64{}, out[:10]...)}
	for f := range digits.Filters {
		var seen []float64
		for place := range 36 {
			seen = append(seen, out[10+place*digits.Filters+f])
		}
		reading.Maps = append(reading.Maps, seen)
	}
	return reading
}

// Best returns the predicted digit and its probability.
func (r Reading) Best() (digit int, probability float64) {
	for i, p := range r.Probabilities {
		if p > probability {
			digit, probability = i, p
		}
	}
	return digit, probability
}

// Filters draws each filter, 3×3 pixels, above its output, 6×6, into a picture with Filters such
// columns in two rows. A column is 8 pixels wide and 16 high: the filter at double size, its
// output, and a margin of one pixel around each.
func (r *Reader) Filters(p *Pixels, reading Reading, palette Palette) {
	var most float64
	for _, seen := range reading.Maps {
		for _, h := range seen {
			most = max(most, h)
		}
	}
	for f, n := range r.net.Filters.Neurons {
		left, top := f%(digits.Filters/2)*8+1, f/(digits.Filters/2)*16+1
		greatest := 0.0
		for _, w := range n.W {
			greatest = max(greatest, w.Data, -w.Data)
		}
		for i := range 36 {
			row, column := i/6, i%6
			p.set(left+column, top+row, palette.mix(n.W[row/2*3+column/2].Data/greatest))
			p.set(left+column, top+7+row, palette.mix(reading.Maps[f][i]/most))
		}
	}
}

// FiltersPicture returns an empty picture for Filters.
func FiltersPicture() *Pixels { return NewPixels(digits.Filters/2*8, 2*16-2) }
