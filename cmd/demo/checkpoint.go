package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gomicrograd/micrograd"
)

// A checkpoint is what -save writes and -load reads: a network, and the optimizer that trains it.
type checkpoint struct {
	Net  *micrograd.MLP  `json:"net"`
	Adam *micrograd.Adam `json:"adam"` // moons and linear don't use it
}

func (c *checkpoint) save(w io.Writer) error { return json.NewEncoder(w).Encode(c) }

// maxCheckpoint is the size of the largest file that load reads: some thirty times the largest of
// an example. Reading that much takes a fraction of a second.
const maxCheckpoint = 1 << 20

// load reads a checkpoint, whose network must have the shape of the one that is there.
func (c *checkpoint) load(file string) error {
	info, err := os.Stat(file) // before it is opened, which waits if it is a named pipe
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file: %s", file, info.Mode())
	case info.Size() > maxCheckpoint:
		return fmt.Errorf("%s has %d bytes, want at most %d", file, info.Size(), maxCheckpoint)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	loaded := checkpoint{Adam: micrograd.NewAdam(c.Adam.LR)} // for a file without one
	err = json.Unmarshal(text, &loaded)
	if err == nil {
		err = loaded.check(c.Net)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	loaded.Adam.LR = c.Adam.LR
	*c = loaded
	return nil
}

// check returns an error unless c has a network of the shape of net, and an optimizer for it.
func (c checkpoint) check(net *micrograd.MLP) error {
	if c.Net == nil || c.Adam == nil {
		return errors.New(`no "net", or null for it or for "adam": want what -save writes`)
	}
	if c.Net.String() != net.String() {
		return fmt.Errorf("found %s, want %s", c.Net, net)
	}
	a, n := c.Adam, 0
	if a.T > 0 {
		n = len(net.Parameters())
	}
	if a.T < 0 || len(a.M) != n || len(a.V) != n || !(a.Eps > 0) {
		return fmt.Errorf("adam at step %d has %d m, %d v and eps %g, "+
			"want %d of each, and eps above 0", a.T, len(a.M), len(a.V), a.Eps, n)
	}
	return nil
}
