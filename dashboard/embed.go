// Package dashboard holds what `make dashboard` has built of the dashboard, to be served by the training service and
// by `odh training serve`.
package dashboard

import (
	"embed"
	"io/fs"
)

// The folder holds a .gitkeep alone until the dashboard is built: Go's part of the product needs no npm.
//
//go:embed all:dist
var dist embed.FS

// Files is what was built: index.html and what it needs; nothing but a .gitkeep where it wasn't built.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return files
}
