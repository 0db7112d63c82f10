module github.com/gomicrograd/micrograd/gradcheck/checkers

go 1.24.0

require (
	github.com/gomicrograd/micrograd v0.0.0
	gonum.org/v1/gonum v0.17.0
)

replace github.com/gomicrograd/micrograd => ../..
