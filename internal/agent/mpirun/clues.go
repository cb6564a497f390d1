package mpirun

import "strings"

// clues are what libraries print when a device or the shared memory is missing, in lower case. What a
// line of them means for the run is decided when it has failed: a program may live with it.
var clues = []struct {
	kind Kind
	all  []string
}{
	// CUDA and its driver, PyTorch, TensorFlow; HIP and ROCm.
	{NoGPU, []string{"no cuda-capable device is detected"}},
	{NoGPU, []string{"cuda driver version is insufficient"}},
	{NoGPU, []string{"found no nvidia driver"}},
	{NoGPU, []string{"no cuda gpus are available"}},
	{NoGPU, []string{"cuda_error_no_device"}},
	{NoGPU, []string{"libcuda.so.1: cannot open shared object"}},
	{NoGPU, []string{"no rocm-capable device is detected"}},
	// Open MPI, NCCL, PyTorch.
	{SharedMemoryFull, []string{"not enough space for /dev/shm"}},
	{SharedMemoryFull, []string{"/dev/shm", "no space left on device"}},
	{SharedMemoryFull, []string{"error while creating shared memory segment"}},
	{SharedMemoryFull, []string{"insufficient shared memory (shm)"}},
}

// longestClue bounds the line that is kept.
const longestClue = 200

func clue(line string) (Finding, bool) {
	lower := strings.ToLower(line)
	for _, c := range clues {
		found := true
		for _, part := range c.all {
			found = found && strings.Contains(lower, part)
		}
		if found {
			text := line
			if _, tagged := TaggedRank(line); tagged {
				_, text, _ = strings.Cut(strings.Replace(line, "]<stderr>:", "] ", 1), "] ")
			}
			if len(text) > longestClue {
				text = strings.ToValidUTF8(text[:longestClue], "") + "…"
			}
			f := Finding{Kind: c.kind, Text: strings.TrimSpace(text)}
			if rank, ok := TaggedRank(line); ok {
				f.Rank = &rank
			}
			return f, true
		}
	}
	return Finding{}, false
}

// TaggedRank is the rank a line of output is marked with: "[1,3]<stderr>:" by Open MPI's --tag-output,
// "[3] " by Hydra's -prepend-rank.
func TaggedRank(line string) (int, bool) {
	tag, rest, ok := strings.Cut(line, "]")
	if !ok || !strings.HasPrefix(tag, "[") {
		return 0, false
	}
	tag = tag[1:]
	if strings.HasPrefix(rest, "<std") {
		tag = tag[strings.LastIndexByte(tag, ',')+1:]
	} else if !strings.HasPrefix(rest, " ") {
		return 0, false
	}
	for i := range len(tag) {
		if tag[i] < '0' || tag[i] > '9' {
			return 0, false
		}
	}
	n := number(tag)
	if n == nil {
		return 0, false
	}
	return *n, true
}
