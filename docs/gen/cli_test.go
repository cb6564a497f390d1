package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCommandsAreDocumented: the reference and the man pages are those of the commands as they are.
func TestCommandsAreDocumented(t *testing.T) {
	pages, err := commands()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not what the command says (error %v): run `go generate ./docs/gen`", name, err)
		}
	}
	for _, dir := range []string{"cli", "man"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if _, ok := pages[dir+"/"+filepath.Base(f)]; !ok {
				t.Errorf("%s is the page of no command: run `go generate ./docs/gen`", f)
			}
		}
	}
}
