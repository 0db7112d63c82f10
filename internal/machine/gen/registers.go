package main

import (
	"fmt"
	"slices"
)

// An instructionSet has vector registers of four float64s, Y0 …, or of eight, Z0 …. Results of
// comparisons are in those of AVX2, and in the mask registers of AVX-512.
type instructionSet struct {
	name      string
	register  string
	registers int
	bytes     int // of a register
}

var (
	avx2   = &instructionSet{"AVX2", "Y", 16, 32}
	avx512 = &instructionSet{"AVX512", "Z", 32, 64}
)

// spell returns the name of the instruction for an operation.
func (set *instructionSet) spell(o op) string {
	names := map[op][2]string{both: {"VPAND", "KANDW"}, blend: {"VBLENDVPD", "VBLENDMPD"},
		stop: {"VMOVMSKPD", "KMOVW"}, "VPANDQ": {"VPAND", "VPANDQ"}, "VPORQ": {"VPOR", "VPORQ"},
		"VPXORQ": {"VPXOR", "VPXORQ"}}[o]
	switch {
	case names[0] == "":
		return string(o)
	case set == avx2:
		return names[0]
	}
	return names[1]
}

// The registers of the processor hold values.
type registers struct {
	set            *instructionSet
	vectors, masks []*value
	temporaries    []*value
	z              string // that of the array z, if it has one
}

func (r *registers) take(list []*value, v *value, prefix string) string {
	i := slices.Index(list, nil)
	if i < 0 {
		panic(fmt.Sprintf("%s has too few registers", r.set.name))
	}
	list[i] = v
	return fmt.Sprint(prefix, i)
}

func (r *registers) result(v *value) string { return r.take(r.vectors, v, r.set.register) }

func (r *registers) mask(v *value) string {
	if r.set == avx512 {
		return r.take(r.masks, v, "K")
	}
	return r.result(v)
}

func (r *registers) temporary() string {
	t := &value{}
	r.temporaries = append(r.temporaries, t)
	return r.result(t)
}

func (r *registers) freeTemporary() {
	for _, t := range r.temporaries {
		r.free(t)
	}
	r.temporaries = nil
}

func (r *registers) where(v *value) string {
	if v.op == load && v.array == "z" && r.z != "" {
		return r.z
	}
	if i := slices.Index(r.masks, v); i >= 0 {
		return fmt.Sprint("K", i)
	}
	return fmt.Sprint(r.set.register, slices.Index(r.vectors, v))
}

func (r *registers) free(v *value) {
	for _, list := range [][]*value{r.vectors, r.masks} {
		if i := slices.Index(list, v); i >= 0 {
			list[i] = nil
		}
	}
}
