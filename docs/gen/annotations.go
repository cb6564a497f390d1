package main

import (
	"bytes"
	"fmt"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// annotations renders the tables of annotations: a job's, which Validate checks, and a namespace's,
// which admission policies copy onto jobs.
func annotations() []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from internal/mpijob by docs/gen. -->
# Annotations

What upstream's MPIJob has no field for is an annotation. Each is checked at admission; one of ours that
doesn't exist is warned about.

## On a job

| Annotation | Meaning | Default |
|---|---|---|
`)
	for _, a := range mpijob.Annotations() {
		if a.User {
			row(&b, a)
		}
	}
	b.WriteString(`
The product itself sets these; what users write there is dropped, where nothing else is said:

| Annotation | Meaning | |
|---|---|---|
`)
	for _, a := range mpijob.Annotations() {
		if !a.User {
			row(&b, a)
		}
	}
	b.WriteString(`
## On a namespace

Administrators set these. They become part of each job when it is created, so a later change reaches new jobs only.

| Annotation | Meaning | Default |
|---|---|---|
`)
	for _, a := range mpijob.NamespaceAnnotations() {
		row(&b, a)
	}
	b.WriteString(`
Why time limits work as they do is [decision 0018](decisions/0018-time-limits.md); what the network templates
let through, [decision 0019](decisions/0019-network-policies.md).
`)
	return b.Bytes()
}

func row(b *bytes.Buffer, a mpijob.Annotation) {
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", a.Key, a.Meaning, a.Default)
}
