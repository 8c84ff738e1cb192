// Command hello is what the other programs are compared with: it uses no kernel.
package main

import "fmt"

func main() {
	c := make([]float32, 4)
	fmt.Println(c)
}
