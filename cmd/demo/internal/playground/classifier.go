package playground

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/digits"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// A DigitClassifier trains the network of the example digits, and classifies images.
type DigitClassifier struct {
	Epoch     int            // of Epochs
	TrainLoss figure.Curve   // the mean of each epoch
	TestLoss  figure.Curve   // on held-out digits, after each epoch
	Misread   []figure.Image // held-out digits, after the last epoch

	net         *digits.Network
	params      []*micrograd.Value
	program     *micrograd.Program
	predict     *micrograd.Program // to the probabilities, followed by the feature maps
	adam        *micrograd.Adam
	rng         *rand.Rand
	train, test []digits.Digit
	next        int     // the digit that the next batch begins with
	sum         float64 // of the epoch's losses so far
}

// Epochs are enough for an accuracy of 97 % on held-out digits.
const Epochs = 12

// HeldOut is the number of digits that it doesn't learn from.
const HeldOut = 599

// NewDigitClassifier returns an untrained classifier.
func NewDigitClassifier(seed uint64) *DigitClassifier {
	c := &DigitClassifier{
		TrainLoss: figure.Curve{Name: "training data, mean of the epoch"},
		TestLoss:  figure.Curve{Name: "held-out digits, after it"},
		adam:      micrograd.NewAdam(0),
		rng:       rand.New(rand.NewPCG(seed, 0)),
	}
	c.net = digits.New(c.rng)
	c.params = c.net.Parameters()
	in := micrograd.Values(make([]float64, 64+10)...)
	c.program = micrograd.Compile(in, c.net.Loss(in))
	logits, maps := c.net.Forward(in[:64])
	out := micrograd.Softmax(logits)
	for _, row := range maps {
		for _, place := range row {
			out = append(out, place...)
		}
	}
	c.predict = micrograd.Compile(in[:64], out...)
	c.train, c.test = digits.Read()
	return c
}

// Done reports whether all Epochs are done.
func (c *DigitClassifier) Done() bool { return c.Epoch == Epochs }

// Step makes one step with 32 digits, unless all are done. The learning rate decays to a tenth.
func (c *DigitClassifier) Step() {
	if c.Done() {
		return
	}
	if c.next == 0 {
		c.rng.Shuffle(len(c.train), func(i, j int) {
			c.train[i], c.train[j] = c.train[j], c.train[i]
		})
	}
	var rows [][]float64
	for _, d := range c.train[c.next:min(c.next+32, len(c.train))] {
		rows = append(rows, d.Row())
	}
	c.adam.LR = 0.01 * (1 - 0.9*float64(c.Epoch)/Epochs)
	micrograd.ZeroGrad(c.params...)
	c.sum += c.program.Backward(rows) * float64(len(rows)) / float64(len(c.train))
	c.adam.Step(c.params)
	if c.next += len(rows); c.next == len(c.train) {
		c.Epoch++
		c.TrainLoss.Add(float64(c.Epoch), c.sum)
		c.next, c.sum = 0, 0
		c.evaluate()
	}
}

// evaluate computes the loss on held-out digits, and which are misread.
func (c *DigitClassifier) evaluate() {
	sum := 0.0
	c.Misread = nil
	for _, d := range c.test {
		p := c.Predict(d.X)
		sum -= math.Log(p.Probabilities[d.Label])
		if best, _ := p.Best(); best != d.Label {
			caption := fmt.Sprintf("%d as %d", d.Label, best)
			c.Misread = append(c.Misread, figure.Picture(caption, d.X, 8, 0, 1))
		}
	}
	c.TestLoss.Add(float64(c.Epoch), sum/float64(len(c.test)))
}

// Samples returns n images of each digit from the training data.
func (c *DigitClassifier) Samples(n int) (images []figure.Image) {
	for label := range 10 {
		found := 0
		for _, d := range c.train {
			if d.Label == label && found < n {
				images = append(images, figure.Picture(strconv.Itoa(label), d.X, 8, 0, 1))
				found++
			}
		}
	}
	return images
}

// Curves returns a figure of the losses.
func (c *DigitClassifier) Curves() figure.Figure {
	return figure.Lines{X: "epochs", Y: "loss",
		Curves: []*figure.Curve{&c.TrainLoss, &c.TestLoss}}
}

// Progress returns the fraction of the training that is done.
func (c *DigitClassifier) Progress() float64 {
	return (float64(c.Epoch) + float64(c.next)/float64(len(c.train))) / Epochs
}

// Accuracy returns the accuracy on held-out digits after the last epoch, in percent.
func (c *DigitClassifier) Accuracy() float64 {
	return 100 * (1 - float64(len(c.Misread))/float64(len(c.test)))
}

// A Prediction is the output of the network for an image.
type Prediction struct {
	Probabilities []float64   // of each digit
	FeatureMaps   [][]float64 // the output of each filter at 6×6 places, row by row
}

// Predict classifies an image of 8×8 pixels.
func (c *DigitClassifier) Predict(image []float64) Prediction {
	out := c.predict.Forward([][]float64{image})[0]
	prediction := Prediction{Probabilities: append([]float64{}, out[:10]...)}
	for f := range digits.Filters {
		var featureMap []float64
		for place := range 36 {
			featureMap = append(featureMap, out[10+place*digits.Filters+f])
		}
		prediction.FeatureMaps = append(prediction.FeatureMaps, featureMap)
	}
	return prediction
}

// Best returns the predicted digit and its probability.
func (p Prediction) Best() (digit int, probability float64) {
	for i, q := range p.Probabilities {
		if q > probability {
			digit, probability = i, q
		}
	}
	return digit, probability
}

// Percent writes a probability, and 100 % only if it is that.
func Percent(p float64) string {
	if p > 0.99 && p < 1 {
		return "over 99\u00a0%"
	}
	return fmt.Sprintf("%.0f\u00a0%%", 100*p)
}

// DrawFilters draws each filter, 3×3 pixels, above its output, 6×6, into a picture with Filters
// such columns in two rows. A column is 8 pixels wide and 16 high: the filter at double size, its
// output, and a margin of one pixel around each, which has the color of lines. Without a
// prediction, outputs are blank.
func (c *DigitClassifier) DrawFilters(p *Pixels, prediction Prediction, palette Palette) {
	var most float64
	for _, featureMap := range prediction.FeatureMaps {
		for _, h := range featureMap {
			most = max(most, h)
		}
	}
	for i := range p.Width * p.Height {
		p.set(i%p.Width, i/p.Width, palette.Line)
	}
	for f, n := range c.net.Filters.Neurons {
		left, top := f%(digits.Filters/2)*8+1, f/(digits.Filters/2)*16+1
		greatest := 0.0
		for _, w := range n.W {
			greatest = max(greatest, w.Data, -w.Data)
		}
		for i := range 36 {
			row, column := i/6, i%6
			p.set(left+column, top+row, palette.mix(n.W[row/2*3+column/2].Data/greatest))
			output := 0.0
			if prediction.FeatureMaps != nil {
				output = prediction.FeatureMaps[f][i] / most
			}
			p.set(left+column, top+7+row, palette.mix(output))
		}
	}
}

// FiltersPicture returns an empty picture for DrawFilters.
func FiltersPicture() *Pixels { return NewPixels(digits.Filters/2*8, 2*16-1) }
