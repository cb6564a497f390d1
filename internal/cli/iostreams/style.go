package iostreams

// Style writes text in colour where the stream is a terminal that wants it, else plain.
type Style struct{ on bool }

// Style for Out.
func (s *IOStreams) Style() Style { return Style{s.OutTTY && !s.NoColor} }

// ErrStyle is the Style for Err.
func (s *IOStreams) ErrStyle() Style { return Style{s.ErrTTY && !s.NoColor} }

func (s Style) code(code, text string) string {
	if !s.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold and the others mark text up; the eight basic colours follow the terminal's own theme.
func (s Style) Bold(t string) string { return s.code("1", t) }

// Dim is for what may be overlooked.
func (s Style) Dim(t string) string { return s.code("2", t) }

// Green is for what is well.
func (s Style) Green(t string) string { return s.code("32", t) }

// Red is for what failed.
func (s Style) Red(t string) string { return s.code("31", t) }

// Yellow is for what waits.
func (s Style) Yellow(t string) string { return s.code("33", t) }

// Blue is for what runs.
func (s Style) Blue(t string) string { return s.code("34", t) }

// Hue gives the n-th of six colours, to tell sources apart.
func (s Style) Hue(n int, t string) string {
	hues := []string{"36", "35", "33", "32", "34", "96"}
	return s.code(hues[((n%len(hues))+len(hues))%len(hues)], t)
}

// On says whether colours are written at all.
func (s Style) On() bool { return s.on }
