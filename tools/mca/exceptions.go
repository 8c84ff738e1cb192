package main

// exceptions are figures that may be missed, with the reason. A key is what the verdict calls the
// figure.
var exceptions = map[string]string{
	"GemmStripF32 m2K12Unrolled on apple-a7": "strips of two vectors where no stride of A is one " +
		"element: the model has two units for loads with an index and shifted additions, which are full",
}
