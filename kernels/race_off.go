//go:build !race

package kernels

func raceRead[T any]([]T)                          {}
func raceWrite[T any]([]T)                         {}
func raceReadMatrix[T any]([]T, int, int, int)     {}
func raceWriteMatrix[T any]([]T, int, int, int)    {}
func raceRows[T any](int, int, []T, int, []T, int) {}
func raceReadSome[T any]([]T, []int, int, int)     {}
func raceLoss[T any]([]T, []T, []T)                {}
func raceUpdate[T any]([][]T)                      {}
func raceReads[T any](...[]T)                      {}
func raceWrites[T any](...[]T)                     {}
