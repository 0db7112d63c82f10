package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// checkWritable returns an error unless writeFile can write the file. It is better to hear of that
// before training than after it.
func checkWritable(file string) error {
	f, err := createBeside(file)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// writeFile replaces the file, or leaves it as it is and returns an error.
func writeFile(file string, data []byte) error {
	f, err := createBeside(file)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), target(file))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// createBeside creates a temporary file in the directory of the file, with the same permissions.
func createBeside(file string) (*os.File, error) {
	mode := os.FileMode(0o666) // less the umask
	info, err := os.Stat(file)
	if err == nil {
		mode = info.Mode()
	}
	if !mode.IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: %s", file, mode)
	}
	name := filepath.Join(filepath.Dir(target(file)), fmt.Sprintf(".demo%d", os.Getpid()))
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, errors.Unwrap(err))
	}
	if info != nil { // as it was, whatever the umask
		f.Chmod(mode)
	}
	return f, nil
}

// target is the file that a symbolic link leads to, so that the link itself isn't replaced.
func target(file string) string {
	if path, err := filepath.EvalSymlinks(file); err == nil {
		return path
	}
	return file
}
