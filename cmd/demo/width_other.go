//go:build !linux && !darwin

package main

import "os"

// terminalWidth returns 0: the width isn't known.
func terminalWidth(*os.File) int { return 0 }
