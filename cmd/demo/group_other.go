//go:build !unix

package main

import "os/exec"

// groupKill does nothing: c is killed alone, and its children end by themselves.
func groupKill(c *exec.Cmd) {}
