package printer

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// UsageOptions say how the table of what Workers use looks.
type UsageOptions struct {
	Style iostreams.Style
	// Bars draws a bar beside each figure that has a limit, for terminals.
	Bars bool
	// Width of the terminal, and how many lines there may be; 0 is any.
	Width, Lines int
	Now          time.Time
}

// Usage writes what the Launcher and Workers of a job use; where there isn't room for all, those that
// are closest to their limits.
func Usage(w io.Writer, u *training.Usage, o UsageOptions) error {
	s := o.Style
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", s.Bold(u.Job), Colour(s, u.Phase, Mark(u.Phase)+" "+string(u.Phase)))
	b.WriteString("  " + usageTotal(u) + "\n")
	for _, told := range []string{ProgressText(u.Progress, o.Now), MetricsText(u.Progress)} {
		if told != "" {
			b.WriteString("  " + told + "\n")
		}
	}
	if m := u.Peak(); m != nil && part(float64(m.Memory), float64(m.MemoryLimit)) >= 0.9 {
		b.WriteString("  " + s.Red(fmt.Sprintf("! %s is close to its memory's limit", m.Where)) + "\n")
	}
	for _, n := range u.Notes {
		b.WriteString("  " + s.Yellow("note: ") + Clean(n) + "\n")
	}
	b.WriteString("\n")

	shown, hidden := u.Members, 0
	if room := o.Lines - strings.Count(b.String(), "\n") - 2; o.Lines > 0 && len(shown) > room {
		shown = slices.Clone(shown)
		slices.SortStableFunc(shown, func(a, c training.MemberUsage) int {
			switch x, y := urgency(a), urgency(c); {
			case x > y:
				return -1
			case x < y:
				return 1
			}
			return 0
		})
		shown = shown[:max(1, room)]
		hidden = len(u.Members) - len(shown)
	}
	bar := 0
	if o.Bars && o.Width >= 60 {
		bar = min(20, (o.Width-44)/3)
	}
	rows := [][]string{{"", "CPU", "MEMORY", "GPU", "STATE", "NODE"}}
	for _, m := range shown {
		rows = append(rows, usageRow(m, s, bar))
	}
	var t strings.Builder
	_ = writeRows(&t, usefulColumns(rows), s, max(0, o.Width-2))
	indent(&b, t.String())
	if hidden > 0 {
		b.WriteString("  " + s.Dim(fmt.Sprintf("… and %s that use less of their limits", count(hidden, "other"))) + "\n")
	}
	_, err := io.WriteString(w, withoutColour(b.String(), s))
	return err
}

func usageTotal(u *training.Usage) string {
	var cpu, cpuLimit float64
	var memory, memoryLimit int64
	measured := 0
	for _, m := range u.Members {
		cpuLimit += m.CPULimit
		memoryLimit += m.MemoryLimit
		if m.At != nil {
			measured++
			cpu += m.CPU
			memory += m.Memory
		}
	}
	if measured == 0 {
		return "nothing is measured yet: it takes up to a minute from the start"
	}
	return fmt.Sprintf("in all %s, %s", cores(cpu, cpuLimit), bytesOf(memory, memoryLimit))
}

func usageRow(m training.MemberUsage, s iostreams.Style, bar int) []string {
	row := []string{Dot(s, m.Phase) + " " + m.Where, "-", "-", "-", string(m.Phase), dash(m.Node)}
	if m.At == nil {
		return row
	}
	row[1] = gauge(s, bar, part(m.CPU, m.CPULimit), false) + cores(m.CPU, m.CPULimit)
	row[2] = gauge(s, bar, part(float64(m.Memory), float64(m.MemoryLimit)), true) + bytesOf(m.Memory, m.MemoryLimit)
	var gpus []string
	for _, g := range m.GPUs {
		text := fmt.Sprintf("%.0f%%", g.Percent)
		if g.MemoryTotal > 0 {
			text += " " + bytesOf(g.Memory, g.MemoryTotal)
		}
		gpus = append(gpus, text)
	}
	if len(gpus) > 0 {
		row[3] = strings.Join(gpus, " · ")
	}
	return row
}

// usefulColumns leaves out those that say nothing of anyone, and of the state that all run.
func usefulColumns(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for c := range rows[0] {
		useful := c < 3
		for _, r := range rows[1:] {
			useful = useful || r[c] != "-" && r[c] != string(training.PodRunning)
		}
		for i := range rows {
			if useful {
				out[i] = append(out[i], rows[i][c])
			}
		}
	}
	return out
}

// gauge is a bar of how much of a limit is used, with a mark where it is nearly all: memory that runs
// out ends the job, CPU only makes it wait.
func gauge(s iostreams.Style, width int, used float64, critical bool) string {
	if width <= 0 {
		return ""
	}
	if used < 0 {
		return strings.Repeat(" ", width+1)
	}
	const eighths = "▏▎▍▌▋▊▉█"
	n := min(width*8, max(0, int(used*float64(width*8)+0.5)))
	bar := strings.Repeat("█", n/8)
	if n%8 > 0 {
		bar += string([]rune(eighths)[n%8-1])
	}
	paint, mark := s.Green, " "
	switch {
	case critical && used >= 0.9:
		paint, mark = s.Red, "!"
	case used >= 0.75:
		paint = s.Yellow
	}
	return paint(bar) + s.Dim(strings.Repeat("·", width-(n+7)/8)) + paint(mark)
}

// part is how much of a limit is used; -1 where there is none.
func part(used, limit float64) float64 {
	if limit <= 0 {
		return -1
	}
	return used / limit
}

// urgency orders members by how close they are to a limit.
func urgency(m training.MemberUsage) float64 {
	return max(part(float64(m.Memory), float64(m.MemoryLimit)), part(m.CPU, m.CPULimit)-1)
}

// coresText is how many cores are asked for: "0.1", "800.1".
func coresText(q resource.Quantity) string {
	return strconv.FormatFloat(float64(q.MilliValue())/1000, 'f', -1, 64)
}

// memoryText is how much memory is asked for: "48 GiB".
func memoryText(q resource.Quantity) string { return Bytes(q.Value()) }

func cores(used, limit float64) string {
	text := fmt.Sprintf("%.2f", used)
	if used >= 10 {
		text = fmt.Sprintf("%.1f", used)
	}
	if limit > 0 {
		return fmt.Sprintf("%s of %s cores", text, strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", limit), "0"), "."))
	}
	return text + " cores"
}

func bytesOf(used, limit int64) string {
	if limit > 0 {
		return Bytes(used) + " of " + Bytes(limit)
	}
	return Bytes(used)
}

// Bytes is a number of bytes in the largest unit of which there is one: "512 MiB".
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v /= 1024
		i++
	}
	if v < 10 && i > 0 && v != float64(int64(v)) {
		return fmt.Sprintf("%.1f %s", v, units[i])
	}
	return fmt.Sprintf("%.0f %s", v, units[i])
}
