/* Computes pi with MPI: the integral of 4/(1+x^2) from 0 to 1, cut into slices
 * that the ranks share.
 *
 *     mpirun -n 4 pi [SLICES]
 *
 * SLICES is the number over all ranks, 100 million unless given. First each
 * rank says where it runs, in the order of the ranks, then rank 0 gives the
 * result.
 */
#include <errno.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static const long long default_slices = 100 * 1000 * 1000LL;
static const double pi = 3.14159265358979323846;

/* area adds up every size-th slice, beginning with the rank's own number. */
static double area(long long slices, int rank, int size) {
  double width = 1.0 / (double)slices, sum = 0.0;
  for (long long i = rank; i < slices; i += size) {
    double x = ((double)i + 0.5) * width;
    sum += 4.0 / (1.0 + x * x);
  }
  return sum * width;
}

/* parse_slices returns -1 for anything but a whole number above 0. */
static long long parse_slices(const char *text) {
  char *end = NULL;
  errno = 0;
  long long slices = strtoll(text, &end, 10);
  return errno != 0 || *text == '\0' || *end != '\0' || slices < 1 ? -1 : slices;
}

/* print_hosts has rank 0 print a line per rank, which keeps them in order. */
static void print_hosts(int rank, int size) {
  char host[MPI_MAX_PROCESSOR_NAME] = "";
  char *hosts = NULL;
  int length = 0;
  MPI_Get_processor_name(host, &length);
  if (rank == 0) {
    hosts = malloc((size_t)size * sizeof host);
    if (hosts == NULL) {
      fprintf(stderr, "pi: no memory for the host names of %d ranks\n", size);
      MPI_Abort(MPI_COMM_WORLD, 1);
    }
  }
  MPI_Gather(host, sizeof host, MPI_CHAR, hosts, sizeof host, MPI_CHAR, 0, MPI_COMM_WORLD);
  if (rank != 0)
    return;
  for (int i = 0; i < size; i++)
    printf("rank %d of %d on %s\n", i, size, hosts + (size_t)i * sizeof host);
  fflush(stdout);
  free(hosts);
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);

  long long slices = argc > 1 ? parse_slices(argv[1]) : default_slices;
  if (argc > 2 || slices < 0) {
    if (rank == 0)
      fprintf(stderr, "pi: the number of slices must be one whole number above 0\n");
    MPI_Finalize();
    return 2;
  }
  print_hosts(rank, size);

  double begun = MPI_Wtime();
  double mine = area(slices, rank, size), all = 0.0;
  MPI_Reduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0)
    printf("pi is approximately %.12f, error %.1e, in %.2f s\n", all, fabs(all - pi),
           MPI_Wtime() - begun);
  MPI_Finalize();
  return 0;
}
