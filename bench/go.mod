module github.com/gomicrograd/micrograd/bench

go 1.24.0

require (
	github.com/gomicrograd/micrograd v0.0.0
	github.com/stretchr/testify v1.12.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace github.com/gomicrograd/micrograd => ..
