/* What the machine can do at most, for peak.py: Gflop/s of fused multiply-adds that wait for nothing, or GB/s
 * of a memory copy, reads and writes both counted. Arguments: fma or copy, and for how many seconds. */

#define _POSIX_C_SOURCE 199309L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Vectors as wide as the machine's, and as many chains as hide the latency of an addition and leave registers
 * for the two constants. */
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#define CHAINS 24
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#define CHAINS 12
#elif defined(__aarch64__)
#define VECTOR_BYTES 16
#define CHAINS 24
#else
#define VECTOR_BYTES 16
#define CHAINS 12
#endif
#define LANES (VECTOR_BYTES / (int)sizeof(float))

#define ROUNDS 100000
#define COPY_BYTES ((size_t)64 << 20) /* twice that is more than most caches hold */

typedef float Vector __attribute__((vector_size(VECTOR_BYTES)));

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* From `start` on every lane tends to 0.001 / (1 - 0.999) = 1. The sum of all is the start of the next call,
 * so that no addition can be left out. */
static float multiply_and_add(float start)
{
    Vector chains[CHAINS], factor = {0}, summand = {0};
    factor += 0.999f;
    summand += 0.001f;
    for (int i = 0; i < CHAINS; i++)
        chains[i] = summand * ((float)i + start);
    for (int round = 0; round < ROUNDS; round++)
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            chains[i] = chains[i] * factor + summand;
    float sum = 0;
    for (int i = 0; i < CHAINS; i++)
        for (int lane = 0; lane < LANES; lane++)
            sum += chains[i][lane];
    return sum;
}

static double gflops(double seconds)
{
    float sum = multiply_and_add(0); /* to warm up */
    double done = 0, start = now(), taken;
    do {
        sum = multiply_and_add(1e-6f * sum);
        done += 2.0 * ROUNDS * CHAINS * LANES;
        taken = now() - start;
    } while (taken < seconds);
    return sum > 0 ? 1e-9 * done / taken : 0;
}

static double gigabytes(double seconds)
{
    char *from = malloc(COPY_BYTES), *to = malloc(COPY_BYTES);
    if (from == NULL || to == NULL)
        exit(1);
    memset(from, 1, COPY_BYTES);
    memset(to, 2, COPY_BYTES);
    memcpy(to, from, COPY_BYTES); /* to warm up */
    double done = 0, start = now(), taken;
    do {
        memcpy(to, from, COPY_BYTES);
        from[(size_t)done % COPY_BYTES] = to[COPY_BYTES - 1]; /* the copy is needed */
        done += 2.0 * (double)COPY_BYTES;
        taken = now() - start;
    } while (taken < seconds);
    free(from);
    free(to);
    return 1e-9 * done / taken;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    double seconds = atof(argv[2]);
    printf("%.6g\n", strcmp(argv[1], "copy") == 0 ? gigabytes(seconds) : gflops(seconds));
    return 0;
}
