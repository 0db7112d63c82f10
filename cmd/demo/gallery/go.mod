// A module without packages: the pictures of the README files, which "go get" need not download.
module github.com/gomicrograd/micrograd/cmd/demo/gallery

go 1.24.0
