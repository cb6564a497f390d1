package wire

import "time"

// What the agent says about files in a folder, when it runs in a pod that reads a job's results.
const (
	// OutputMount is where that pod has the claim.
	OutputMount = "/output"
	// MaxOutputFiles is how many files are listed.
	MaxOutputFiles = 10_000
)

// OutputFile is a line of `mpi-agent outputs list`: a file, or what can't be shown and why. `outputs send`
// writes one before each file's content.
type OutputFile struct {
	Path     string    `json:"path"` // from the folder, with slashes
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Problem  string    `json:"problem,omitempty"`
	// Truncated says that there is more; the line has nothing else.
	Truncated bool `json:"truncated,omitempty"`
	// End is the last line of a listing, so that one that broke off isn't taken for all there is.
	End bool `json:"end,omitempty"`
}
