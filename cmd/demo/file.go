package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A target is a file that is to be written: whole, or left as it is.
type target struct {
	path string      // where the name leads, by way of symbolic links
	mode fs.FileMode // what it has; 0 if it is new
}

// newTarget returns an error if file can't be written. Without a name there is nothing to write.
func newTarget(file string) (target, error) {
	t := target{path: file}
	if file == "" {
		return t, nil
	}
	for range 40 {
		// What ".." means depends on where the links before it lead, so they come first.
		dir, base := filepath.Split(t.path)
		dir, err := filepath.EvalSymlinks(cmp.Or(dir, "."))
		if err != nil {
			return t, fmt.Errorf("%s: %w", file, err)
		}
		t.path = filepath.Join(dir, base)
		link, err := os.Readlink(t.path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			link = dir + string(filepath.Separator) + link
		}
		t.path = link
	}
	info, err := os.Stat(t.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return t, err
	case !info.Mode().IsRegular():
		return t, fmt.Errorf("%s is not a regular file: %s", file, info.Mode())
	default:
		f, err := os.OpenFile(t.path, os.O_WRONLY, 0)
		if err != nil {
			return t, err
		}
		f.Close()
		t.mode = info.Mode().Perm()
	}
	f, err := t.beside()
	if err != nil {
		return t, fmt.Errorf("%s: %w", file, err)
	}
	f.Close()
	return t, os.Remove(f.Name())
}

// write writes a file beside the target, and then puts it in its place.
func (t target) write(data []byte) error {
	f, err := t.beside()
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if t.mode != 0 { // as it was, whatever the umask
		err = errors.Join(err, f.Chmod(t.mode))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), t.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func (t target) beside() (*os.File, error) {
	name := fmt.Sprintf(".%s.%d", filepath.Base(t.path), os.Getpid())
	return os.OpenFile(filepath.Join(filepath.Dir(t.path), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// sameFile returns whether two names are of one file, which need not be there yet.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return filepath.Clean(a) == filepath.Clean(b) || errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
