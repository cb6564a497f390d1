package price_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/price"
)

const list = `currency: EUR
perHour:
  cpu: 0.04
  memory: 0.005
  nvidia.com/gpu: 2.50
`

func amounts(t *testing.T, text string) corev1.ResourceList {
	t.Helper()
	out := corev1.ResourceList{}
	for _, part := range strings.Fields(text) {
		name, q, _ := strings.Cut(part, "=")
		out[corev1.ResourceName(name)] = resource.MustParse(q)
	}
	return out
}

func parse(t *testing.T, text string) *price.Prices {
	t.Helper()
	p, err := price.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCost(t *testing.T) {
	for _, c := range []struct {
		name, prices, asked string
		limit               time.Duration
		want                string
	}{
		{"all", list, "cpu=32 memory=256Gi nvidia.com/gpu=4", 24 * time.Hour, "about 12.56 EUR an hour, at most 301.44 EUR by its time limit of 24h"},
		{"no limit", list, "cpu=1 memory=1Gi", 0, "about 0.05 EUR an hour"}, // 0.045, which is half of a cent
		{"parts of a core and of a GiB", list, "cpu=100m memory=128Mi", 90 * time.Minute, "about 0.005 EUR an hour, at most 0.01 EUR by its time limit of 1h30m"},
		{"no price for another's GPUs", list, "cpu=1 memory=0 amd.com/gpu=8 nvidia.com/mig-1g.5gb=1", 0, "about 0.04 EUR an hour, without a price for amd.com/gpu, nvidia.com/mig-1g.5gb"},
		{"asked for none of them", list, "cpu=1 amd.com/gpu=0", 0, "about 0.04 EUR an hour"},
		{"nothing", list, "", time.Hour, "about 0.00 EUR an hour, at most 0.00 EUR by its time limit of 1h"},
		{"free", "currency: credits\nperHour: {cpu: 0, memory: 0.0}", "cpu=64 memory=1Ti", time.Hour, "about 0.00 credits an hour, at most 0.00 credits by its time limit of 1h"},
		{"tenths that no binary fraction is", "currency: EUR\nperHour: {cpu: 0.1, memory: 0, x.y/z: 0.2}", "cpu=1 x.y/z=1", 10 * time.Hour, "about 0.30 EUR an hour, at most 3.00 EUR by its time limit of 10h"},
		{"larger than any integer of a machine", "currency: EUR\nperHour: {cpu: 999999999.999999999, memory: 0}", "cpu=9223372036854775807", 168 * time.Hour,
			"about 9223372036854775797776627963.15 EUR an hour, at most 1549526502191602334026473497808.40 EUR by its time limit of 168h"},
		{"the smallest", "currency: EUR\nperHour: {cpu: 0.000000001, memory: 0}", "cpu=1m", 0, "about 0.00 EUR an hour"},
		{"disks cost where they have a price", "currency: EUR\nperHour: {cpu: 0, memory: 0, ephemeral-storage: 0.01}", "ephemeral-storage=100Gi hugepages-2Mi=1Gi", 0, "about 1.00 EUR an hour"},
	} {
		if got := parse(t, c.prices).Of(amounts(t, c.asked), c.limit).Text; got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAfter(t *testing.T) {
	p, asked := parse(t, list), amounts(t, "nvidia.com/gpu=4 amd.com/gpu=1")
	for ran, want := range map[time.Duration]string{
		90 * time.Minute: "about 15.00 EUR, at 10.00 EUR an hour by its manifest, without a price for amd.com/gpu",
		time.Second:      "about 0.003 EUR, at 10.00 EUR an hour by its manifest, without a price for amd.com/gpu",
		-time.Hour:       "about 0.00 EUR, at 10.00 EUR an hour by its manifest, without a price for amd.com/gpu",
		1<<63 - 1:        "about 25620477.88 EUR, at 10.00 EUR an hour by its manifest, without a price for amd.com/gpu",
	} {
		if got := p.After(asked, ran).Text; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", ran, got, want)
		}
	}
	if q := asked["nvidia.com/gpu"]; q.String() != "4" {
		t.Errorf("what is asked for was changed: %s", q.String())
	}
}

// All that is wrong with a list is said at once, each with its line.
func TestParseSaysAllProblems(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []price.Problem
	}{
		{"several", "currency: E R\nperDay: {}\nperHour:\n  cpu: -1\n  memory: 1e3\n  cpu: 2\n  GPU!: 1\n  nvidia.com/gpu: {a: 1}\n", []price.Problem{
			{1, `currency "E R" is not one to twelve letters, as EUR`},
			{2, `"perDay" is no field: there are currency and perHour`},
			{4, `the price of cpu, "-1", is no amount: write it as 2.50, with at most nine digits before and after the point`},
			{5, `the price of memory, "1e3", is no amount: write it as 2.50, with at most nine digits before and after the point`},
			{6, `"cpu" is there twice, first in line 4`},
			{7, `"GPU!" is no name of a resource, as cpu, memory or nvidia.com/gpu`},
			{8, `the price of nvidia.com/gpu, "", is no amount: write it as 2.50, with at most nine digits before and after the point`},
		}},
		{"missing", "a: 1", []price.Problem{
			{1, `"a" is no field: there are currency and perHour`}, {1, "currency is missing: name it as EUR"},
			{1, "perHour is missing: write the file as currency: EUR and perHour: {cpu: 0.04, memory: 0.005, nvidia.com/gpu: 2.50}"},
		}},
		{"half", "currency: €\nperHour: {cpu: 1}", []price.Problem{{2, "perHour has no price for memory: 0 is free"}}},
		{"infinite", "currency: €\nperHour: {cpu: .inf, memory: 1234567890}", []price.Problem{
			{2, `the price of cpu, ".inf", is no amount: write it as 2.50, with at most nine digits before and after the point`},
			{2, `the price of memory, "1234567890", is no amount: write it as 2.50, with at most nine digits before and after the point`},
		}},
		{"empty", "", []price.Problem{{1, "is empty: write the file as currency: EUR and perHour: {cpu: 0.04, memory: 0.005, nvidia.com/gpu: 2.50}"}}},
		{"a list", "- cpu: 1", []price.Problem{{1, "the file is no list of names with values: write the file as currency: EUR and perHour: {cpu: 0.04, memory: 0.005, nvidia.com/gpu: 2.50}"}}},
		{"large", strings.Repeat("#", 64<<10+1), []price.Problem{{1, "is larger than 64 KiB"}}},
	} {
		_, err := price.Parse([]byte(c.text))
		var invalid *price.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: got %v", c.name, err)
			continue
		}
		// Of one line they come in no order.
		less := func(p price.Problem) string { return fmt.Sprintf("%03d %s", p.Line, p.Message) }
		if d := cmp.Diff(sorted(c.want, less), sorted(invalid.Problems, less)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	_, err := price.Parse([]byte("currency: EUR\nperHour:\n\tcpu: 1\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3: is no YAML") {
		t.Errorf("a tab: got %v", err)
	}
	many := "currency: EUR\nperHour:\n  cpu: 1\n  memory: 1\n"
	for i := range 99 {
		many += fmt.Sprintf("  x%d: 1\n", i)
	}
	if _, err := price.Parse([]byte(many)); err == nil || !strings.Contains(err.Error(), "line 2: perHour has 101 resources") {
		t.Errorf("too many: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(list)
	f.Add("currency: &a EUR\nperHour: *a")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := price.Parse([]byte(text))
		if err == nil {
			if c := p.Of(corev1.ResourceList{"cpu": resource.MustParse("1")}, time.Hour); c.PerHour == "" || c.PerHour != c.AtMost {
				t.Errorf("an hour's cost: %+v", c)
			}
		}
	})
}

func sorted(list []price.Problem, key func(price.Problem) string) []price.Problem {
	return slices.SortedFunc(slices.Values(list), func(a, b price.Problem) int { return strings.Compare(key(a), key(b)) })
}
