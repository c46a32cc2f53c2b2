// Reads a published log as Go's checksum database reads its own, and says of each thing whether it holds.
//
//	go_log files FOLDER VERIFIER_KEY    opens the checkpoint; proves and checks every record and every older size that
//	                                    standard input names, from the log's own tiles
//	go_log proofs                       checks the proofs on standard input
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type proof struct {
	Index   int64    `json:"index"`
	Size    int64    `json:"size"`
	Root    string   `json:"root"`
	Leaf    string   `json:"leaf"` // of an inclusion
	Old     int64    `json:"old"`
	OldRoot string   `json:"oldRoot"` // of a consistency
	Hashes  []string `json:"hashes"`
}

type question struct {
	Records     []int64 `json:"records"`
	Sizes       []int64 `json:"sizes"`
	Inclusion   []proof `json:"inclusion"`
	Consistency []proof `json:"consistency"`
}

type answer struct {
	Size        int64    `json:"size"`
	Root        string   `json:"root"`
	Records     []string `json:"records"` // the entry of each record, in base64
	Roots       []string `json:"roots"`   // the root at each size
	Inclusion   []bool   `json:"inclusion"`
	Consistency []bool   `json:"consistency"`
}

// tiles reads the files that are served under /log/.
type tiles struct{ folder string }

func (t tiles) Height() int { return height }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		// tlog-tiles leaves out the height, which is always 8.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

// entry reads one entry from its bundle: each stands behind its length, 16 bits, big-endian.
func (t tiles) entry(index, size int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: 0, N: index / 256, W: 256}
	if (tile.N+1)*256 > size {
		tile.W = int(size % 256)
	}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	bundle, err := os.ReadFile(filepath.Join(t.folder, path))
	if err != nil {
		return nil, err
	}
	for n := int64(0); ; n++ {
		length := int(binary.BigEndian.Uint16(bundle))
		if n == index%256 {
			return bundle[2 : 2+length], nil
		}
		bundle = bundle[2+length:]
	}
}

func hash(text string) tlog.Hash {
	var h tlog.Hash
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize {
		fail(fmt.Errorf("not a hash: %q", text))
	}
	copy(h[:], raw)
	return h
}

func hashes(texts []string) []tlog.Hash {
	found := []tlog.Hash{}
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func files(folder, key string, asked question) answer {
	verifier, err := note.NewVerifier(key)
	fail(err)
	raw, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	fail(err)
	opened, err := note.Open(raw, note.VerifierList(verifier))
	fail(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		fail(fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), opened.Text))
	}
	tree := tlog.Tree{Hash: hash(lines[2])}
	_, err = fmt.Sscanf(lines[1], "%d", &tree.N)
	fail(err)
	reader := tlog.TileHashReader(tree, tiles{folder})
	told := answer{Size: tree.N, Root: lines[2]}
	for _, index := range asked.Records {
		entry, err := tiles{folder}.entry(index, tree.N)
		fail(err)
		path, err := tlog.ProveRecord(tree.N, index, reader)
		fail(err)
		fail(tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
		told.Records = append(told.Records, base64.StdEncoding.EncodeToString(entry))
	}
	for _, size := range asked.Sizes {
		root, err := tlog.TreeHash(size, reader)
		fail(err)
		path, err := tlog.ProveTree(tree.N, size, reader)
		fail(err)
		fail(tlog.CheckTree(path, tree.N, tree.Hash, size, root))
		told.Roots = append(told.Roots, base64.StdEncoding.EncodeToString(root[:]))
	}
	return told
}

func proofs(asked question) answer {
	told := answer{}
	for _, p := range asked.Inclusion {
		err := tlog.CheckRecord(hashes(p.Hashes), p.Size, hash(p.Root), p.Index, hash(p.Leaf))
		told.Inclusion = append(told.Inclusion, err == nil)
	}
	for _, p := range asked.Consistency {
		err := tlog.CheckTree(hashes(p.Hashes), p.Size, hash(p.Root), p.Old, hash(p.OldRoot))
		told.Consistency = append(told.Consistency, err == nil)
	}
	return told
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	var asked question
	fail(json.NewDecoder(os.Stdin).Decode(&asked))
	var told answer
	if os.Args[1] == "files" {
		told = files(os.Args[2], os.Args[3], asked)
	} else {
		told = proofs(asked)
	}
	fail(json.NewEncoder(os.Stdout).Encode(told))
}
