package build

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHash(t *testing.T) {
	tests := []struct {
		name    string
		file    string
		words   []string
		changes bool
	}{
		{"source", "src/a.go", nil, true},
		{"new file", "src/new.go", nil, true},
		{"test", "src/a_test.go", nil, false},
		{"hidden file", "src/.swp", nil, false},
		{"outside the sources", "other/a.go", nil, false},
		{"Go version", "", []string{"go2"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "src/a.go", "a")
			write(t, dir, "go.mod", "m")
			before, err := Hash(dir, []string{"go.mod", "src", "missing"}, "go1")
			if err != nil {
				t.Fatal(err)
			}
			if tt.file != "" {
				write(t, dir, tt.file, "changed")
			}
			words := []string{"go1"}
			if tt.words != nil {
				words = tt.words
			}
			after, err := Hash(dir, []string{"go.mod", "src", "missing"}, words...)
			if err != nil {
				t.Fatal(err)
			}
			if (before != after) != tt.changes {
				t.Errorf("hash changed: %v, want %v", before != after, tt.changes)
			}
		})
	}
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
