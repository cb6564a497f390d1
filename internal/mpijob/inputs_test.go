package mpijob

import "testing"

func TestParseOutput(t *testing.T) {
	for in, want := range map[string]string{
		"pvc:data:/runs/1": "pvc:data:/runs/1", "pvc:data": "pvc:data:/", "pvc:data:/": "pvc:data:/",
		"s3://models/runs/1": "s3://models/runs/1", "s3://models/runs/": "s3://models/runs", "s3://models": "s3://models/", "s3:///runs": "s3:///runs",
	} {
		if got, err := ParseOutput(in); err != nil || got.String() != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "data:/x", "/data", "pvc:", "pvc:Data:/x", "pvc:data:x", "pvc:data:/a/../b", "pvc:data:/a/", "pvc:data:/a\nb",
		"s3:", "s3://UP/x", "s3://b/x", "s3://models//x", "s3://models/../x", "s3://models/a//b", "http://x/y",
	} {
		if got, err := ParseOutput(in); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}
