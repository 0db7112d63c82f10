package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheKernelsThatAreCommittedAreThoseOfTheGenerator(t *testing.T) {
	want, err := generate("..")
	require.NoError(t, err)
	got, err := os.ReadFile("../" + output)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), `run "go generate ./internal/machine"`)
}
