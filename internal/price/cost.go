package price

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Cost is an estimate of what a job costs: by what its pods ask for, not by what they use. Amounts are
// decimal, as "12.40".
type Cost struct {
	Currency string `json:"currency"` // as the administrator calls it: "EUR"
	// PerHour is while all of the job runs: of a preflight with what the namespace's defaults and the nodes' runtimes
	// add to the manifest, of a job's page by its manifest alone.
	PerHour string `json:"perHour"`
	// AtMost is the cost up to the job's time limit; absent where nothing stops it.
	AtMost string `json:"atMost,omitempty"`
	// SoFar is what a job has cost that has run, from when all of it ran until it ended or was suspended, or now. Only
	// its last run is counted: the status doesn't keep the runs before a job was resumed or started anew.
	SoFar string `json:"soFar,omitempty"`
	// Unpriced are resources the job asks for that have no price: what they cost is in none of the sums.
	Unpriced []string `json:"unpriced,omitempty"`
	// Text is all of it in a sentence's words.
	Text string `json:"text"`
}

// Of is the cost of what is asked for, up to a time limit: 0 is none.
func (p *Prices) Of(asked corev1.ResourceList, limit time.Duration) *Cost {
	sum, unpriced := p.perHour(asked)
	c := &Cost{Currency: p.Currency, PerHour: money(sum), Unpriced: unpriced}
	c.Text = fmt.Sprintf("about %s %s an hour", c.PerHour, c.Currency)
	if limit > 0 {
		c.AtMost = money(times(sum, limit))
		c.Text += fmt.Sprintf(", at most %s %s by its time limit of %s", c.AtMost, c.Currency, mpijob.Plain(limit))
	}
	c.Text += without(unpriced)
	return c
}

// After is the cost of what is asked for after it ran for so long.
func (p *Prices) After(asked corev1.ResourceList, ran time.Duration) *Cost {
	sum, unpriced := p.perHour(asked)
	c := &Cost{Currency: p.Currency, PerHour: money(sum), SoFar: money(times(sum, max(0, ran))), Unpriced: unpriced}
	c.Text = fmt.Sprintf("about %s %s, at %s %s an hour by its manifest", c.SoFar, c.Currency, c.PerHour, c.Currency) + without(unpriced)
	return c
}

const gib = 1 << 30

// perHour sums up an hour; unpriced are devices without a price, in order. What else pods may ask for, as
// ephemeral storage, costs only where it has one.
func (p *Prices) perHour(asked corev1.ResourceList) (sum *big.Rat, unpriced []string) {
	sum = new(big.Rat)
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		q := asked[name]
		if q.Sign() <= 0 {
			continue
		}
		price, ok := p.hour[name]
		if !ok {
			if strings.Contains(string(name), "/") {
				unpriced = append(unpriced, string(name))
			}
			continue
		}
		amount := exact(q)
		if bytes(name) {
			amount.Quo(amount, new(big.Rat).SetInt64(gib))
		}
		sum.Add(sum, amount.Mul(amount, price))
	}
	return sum, unpriced
}

// bytes says whether a resource is counted in bytes, and priced by the GiB.
func bytes(name corev1.ResourceName) bool {
	return name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage || strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}

// exact is a quantity without rounding, however large or small.
func exact(q resource.Quantity) *big.Rat {
	d := q.AsDec() // changes q, which is a copy
	out := new(big.Rat).SetInt(d.UnscaledBig())
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.Scale(), -d.Scale()))), nil)
	if d.Scale() >= 0 {
		return out.Quo(out, new(big.Rat).SetInt(scale))
	}
	return out.Mul(out, new(big.Rat).SetInt(scale))
}

func times(perHour *big.Rat, d time.Duration) *big.Rat {
	return new(big.Rat).Mul(perHour, big.NewRat(int64(d), int64(time.Hour)))
}

// money is an amount to two decimals, or to the first that isn't 0 where there is less than that.
func money(r *big.Rat) string {
	for decimals := 2; decimals < 12; decimals++ {
		if text := r.FloatString(decimals); r.Sign() == 0 || strings.ContainsAny(text, "123456789") {
			return text
		}
	}
	return "0.00"
}

func without(unpriced []string) string {
	if len(unpriced) == 0 {
		return ""
	}
	return ", without a price for " + strings.Join(unpriced, ", ")
}
