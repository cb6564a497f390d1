package result

import (
	"path/filepath"
	"testing"
)

func TestRatioIsTakenWithinRounds(t *testing.T) {
	f := &Scale{Schema: ScaleSchema}
	add := func(outcomes ...ScaleRun) []ScaleRun { return outcomes }
	b := f.Put(Block{Settings: Settings{Key: "s"}, Shape: Shape{Key: "x", Jobs: 2, Workers: 3}, Contenders: []ScaleContender{
		{Key: ScaleOurs, Runs: add(ScaleRun{Round: 0, Seconds: 2, Outcome: Succeeded}, ScaleRun{Round: 1, Seconds: 4, Outcome: Succeeded})},
		{Key: ScaleOperator, Runs: add(ScaleRun{Round: 0, Seconds: 9, Outcome: TimedOut}, ScaleRun{Round: 1, Seconds: 16, Outcome: Succeeded})},
	}})
	if b.Shape.Pods() != 8 {
		t.Errorf("%d pods", b.Shape.Pods())
	}
	f.Summarize()
	if r := f.Blocks[0].Contenders[1].ToOurs; r == nil || r.N != 1 || r.P50 != 4 {
		t.Errorf("only round 1 has both: %+v", r)
	}
	if f.Blocks[0].Contenders[0].ToOurs != nil {
		t.Error("nothing is compared with itself")
	}
	if f.Put(Block{Settings: Settings{Key: "s"}, Shape: Shape{Key: "x"}}); len(f.Blocks) != 1 || len(f.Blocks[0].Contenders) != 0 {
		t.Error("a block measured again replaces the old one")
	}
	path := filepath.Join(t.TempDir(), "x.json")
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadScale(path); err != nil {
		t.Error(err)
	}
	if _, err := Read(path); err == nil {
		t.Error("a file of another kind must be refused")
	}
}
