// Opens a checkpoint with the log's key alone, as Go's checksum database reads one: the witnesses' lines are unknown
// to it and must not disturb it. Prints how many signatures held, how many were by others, and the text.
package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fmt.Println("key:", err)
		os.Exit(2)
	}
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		fmt.Println("note:", err)
		os.Exit(1)
	}
	fmt.Println(len(opened.Sigs), len(opened.UnverifiedSigs))
	fmt.Print(opened.Text)
}
