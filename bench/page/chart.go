package page

import (
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/opendatahub-io/mpijob/bench/result"
)

// Sizes of the chart, in pixels.
const (
	chartWidth = 760
	labelWidth = 300
	plotWidth  = chartWidth - labelWidth - 30
	rowHeight  = 34
	topMargin  = 34
)

// Chart is the start times as an SVG bar chart: the bar reaches to p50, a tick marks p95, a thin line
// spans minimum to maximum.
func Chart(f *result.File) []byte {
	var b strings.Builder
	top := 1.0
	for _, c := range f.Start {
		top = math.Max(top, c.Seconds.Max)
	}
	step := tick(top)
	top = math.Ceil(top/step) * step
	x := func(seconds float64) float64 { return labelWidth + seconds/top*plotWidth }
	height := topMargin + rowHeight*len(f.Start) + 30

	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" role="img" aria-label="Seconds from create to finished, per contender">`+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<text x="10" y="20" fill="#151515">create → finished, seconds: bar p50, tick p95, line min–max</text>`+"\n")
	bottom := topMargin + rowHeight*len(f.Start)
	for s := 0.0; s <= top+step/2; s += step {
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#d2d2d2"/><text x="%.1f" y="%d" text-anchor="middle" fill="#4d4d4d">%g</text>`+"\n",
			x(s), topMargin, x(s), bottom, x(s), bottom+18, s)
	}
	for i, c := range f.Start {
		y := topMargin + rowHeight*i + 7
		colour := "#8a8d90"
		if strings.HasPrefix(c.Key, "ours") {
			colour = "#0066cc"
		}
		middle := y + 10
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" fill="#151515">%s</text>`+"\n", labelWidth-10, middle+5, html.EscapeString(c.Title))
		if c.Seconds.N == 0 {
			fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#4d4d4d">no run succeeded</text>`+"\n", labelWidth+6, middle+5)
			continue
		}
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="20" fill="%s"/>`+"\n", labelWidth, y, x(c.Seconds.P50)-labelWidth, colour)
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#151515"/>`+"\n", x(c.Seconds.Min), middle, x(c.Seconds.Max), middle)
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#151515" stroke-width="2"/>`+"\n", x(c.Seconds.P95), y+3, x(c.Seconds.P95), y+17)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// tick is the distance of the axis' lines: 1, 2 or 5 times a power of ten, five to twelve of them.
func tick(top float64) float64 {
	for step := 0.1; ; step *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if top/(step*m) <= 12 {
				return step * m
			}
		}
	}
}
