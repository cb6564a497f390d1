package scale

import "github.com/opendatahub-io/mpijob/bench/result"

// Shapes of work.
var (
	One  = result.Shape{Key: "one", Title: "one job of 100 Workers", Jobs: 1, Workers: 100}
	Many = result.Shape{Key: "many", Title: "50 jobs of 10 Workers at once", Jobs: 50, Workers: 10}
)

// Step is a block to measure, and how many rounds of it.
type Step struct {
	Name   string
	Block  result.Block
	Rounds int
}

// Plan is what is measured of start times. The slow blocks, in which one
// turn of the MPI operator takes minutes, get fewer rounds.
func Plan(rounds int, contenders []Contender) []Step {
	few := max(rounds/2, 1)
	step := func(settings result.Settings, shape result.Shape, rounds int) Step {
		b := result.Block{Settings: settings, Shape: shape}
		for _, c := range contenders {
			b.Contenders = append(b.Contenders, result.ScaleContender{Key: c.Key, Title: c.Title})
		}
		return Step{Name: settings.Key + "/" + shape.Key, Block: b, Rounds: rounds}
	}
	return []Step{
		step(Raised, One, rounds),
		step(Raised, Many, few),
		step(Defaults, One, few),
		step(Defaults, Many, 1),
	}
}
