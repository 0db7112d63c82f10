package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeFile replaces the file, or leaves it as it is and returns an error. It keeps the permissions
// of the file. If that is a symbolic link, it replaces what the link leads to.
func writeFile(file string, write func(w io.Writer) error) error {
	target, mode := file, os.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		if mode = info.Mode(); !mode.IsRegular() {
			return fmt.Errorf("%s is not a regular file: %s", file, mode)
		}
		if target, err = filepath.EvalSymlinks(file); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".demo*")
	if err != nil {
		return fmt.Errorf("%s: %w", file, errors.Unwrap(err))
	}
	err = errors.Join(write(f), f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
