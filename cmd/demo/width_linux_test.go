package main

import (
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScreenHasTheWidthOfTheTerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminal can be opened")
	}
	defer terminal.Close()
	size := struct{ rows, columns, width, height uint16 }{24, 61, 0, 0}
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), syscall.TIOCSWINSZ,
		uintptr(unsafe.Pointer(&size)))
	require.Zero(t, errno)
	t.Setenv("COLUMNS", "40")
	assert.Equal(t, 61, newScreen(terminal).width)
}
