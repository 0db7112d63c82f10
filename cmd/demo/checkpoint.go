package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gomicrograd/micrograd"
)

// A checkpoint is what -save writes and -load reads: a network, and the optimizer that trains it.
type checkpoint struct {
	Net  *micrograd.MLP  `json:"net"`
	Adam *micrograd.Adam `json:"adam"` // moons and linear don't use it
}

func (c *checkpoint) save(w io.Writer) error { return json.NewEncoder(w).Encode(c) }

// maxCheckpoint is the size of the largest file that load reads: some twenty times the largest of
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
	loaded := checkpoint{Adam: &micrograd.Adam{}} // for a file without one
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err = d.Decode(&loaded)
	if err == nil {
		err = loaded.check(c.Net)
	}
	if _, more := d.Token(); err == nil && more != io.EOF {
		err = errors.New("found more after the checkpoint")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	c.Net = loaded.Net
	c.Adam.T, c.Adam.M, c.Adam.V = loaded.Adam.T, loaded.Adam.M, loaded.Adam.V
	return nil
}

// check returns an error unless c has a network of the shape of net, and the state of an Adam for
// it.
func (c checkpoint) check(net *micrograd.MLP) error {
	if c.Net == nil {
		return errors.New(`no "net"`)
	}
	if c.Net.String() != net.String() {
		return fmt.Errorf("found %s, want %s", c.Net, net)
	}
	if c.Adam == nil {
		return errors.New(`"adam" is null`)
	}
	a, n := c.Adam, 0
	if a.T > 0 {
		n = len(net.Parameters())
	}
	const maxT = 1 << 30
	if a.T < 0 || a.T > maxT || len(a.M) != n || len(a.V) != n {
		return fmt.Errorf("adam has t %d, %d m and %d v, want %d of each, and t from 0 to %d", a.T,
			len(a.M), len(a.V), n, maxT)
	}
	if i := slices.IndexFunc(a.V, func(v float64) bool { return v < 0 }); i >= 0 {
		return fmt.Errorf("adam's v[%d] is %g, want a mean of squares", i, a.V[i])
	}
	return nil
}
