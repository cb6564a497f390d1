/* An MPI program that goes wrong in the way it is told to, for tests of how
 * failures are found and explained. Every rank first prints its host; a rank
 * that nothing is asked of goes on to MPI_Finalize, where it waits for the
 * others as real programs do.
 *
 *     mpirun -n 4 mpi-fault --exit-rank 2 --exit-code 3 --after 1
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: mpi-fault [options]\n"
    "  --after S         every rank works S seconds before anything happens\n"
    "  --sleep S         every rank works S more seconds before it ends\n"
    "  --exit-rank R     rank R leaves without MPI_Finalize ...\n"
    "  --exit-code C     ... with this code (1)\n"
    "  --signal-rank R   rank R sends itself a signal ...\n"
    "  --signal N        ... of this number (9)\n"
    "  --alloc-rank R    rank R (0) is the one that --alloc-mb means\n"
    "  --alloc-mb N      takes N MiB and holds them; -1: until it is killed\n"
    "  --shm-rank R      rank R fills /dev/shm until it dies of it\n"
    "  --bcast-mb N      rank 0 sends N MiB to all, who check them\n"
    "  --print-env NAME  every rank prints this variable; may be repeated\n";

enum { max_names = 32 };

struct plan {
  long after, sleep, exit_rank, exit_code, signal_rank, signal, alloc_rank, alloc_mb, bcast_mb, shm_rank;
  const char *names[max_names];
  int name_count;
};

static int me, ranks;

static void die(const char *why, const char *what) {
  fprintf(stderr, "mpi-fault: rank %d: %s: %s\n", me, what, why);
  MPI_Abort(MPI_COMM_WORLD, 2);
  exit(2);
}

static long number(const char *text, const char *option) {
  char *end = NULL;
  errno = 0;
  long n = strtol(text, &end, 10);
  if (errno != 0 || *text == '\0' || *end != '\0' || n < -1 || n > INT_MAX / 1024)
    die("not a number this option can use", option);
  return n;
}

static struct plan parse(int argc, char **argv) {
  struct plan p = {.exit_rank = -1, .exit_code = 1, .signal_rank = -1, .signal = SIGKILL, .shm_rank = -1};
  const struct option options[] = {
      {"after", 1, NULL, 'a'},       {"sleep", 1, NULL, 's'},      {"exit-rank", 1, NULL, 'e'},
      {"exit-code", 1, NULL, 'c'},   {"signal-rank", 1, NULL, 'r'}, {"signal", 1, NULL, 'n'},
      {"alloc-rank", 1, NULL, 'o'},  {"alloc-mb", 1, NULL, 'm'},   {"bcast-mb", 1, NULL, 'b'},
      {"print-env", 1, NULL, 'p'},   {"shm-rank", 1, NULL, 'h'},   {NULL, 0, NULL, 0}};
  opterr = me == 0;
  for (int o, at = 0; (o = getopt_long(argc, argv, "", options, &at)) != -1;) {
    if (o == 'p') {
      if (p.name_count == max_names)
        die("given too often", "--print-env");
      p.names[p.name_count++] = optarg;
      continue;
    }
    if (o == '?') {
      if (me == 0)
        fputs(usage, stderr);
      MPI_Finalize();
      exit(2);
    }
    long n = number(optarg, options[at].name);
    switch (o) {
    case 'a': p.after = n; break;
    case 's': p.sleep = n; break;
    case 'e': p.exit_rank = n; break;
    case 'c': p.exit_code = n; break;
    case 'r': p.signal_rank = n; break;
    case 'n': p.signal = n; break;
    case 'o': p.alloc_rank = n; break;
    case 'm': p.alloc_mb = n; break;
    case 'b': p.bcast_mb = n; break;
    case 'h': p.shm_rank = n; break;
    }
  }
  if (optind < argc)
    die("arguments are not understood", argv[optind]);
  return p;
}

/* work waits without being interrupted early by a signal that was handled. */
static void work(long seconds) {
  struct timespec left = {.tv_sec = seconds > 0 ? seconds : 0};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static void print_start(const struct plan *p) {
  char host[MPI_MAX_PROCESSOR_NAME] = "";
  int length = 0;
  MPI_Get_processor_name(host, &length);
  printf("rank %d of %d on %s pid %d uid %d\n", me, ranks, host, (int)getpid(), (int)getuid());
  for (int i = 0; i < p->name_count; i++) {
    const char *value = getenv(p->names[i]);
    if (value != NULL)
      printf("rank %d: %s=%s\n", me, p->names[i], value);
    else
      printf("rank %d: %s is not set\n", me, p->names[i]);
  }
  fflush(stdout);
}

/* allocate touches what it takes: memory counts once it is written to. */
static void allocate(long megabytes) {
  const size_t piece = 1024 * 1024;
  for (long taken = 0; megabytes < 0 || taken < megabytes; taken++) {
    char *memory = malloc(piece);
    if (memory == NULL)
      die("malloc refused before anybody killed this rank", "--alloc-mb");
    memset(memory, 0x5a, piece);
  }
}

/* fill_shared maps more than /dev/shm has and writes to it: a page that isn't there is a SIGBUS. */
static void fill_shared(void) {
  const size_t size = (size_t)64 * 1024 * 1024 * 1024;
  int fd = open("/dev/shm/mpi-fault", O_CREAT | O_RDWR, 0600);
  if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
    die(strerror(errno), "/dev/shm/mpi-fault");
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    die(strerror(errno), "--shm-rank");
  memset(memory, 0x5a, size);
}

static void broadcast(long megabytes) {
  size_t size = (size_t)megabytes * 1024 * 1024;
  unsigned char *data = malloc(size);
  if (data == NULL)
    die("no memory for it", "--bcast-mb");
  memset(data, me == 0 ? 0xa5 : 0, size);
  for (size_t at = 0; at < size; at += 1024 * 1024)
    MPI_Bcast(data + at, 1024 * 1024, MPI_BYTE, 0, MPI_COMM_WORLD);
  for (size_t i = 0; i < size; i++)
    if (data[i] != 0xa5)
      die("wrong data arrived", "--bcast-mb");
  free(data);
  printf("rank %d: received %ld MiB\n", me, megabytes);
  fflush(stdout);
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  struct plan p = parse(argc, argv);

  print_start(&p);
  work(p.after);
  if (p.bcast_mb > 0)
    broadcast(p.bcast_mb);
  if (p.alloc_mb != 0 && me == p.alloc_rank)
    allocate(p.alloc_mb);
  if (me == p.shm_rank)
    fill_shared();
  if (me == p.signal_rank)
    kill(getpid(), (int)p.signal);
  if (me == p.exit_rank)
    _exit((int)p.exit_code);
  work(p.sleep);
  MPI_Finalize();
  return 0;
}
