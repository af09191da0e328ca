/* Left to right: see left_to_right in _numpy_left_to_right.py. _kernel.h includes this file.
 *
 * ROWS particles stand side by side in the lanes of vectors, so that sums over topics need no sum over lanes. All
 * particles resample the same tokens: a row of Phi is read once for all of them. Each operation gives the same
 * bits on every instruction set, and in NumPy: the products, of a count and a float32 or of two float32, are exact
 * in float64, so that it does not matter whether a product and a sum are one instruction. */

/* A vector of half as many numbers of twice the size as there are floats in one. */
typedef double NAME(Doubles) __attribute__((vector_size(4 * LANES), may_alias));

/* The particles of a document: groups of ROWS, padded. */
typedef struct {
    double *n;         /* groups x K x ROWS: the tokens of each topic */
    double *sums;      /* K x ROWS: of one group, the running sums over topics */
    double *phi;       /* K: of one term */
    double *prior;     /* K: alpha_t phi_t of that term */
    double *total;     /* groups x ROWS: the last of the running sums */
    double *influence; /* groups x ROWS */
    uint64_t *streams; /* groups x ROWS */
    int32_t *z;        /* N x groups x ROWS: the topic of each token */
    int64_t n_groups;
} NAME(Particles);

TARGET static void *NAME(allocate_particles)(NAME(Particles) *s, int64_t n_topics, int64_t n_particles, int64_t longest)
{
    const int64_t n_groups = padded(n_particles, ROWS) / ROWS, stride = padded(n_topics, ROWS);
    if (longest > INT32_MAX || n_groups > PTRDIFF_MAX / 512 / (stride + longest + 8)) /* no memory is that large */
        return NULL;
    const int64_t doubles = (n_groups + 1) * stride * ROWS + 2 * stride + 3 * n_groups * ROWS;
    char *memory = malloc((size_t)(doubles * 8 + longest * n_groups * ROWS * 4 + ALIGNMENT));
    if (memory == NULL)
        return NULL;
    s->n = (double *)(memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT);
    s->sums = s->n + n_groups * stride * ROWS;
    s->phi = s->sums + stride * ROWS;
    s->prior = s->phi + stride;
    s->total = s->prior + stride;
    s->influence = s->total + n_groups * ROWS;
    s->streams = (uint64_t *)(s->influence + n_groups * ROWS);
    s->z = (int32_t *)(s->streams + n_groups * ROWS);
    s->n_groups = n_groups;
    return memory;
}

/* sums_t = sum_{s <= t} (alpha_s + n_s) phi_s of each of ROWS particles. */
TARGET static inline void NAME(running_sums)(const NAME(Particles) *s, const double *n, int64_t n_topics)
{
    enum { VECTORS = 2 * ROWS / LANES };
    NAME(Doubles) sum[VECTORS] = {{0}};
    for (int64_t t = 0; t < n_topics; t++) {
        const double phi = s->phi[t], prior = s->prior[t];
#pragma GCC unroll 8
        for (int i = 0; i < VECTORS; i++) {
            sum[i] += *(const NAME(Doubles) *)(n + t * ROWS + i * (LANES / 2)) * phi + prior;
            *(NAME(Doubles) *)(s->sums + t * ROWS + i * (LANES / 2)) = sum[i];
        }
    }
}

/* Draw a topic of each of ROWS particles: the first whose running sum is above a number between 0 and the last. */
TARGET static inline void NAME(draw)(const double *sums, int64_t n_topics, const uint64_t *streams, uint64_t number,
                                     int32_t *restrict topic)
{
    double limit[ROWS];
    int64_t first[ROWS] = {0};
    for (int i = 0; i < ROWS; i++)
        limit[i] = uniform(number_of(streams[i], number)) * sums[(n_topics - 1) * ROWS + i];
    for (int64_t left = n_topics; left > 1; left -= left / 2)
        for (int i = 0; i < ROWS; i++)
            first[i] += sums[(first[i] + left / 2 - 1) * ROWS + i] <= limit[i] ? left / 2 : 0;
    for (int i = 0; i < ROWS; i++)
        topic[i] = (int32_t)first[i];
}

/* Draw the topic of the token at `place` in each particle, from all tokens that have one but itself. */
TARGET static void NAME(sample_token)(const Documents *p, const NAME(Particles) *s, int64_t term, int64_t place,
                                      int has_topic, uint64_t number)
{
    const int64_t n_topics = p->n_topics;
    const float *restrict row = p->term_weights + term * n_topics;
    double *restrict phi = s->phi, *restrict prior = s->prior;
#pragma omp simd
    for (int64_t t = 0; t < n_topics; t++) {
        phi[t] = (double)row[t];
        prior[t] = (double)p->alpha[t] * (double)row[t];
    }
    for (int64_t group = 0; group < s->n_groups; group++) {
        double *n = s->n + group * n_topics * ROWS;
        int32_t *z = s->z + (place * s->n_groups + group) * ROWS;
        for (int i = 0; has_topic && i < ROWS; i++)
            n[z[i] * ROWS + i] -= 1;
        NAME(running_sums)(s, n, n_topics);
        NAME(draw)(s->sums, n_topics, s->streams + group * ROWS, number, z);
        for (int i = 0; i < ROWS; i++)
            n[z[i] * ROWS + i] += 1;
        memcpy(s->total + group * ROWS, s->sums + (n_topics - 1) * ROWS, ROWS * sizeof(double));
    }
}

/* One document: see left_to_right in _numpy_left_to_right.py. */
TARGET static void NAME(particles_of)(const Documents *p, int64_t doc, const NAME(Particles) *s, uint64_t stream,
                                      int64_t n_particles, int64_t n_resampled, double *p_token, double *influence)
{
    const int64_t begin = p->indptr[doc], length = p->indptr[doc + 1] - begin, padded_particles = s->n_groups * ROWS;
    const int32_t *terms = p->indices + begin;
    uint64_t number = 0;
    int64_t next = 0; /* the token that is resampled next */
    double all = 0;
    for (int64_t t = 0; t < p->n_topics; t++)
        all += (double)p->alpha[t];
    memset(s->n, 0, (size_t)(p->n_topics * padded_particles) * sizeof(double));
    memset(s->influence, 0, (size_t)padded_particles * sizeof(double));
    for (int64_t r = 0; r < padded_particles; r++)
        s->streams[r] = number_of(stream, STREAM_OF_FIRST_PARTICLE + (uint64_t)r);

    for (int64_t at = 0; at < length; at++) {
        const int64_t n_earlier = at < n_resampled ? at : n_resampled;
        for (int64_t i = 0; i < n_earlier; i++) {
            NAME(sample_token)(p, s, terms[next], next, 1, number++);
            next = next + 1 < at ? next + 1 : 0;
        }
        NAME(sample_token)(p, s, terms[at], at, 0, number++);
        double sum = 0;
        for (int64_t r = 0; r < n_particles; r++)
            sum += s->total[r];
        const double mean = sum / (double)n_particles;
        p_token[begin + at] = mean / (all + (double)at);
        for (int64_t r = 0; r < n_particles; r++)
            s->influence[r] += s->total[r] / mean;
    }
    memcpy(influence + doc * n_particles, s->influence, (size_t)n_particles * sizeof(double));
}

/* See left_to_right in _numpy_left_to_right.py. Returns 0 if there was no memory. */
TARGET static int NAME(left_to_right)(const Documents *p, const int64_t *streams, int64_t n_particles,
                                      int64_t n_resampled, double *p_token, double *influence)
{
    NAME(Particles) particles;
    void *memory = NAME(allocate_particles)(&particles, p->n_topics, n_particles, longest_of(p));
    if (memory == NULL)
        return 0;
    for (int64_t i = 0; i < p->n_docs; i++) {
        const int64_t doc = p->docs[i];
        const uint64_t stream = (uint64_t)streams[doc];
        NAME(particles_of)(p, doc, &particles, stream, n_particles, n_resampled, p_token, influence);
    }
    free(memory);
    return 1;
}
