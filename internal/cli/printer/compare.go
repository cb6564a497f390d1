package printer

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// widest is how wide a column of values gets where there are several of them.
const widest = 48

// SideBySide writes jobs in columns, a field a line, those that differ in colour. A width of 0 cuts
// nothing.
func SideBySide(w io.Writer, c *training.Comparison, s iostreams.Style, width int) error {
	header := []string{"", "FIELD"}
	for _, j := range c.Jobs {
		header = append(header, j.Name)
	}
	rows := [][]string{header}
	group := training.FieldGroup("")
	for _, f := range c.Fields {
		name := string(f.Group)
		if f.Group == group {
			name = ""
		}
		group = f.Group
		label := f.Field
		if l := fieldLabels[label]; l != "" {
			label = l
		}
		row := []string{s.Dim(name), shortPath(label)}
		for _, v := range f.Values {
			v = Clean(strings.ReplaceAll(v, "\n", " "))
			if width > 0 {
				v = Cut(v, widest)
			}
			switch {
			case v == "":
				v = s.Dim("-")
			case f.Differs:
				v = s.Yellow(v)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	if len(rows) > 1 {
		if err := writeRows(w, rows, s, 0); err != nil {
			return err
		}
	}
	if different := slices.ContainsFunc(c.Fields, func(f training.ComparedField) bool { return f.Differs }); !different {
		_, err := fmt.Fprintf(w, "no difference in %s\n", count(c.Same, "field"))
		return err
	}
	if c.Same > 0 && !slices.ContainsFunc(c.Fields, func(f training.ComparedField) bool { return !f.Differs }) {
		_, err := fmt.Fprintln(w, s.Dim(fmt.Sprintf("the same in all of them: %s; --all shows them", count(c.Same, "field"))))
		return err
	}
	return nil
}

// shortPath leaves out of a path what every path of a template has.
func shortPath(path string) string {
	return strings.NewReplacer("spec.mpiReplicaSpecs.", "", ".template.spec.", ".", "metadata.", "").Replace(path)
}
