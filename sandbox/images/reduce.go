package images

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// emptied are folders of which an image keeps only the folder: devices come
// from the runtime, the rest is documentation and what installing left behind.
var emptied = []string{
	"dev", "run", "var/cache", "var/log", "var/lib/apt/lists",
	"usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info",
	"usr/share/lintian", "usr/share/bug",
}

// dropped are patterns of files that must not be in an image: made at random
// (host keys, which all containers would share) or the build machine's.
var dropped = []string{
	"etc/ssh/ssh_host_*", "etc/machine-id", "etc/resolv.conf", "etc/hostname",
	"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-",
	"var/lib/dpkg/*-old", "var/lib/dbus/machine-id",
}

// epoch is the time of every file: a layer depends on content alone.
var epoch = time.Unix(0, 0).UTC()

// reduce copies a root file system, as tar, without what an image doesn't
// need, and without times and other traces of when and where it was made.
func reduce(w io.Writer, r io.Reader) error {
	out := tar.NewWriter(w)
	in := tar.NewReader(r)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return fmt.Errorf("reading the root file system: %w", err)
		}
		name := memberName(h.Name)
		if name == "" || !keeps(name, h) {
			continue
		}
		if err := out.WriteHeader(plainHeader(name, h)); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if _, err := io.Copy(out, in); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
	}
}

// memberName is the name without "./" and trailing slash; "" for the root.
func memberName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

func keeps(name string, h *tar.Header) bool {
	for _, dir := range emptied {
		if strings.HasPrefix(name, dir+"/") {
			return false
		}
	}
	for _, pattern := range dropped {
		if ok, _ := path.Match(pattern, name); ok {
			return false
		}
	}
	return h.Typeflag != tar.TypeChar && h.Typeflag != tar.TypeBlock && h.Typeflag != tar.TypeFifo
}

// plainHeader keeps type, name, link, mode, owner and size.
func plainHeader(name string, h *tar.Header) *tar.Header {
	plain := &tar.Header{
		Typeflag: h.Typeflag, Name: name, Linkname: h.Linkname,
		Mode: h.Mode, Uid: h.Uid, Gid: h.Gid, Size: h.Size, ModTime: epoch,
	}
	switch h.Typeflag {
	case tar.TypeDir:
		plain.Name += "/"
	case tar.TypeLink:
		plain.Linkname = memberName(h.Linkname)
	}
	return plain
}
