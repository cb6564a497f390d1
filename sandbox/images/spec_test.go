package images

import (
	"strings"
	"testing"
)

func TestSpecsAreValid(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Specs() {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		if seen[s.Name] {
			t.Errorf("%s is listed twice", s.Name)
		}
		seen[s.Name] = true
	}
}

func TestValidateRefuses(t *testing.T) {
	valid := func() Spec {
		return Spec{Name: "a.b/c", Tag: "1", Packages: []string{"dash"}}
	}
	for name, tc := range map[string]struct {
		change func(*Spec)
		want   string
	}{
		"name without host":   {func(s *Spec) { s.Name = "c" }, "host.domain/name"},
		"tag":                 {func(s *Spec) { s.Tag = "a:b" }, "tag"},
		"package as option":   {func(s *Spec) { s.Packages = []string{"--hook=x"} }, "Debian package"},
		"package list":        {func(s *Spec) { s.Packages = []string{"a,b"} }, "Debian package"},
		"user by name":        {func(s *Spec) { s.Config.User = "mpiuser" }, "numeric"},
		"account on scratch":  {func(s *Spec) { s.Packages = nil; s.Users = []User{{Name: "u", ID: 1}} }, "packages"},
		"account is root":     {func(s *Spec) { s.Users = []User{{Name: "u"}} }, "id above 0"},
		"account with colon":  {func(s *Spec) { s.Users = []User{{Name: "u", ID: 1, Shell: "/bin/sh:"}} }, "colon"},
		"relative path":       {func(s *Spec) { s.Dirs = []Dir{{Path: "home"}} }, "absolute"},
		"path twice":          {func(s *Spec) { s.Dirs = []Dir{{Path: "/a"}, {Path: "/a"}} }, "twice"},
		"path that climbs":    {func(s *Spec) { s.Files = []File{{Path: "/a/../b", Source: "f"}} }, "clean"},
		"source outside repo": {func(s *Spec) { s.Files = []File{{Path: "/b", Source: "../f"}} }, "inside the repository"},
		"absolute source":     {func(s *Spec) { s.Programs = []Program{{Source: "/f.c", Paths: []string{"/p"}}} }, "inside the repository"},
	} {
		t.Run(name, func(t *testing.T) {
			s := valid()
			if err := s.Validate(); err != nil {
				t.Fatalf("before the change: %v", err)
			}
			tc.change(&s)
			if err := s.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

func TestSelected(t *testing.T) {
	got, err := selected(Specs(), []string{OpenMPI})
	if err != nil || len(got) != 1 || got[0].Name != OpenMPI {
		t.Errorf("got %v, %v, want only %s", got, err, OpenMPI)
	}
	if _, err := selected(Specs(), []string{"nope"}); err == nil || !strings.Contains(err.Error(), OpenMPI) {
		t.Errorf("got %v, want an error that lists the images", err)
	}
}
