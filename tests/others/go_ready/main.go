// Says that Go compiles and finds the packages by which the log is read.
package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	_, err := note.NewVerifier("not a key")
	fmt.Println(err != nil, tlog.StoredHashIndex(0, 3))
}
