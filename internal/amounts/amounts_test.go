package amounts

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

func TestWhatIsNoAmountIsToldWithWhatIsMeant(t *testing.T) {
	for _, c := range []struct {
		text string
		of   Kind
		want string
	}{
		{"16Gi", Bytes, ""}, {"2G", Bytes, ""}, {"1e3", Bytes, ""}, {"0.5", CPU, ""}, {"500m", CPU, ""}, {"1E", Bytes, ""}, {"1e+03", Bytes, ""}, {"-1", CPU, ""},
		{"10 TB", Bytes, `"10 TB" is no amount: did you mean 10T, or 10Ti?`},
		{"10GB", Bytes, `"10GB" is no amount: did you mean 10G, or 10Gi?`},
		{"16 gb", Bytes, `"16 gb" is no amount: did you mean 16G, or 16Gi?`},
		{"500MB", Bytes, `"500MB" is no amount: did you mean 500M, or 500Mi?`},
		{"64KB", Bytes, `"64KB" is no amount: did you mean 64k, or 64Ki?`},
		{"16 gigabytes", Bytes, `"16 gigabytes" is no amount: did you mean 16G, or 16Gi?`},
		{"16 gigs", Bytes, `"16 gigs" is no amount: did you mean 16G, or 16Gi?`},
		{"2g", Bytes, `"2g" is no amount: did you mean 2Gi?`},
		{"2GiB", Bytes, `"2GiB" is no amount: did you mean 2Gi?`},
		{"1 M", Bytes, `"1 M" is no amount: did you mean 1M, or 1Mi?`},
		{"64 k", Bytes, `"64 k" is no amount: did you mean 64k, or 64Ki?`},
		{"64K", Bytes, `"64K" is no amount: did you mean 64Ki?`},
		{"512 m", Bytes, `"512 m" is no amount: did you mean 512Mi?`},
		{"1 E", Bytes, `"1 E" is no amount: did you mean 1E, or 1Ei?`},
		{"2EB", Bytes, `"2EB" is no amount: did you mean 2E, or 2Ei?`},
		{"2 exbibytes", Bytes, `"2 exbibytes" is no amount: did you mean 2Ei?`},
		{"1 e", Bytes, `"1 e" is no amount: write it as 512Mi or 16Gi`},
		{"500 m", CPU, `"500 m" is no amount: did you mean 500m?`},
		{"500 M", CPU, `"500 M" is no amount: write it as 4 or 500m`},
		{"500 MCPU", CPU, `"500 MCPU" is no amount: write it as 4 or 500m`},
		{"500 mCPU", CPU, `"500 mCPU" is no amount: did you mean 500m?`},
		{"500 Millicores", CPU, `"500 Millicores" is no amount: did you mean 500m?`},
		{"16 Gi", Bytes, `"16 Gi" is no amount: did you mean 16Gi?`},
		{" 16Gi", Bytes, `" 16Gi" is no amount: did you mean 16Gi?`},
		{"1,5 TiB", Bytes, `"1,5 TiB" is no amount: did you mean 1.5Ti?`},
		{"1,500 MB", Bytes, `"1,500 MB" is no amount: write it as 512Mi or 16Gi`},
		{"512 bytes", Bytes, `"512 bytes" is no amount: did you mean 512?`},
		{"2 cores", CPU, `"2 cores" is no amount: did you mean 2?`},
		{"2vCPUs", CPU, `"2vCPUs" is no amount: did you mean 2?`},
		{"500 millicores", CPU, `"500 millicores" is no amount: did you mean 500m?`},
		{"2 GB", CPU, `"2 GB" is no amount: write it as 4 or 500m`},
		{"1 gpu", Count, `"1 gpu" is no amount: did you mean 1?`},
		{"1.5 gpus", Count, `"1.5 gpus" is no amount: write it as a whole number, as 1`},
		{"lots", Bytes, `"lots" is no amount: write it as 512Mi or 16Gi`},
		{"", CPU, `"" is no amount: write it as 4 or 500m`},
		{"١٦Gi", Bytes, `"١٦Gi" is no amount: write it as 512Mi or 16Gi`},
		{"0x10", Bytes, `"0x10" is no amount: write it as 512Mi or 16Gi`},
		{"1e2147483647", Bytes, `"1e2147483647" is no amount: write it as 512Mi or 16Gi`},
		{"1e-2147483647", CPU, `"1e-2147483647" is no amount: write it as 4 or 500m`},
		{"NaN", CPU, `"NaN" is no amount: write it as 4 or 500m`},
		{strings.Repeat("9", 100), CPU, `"` + strings.Repeat("9", 60) + `…" is no amount: write it as 4 or 500m`},
		{strings.Repeat("é", 50), CPU, `"` + strings.Repeat("é", 30) + `…" is no amount: write it as 4 or 500m`},
	} {
		got := ""
		if _, err := Parse(c.text, c.of); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q: %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestKinds(t *testing.T) {
	for name, want := range map[string]Kind{
		"cpu": CPU, "cpuPerWorker": CPU, "launcherCPU": CPU, "requests.cpu": CPU, "memory": Bytes, "memoryPerWorker": Bytes, "sharedMemory": Bytes,
		"ephemeral-storage": Bytes, "hugepages-2Mi": Bytes, "sizeLimit": Bytes, "nvidia.com/gpu": Count, "pods": Count, "example.com/cpu-cards": Count,
	} {
		if got := KindOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

func TestTimeLimit(t *testing.T) {
	for text, want := range map[string]time.Duration{"90m": 90 * time.Minute, "1.5h": 90 * time.Minute, "2d": 48 * time.Hour, "1w": 168 * time.Hour, "1d12h": 36 * time.Hour, "1s": time.Second} {
		if got, err := TimeLimit(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"1 day": "did you mean 1d?", "1 Day": "did you mean 1d?", "2 hours": "did you mean 2h?", "90 min": "did you mean 90m?", "1.5 days": "did you mean 36h?", "1,5 h": "did you mean 90m?",
		"1 day 12 hours": "did you mean 36h?", "1 day and 1 hour": "did you mean 25h?", "2D": "did you mean 2d?", "3 weeks": "did you mean 21d?", "30 secs": "did you mean 30s?", "1d 12h": "did you mean 36h?",
		"12:30:00": "did you mean 750m?", "1-12:00:00": "did you mean 36h?", "24": `"24" has no unit: did you mean 24h, or 24m?`,
		"12:30": "is no time limit: write it as", "soon": "is no time limit: write it as", "": "is no time limit", "-1h": "is not positive", "0": "is not positive", "0s": "is not positive",
		"5ms": "is shorter than a second", "1 parsec": "is no time limit: write it as", "99999999999999h": "is more than can be counted", "999999d": "is more than can be counted", "999999 days": "is no time limit: write it as",
		strings.Repeat("1", 5000): "is no time limit", "１d": "is no time limit",
	} {
		if got, err := TimeLimit(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

// What is offered can be taken, and so can what is meant; whatever the text, the answer is short.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"10 TB", "2 cores", "1 gpu", "1e9999", "1,5 GiB", "16Gi", "１ gb", "1 day", "1-00:00:00"} {
		f.Add(s, 2)
	}
	f.Fuzz(func(t *testing.T, text string, kind int) {
		of := Kind(((kind % 3) + 3) % 3)
		if _, err := Parse(text, of); err != nil {
			if len(err.Error()) > 1000 {
				t.Fatalf("a long answer: %s", err)
			}
			for _, likely := range Likely(text, of) {
				if _, err := resource.ParseQuantity(likely); err != nil {
					t.Fatalf("%q is offered %q, which is none: %v", text, likely, err)
				}
			}
		}
		if _, err := TimeLimit(text); err != nil {
			if likely := likelyDuration(text); likely != "" {
				if _, err := TimeLimit(likely); err != nil {
					t.Fatalf("%q is offered %q: %v", text, likely, err)
				}
			}
		}
	})
}
