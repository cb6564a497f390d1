// Package images makes the container images the sandbox needs from Debian
// packages and Go sources, without a registry and without a container engine.
//
// An image is data, a [Spec]; the list of them is in list.go. What is slow is
// kept in a cache under a name that hashes everything the result depends on:
//
//	packages-<hash>.tar   one Debian root file system, reduced to what runs
//	toolchain-<hash>/     gcc with Open MPI's headers, never part of an image
//	program-<hash>        one MPI program compiled there
//
// So a changed example program costs a compilation, not a root file system,
// and an unchanged list costs nothing. An image has at most two layers, the
// packages and, above them, our own files; equal input gives equal digests.
//
// [Build] needs no containerd and can run while the sandbox is still being
// compiled; [Load] then hands the images over. [Ensure] does both.
package images
