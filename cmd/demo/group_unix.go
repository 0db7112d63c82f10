//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// groupKill makes c kill its children too when its context is done.
func groupKill(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
