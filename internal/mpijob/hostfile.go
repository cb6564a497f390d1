package mpijob

import (
	"fmt"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Hosts are the DNS names ranks run on, in the order of the hostfile: the Launcher first where it is
// a Worker too.
func Hosts(job *Job, clusterDomain string) []string {
	domain := hostDomain(job, clusterDomain)
	hosts := make([]string, 0, Workers(job)+1)
	if LauncherIsWorker(job) {
		hosts = append(hosts, LauncherHost(job)+domain)
	}
	for i := range Workers(job) {
		hosts = append(hosts, WorkerHost(job, i)+domain)
	}
	return hosts
}

// Hostfile is /etc/mpi/hostfile: one host a line, in the notation of the job's MPI implementation.
func Hostfile(job *Job, clusterDomain string) string {
	return wire.MPIHostfile(string(job.Spec.MPIImplementation), Hosts(job, clusterDomain), int(*job.Spec.SlotsPerWorker))
}

// DiscoverHosts is /etc/mpi/discover_hosts.sh, which Horovod calls to learn the hosts. The Launcher
// runs only once every Worker is reachable, so the list never changes.
func DiscoverHosts(job *Job, clusterDomain string) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n")
	for _, h := range Hosts(job, clusterDomain) {
		fmt.Fprintf(&b, "echo %s\n", h)
	}
	return b.String()
}
