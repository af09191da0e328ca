/* The functions of the kernel. _native.c includes this file once for each instruction set, and defines before that:
 * LANES, the floats of a vector; TARGET, the compiler's attribute for the set; NAME(x), x with the name of the set. */

/* exp(x) for -88 < x < 88, within 2 units in the last place: x = k log 2 + f, and a polynomial in f (Cephes: Moshier
 * 1992). It has no branches, so that a loop over it becomes vector instructions. */
TARGET static inline float NAME(exp)(float x)
{
    /* adding and subtracting 1.5 * 2^23 rounds to the nearest whole number */
    float k = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
    float f = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float z = f * f;
    float low = 1.6666665459e-1f * f + 5.0000001201e-1f;
    float middle = 8.3334519073e-3f * f + 4.1665795894e-2f;
    float high = 1.9875691500e-4f * f + 1.3981999507e-3f;
    float p = ((high * z + middle) * z + low) * z + (f + 1.0f);
    return p * float_of_bits(((int32_t)k + 127) << 23);
}

/* log(x) for normal x > 0, within 2 units in the last place: x = 2^e m, sqrt(1/2) <= m < sqrt(2). */
TARGET static inline float NAME(log)(float x)
{
    /* unsigned: the bits of a number without a logarithm would overflow */
    uint32_t bits = (uint32_t)bits_of_float(x);
    int32_t e = (int32_t)(bits - 0x3f3504f3u) >> 23;
    float f = float_of_bits((int32_t)(bits - ((uint32_t)e << 23))) - 1.0f;
    float z = f * f;
    float a = 3.3333331174e-1f - 2.4999993993e-1f * f;
    float b = 2.0000714765e-1f - 1.6668057665e-1f * f;
    float c = 1.4249322787e-1f - 1.2420140846e-1f * f;
    float d = 1.1676998740e-1f - 1.1514610310e-1f * f;
    float p = (a + b * z) + (z * z) * ((c + d * z) + (z * z) * 7.0376836292e-2f);
    float y = p * f * z - (float)e * 2.12194440e-4f - 0.5f * z;
    return (f + y) + (float)e * 0.693359375f;
}

/* psi(x), the digamma function, of x > 0. With y = x + 7/2,
 *
 *     exp(psi(y + 1/2)) ~ y + 1/(24 y) - 37/(5760 y^3) + 10313/(2903040 y^5) - 5509121/(1393459200 y^7)
 *     psi(x) = psi(x + 4) - sum_{i<4} 1/(x + i)
 *
 * where terms i and 3 - i share u = x (x + 3), so that the sum costs one division. */
TARGET static inline float NAME(psi)(float x)
{
    float u = x * (x + 3.0f);
    float below = (2.0f * x + 3.0f) * (2.0f * u + 2.0f) / (u * (u + 2.0f));
    float y = x + 3.5f;
    float i = 1.0f / (y * y);
    float series = 10313 / 2903040.0f - i * (5509121 / 1393459200.0f);
    series = 1 / 24.0f - i * (37 / 5760.0f - i * series);
    return NAME(log)(y * (1.0f + i * series)) - below;
}

/* weights = exp(power E[log theta]) up to a factor: the largest is one. */
TARGET static void NAME(topic_weights)(const float *restrict gamma, float *restrict weights, int64_t stride,
                                       float power)
{
    float largest = -INFINITY;
#pragma omp simd reduction(max : largest)
    for (int64_t t = 0; t < stride; t++) {
        float log_weight = NAME(psi)(gamma[t]);
        weights[t] = log_weight;
        largest = log_weight > largest ? log_weight : largest;
    }
#pragma omp simd
    for (int64_t t = 0; t < stride; t++) {
        float log_weight = (weights[t] - largest) * power;
        weights[t] = NAME(exp)(log_weight > SMALLEST_LOG_WEIGHT ? log_weight : SMALLEST_LOG_WEIGHT);
    }
}

/* A vector of LANES floats; and eight floats, each the sum of a vector. */
typedef float NAME(Vector) __attribute__((vector_size(4 * LANES), may_alias));
typedef float NAME(Eight) __attribute__((vector_size(4 * ROWS), may_alias));

/* The same anywhere: a row of Phi begins on no boundary. */
typedef float NAME(Anywhere) __attribute__((vector_size(4 * LANES), may_alias, aligned(4)));

TARGET static inline NAME(Eight) NAME(fold)(NAME(Vector) v)
{
    NAME(Eight) parts[LANES / ROWS], sum;
    memcpy(parts, &v, sizeof v);
    sum = parts[0];
    for (int i = 1; i < LANES / ROWS; i++)
        sum += parts[i];
    return sum;
}

/* First level: a_0 + a_2, b_0 + b_2, a_1 + a_3, b_1 + b_3, and the same of the upper half. */
TARGET static inline NAME(Eight) NAME(pair)(NAME(Eight) a, NAME(Eight) b)
{
    return SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
           + SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}

/* Second level: of four vectors, after which each half of a vector's sum is in one lane. */
TARGET static inline NAME(Eight) NAME(four)(NAME(Eight) ab, NAME(Eight) cd)
{
    return SHUFFLE(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13)
           + SHUFFLE(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
}

/* Rows, either one after another from `first`, or where `each` says if that is not NULL. Which it is must be known to
 * the compiler: loops over rows one after another are a tenth faster without pointers. */
typedef struct {
    const float *first, *const *each;
} NAME(Rows);

TARGET static inline const float *NAME(row)(NAME(Rows) rows, int64_t i, int64_t stride)
{
    return rows.each != NULL ? rows.each[i] : rows.first + i * stride;
}

TARGET static inline NAME(Rows) NAME(rows_from)(NAME(Rows) rows, int64_t i, int64_t stride)
{
    if (rows.each != NULL)
        return (NAME(Rows)){NULL, rows.each + i};
    return (NAME(Rows)){rows.first + i * stride, NULL};
}

/* First half of the update, for eight terms: ratio_w = n_w / norm_w, norm_w = sum_t weights_t rows_wt. The eight sums
 * over topics run side by side; a transposition of the eight vectors adds up all of them together. */
TARGET static inline void NAME(ratios)(NAME(Rows) rows, int64_t stride, const float *weights, const float *n,
                                       float *ratio)
{
    NAME(Vector) norm[ROWS] = {{0}};
    for (int64_t t = 0; t < stride; t += LANES) {
        const NAME(Vector) weight = *(const NAME(Vector) *)(weights + t);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++)
            norm[i] += *(const NAME(Anywhere) *)(NAME(row)(rows, i, stride) + t) * weight;
    }
    const NAME(Eight) low = NAME(four)(NAME(pair)(NAME(fold)(norm[0]), NAME(fold)(norm[1])),
                                       NAME(pair)(NAME(fold)(norm[2]), NAME(fold)(norm[3])));
    const NAME(Eight) high = NAME(four)(NAME(pair)(NAME(fold)(norm[4]), NAME(fold)(norm[5])),
                                        NAME(pair)(NAME(fold)(norm[6]), NAME(fold)(norm[7])));
    const NAME(Eight) sums = SHUFFLE(low, high, 0, 1, 2, 3, 8, 9, 10, 11)
                             + SHUFFLE(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
    *(NAME(Eight) *)ratio = *(const NAME(Eight) *)n / sums;
}

/* Second half: expected_t += sum_w ratio_w rows_wt, for eight terms whose rows are still in the L1 cache: backwards,
 * because of long rows that is the end. */
TARGET static inline void NAME(add_rows)(NAME(Rows) rows, int64_t stride, const float *ratio, float *expected)
{
    NAME(Vector) each[ROWS];
    const float *from[ROWS]; /* a copy: for all the compiler knows, writing to `expected` changes the pointers */
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; i++) {
        each[i] = ratio[i] - (NAME(Vector)){0};
        from[i] = NAME(row)(rows, i, stride);
    }
    for (int64_t t = stride - LANES; t >= 0; t -= LANES) {
        NAME(Vector) sum = *(NAME(Vector) *)(expected + t);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++)
            sum += each[i] * *(const NAME(Anywhere) *)(from[i] + t);
        *(NAME(Vector) *)(expected + t) = sum;
    }
}

/* Scratch memory for a block of documents: one allocation, each array on a boundary of ALIGNMENT. */
typedef struct {
    const float **row; /* the rows of a document's terms in Phi, and more to a multiple of ROWS */
    float *n;          /* the counts of its terms */
    float *ratio;      /* and their ratios */
    float *first_ratio;
    float *gamma;      /* this and those to `topic`: of the topics still alive */
    float *alpha;
    float *weights;
    float *expected;
    double *total;
    int32_t *topic;    /* their numbers among all topics */
    float *first_weights;
    float *ones;       /* a row of no term: n = 0, it adds nothing, and its norm is not 0 */
    float *last_row;   /* a copy of the last row of Phi */
    float *rows;       /* the gathered rows, padded; columns are the topics still alive */
} NAME(Scratch);

TARGET static void *NAME(allocate)(NAME(Scratch) *s, int64_t n_topics, int64_t longest)
{
    int64_t stride = padded(n_topics, LANES), height = padded(longest, FLOATS_ALIGNED);
    stride = padded(stride, FLOATS_ALIGNED); /* so that each array begins on a boundary */
    if (height > PTRDIFF_MAX / 16 / (stride + 5)) /* no memory is that large */
        return NULL;
    int64_t floats = height * (stride + 3) + 7 * stride;
    char *memory = malloc((size_t)(floats * 4 + stride * 12 + height * 8 + ALIGNMENT));
    if (memory == NULL)
        return NULL;
    s->row = (const float **)(memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT);
    s->n = (float *)((char *)s->row + height * 8);
    s->ratio = s->n + height;
    s->first_ratio = s->ratio + height;
    s->gamma = s->first_ratio + height;
    s->alpha = s->gamma + stride;
    s->weights = s->alpha + stride;
    s->expected = s->weights + stride;
    s->total = (double *)(s->expected + stride);
    s->topic = (int32_t *)(s->total + stride);
    s->first_weights = (float *)(s->topic + stride);
    s->ones = s->first_weights + stride;
    s->last_row = s->ones + stride;
    s->rows = s->last_row + stride; /* last: most of it is never touched if few topics stay alive */
    return memory;
}

/* Whether every term would keep its norm, n / ratio, without the topics that are not alive. A term that no other
 * topic has depends on them, however small their weights are. False if a norm is NaN. */
TARGET static int NAME(can_do_without)(NAME(Scratch) *s, int64_t stride, int64_t n_rows)
{
    float *restrict staying = s->expected; /* it is free between iterations */
    for (int64_t t = 0; t < stride; t++)
        staying[t] = s->weights[t] > ALIVE ? s->weights[t] : 0.0f;
    for (int64_t row = 0; row < n_rows; row++) {
        const float *restrict from = s->rows + row * stride;
        float norm = 0;
#pragma omp simd reduction(+ : norm) aligned(from, staying : 4 * LANES)
        for (int64_t t = 0; t < stride; t++)
            norm += from[t] * staying[t];
        if (!(norm * s->ratio[row] >= SHARE_THAT_STAYS * s->n[row]))
            return 0;
    }
    return 1;
}

/* Write the results of a topic that a document has lost. */
TARGET static void NAME(drop)(const Documents *p, int64_t doc, int64_t topic, float alpha)
{
    p->gamma[doc * p->n_topics + topic] = alpha;
    p->weights[doc * p->n_topics + topic] = expf(SMALLEST_LOG_WEIGHT);
}

/* Drop the topics that are not alive: copy the rest of every row to the front. The gamma of a dropped topic is alpha
 * from now on. Returns the number of topics that are left. */
TARGET static int64_t NAME(compact)(const Documents *p, int64_t doc, NAME(Scratch) *s, int64_t n_alive,
                                    int64_t n_rows, int64_t height)
{
    int64_t stride = padded(n_alive, LANES), kept = 0;
    for (int64_t t = 0; t < n_alive; t++)
        kept += s->weights[t] > ALIVE;
    int64_t new_stride = padded(kept, LANES);
    if (new_stride == stride || !NAME(can_do_without)(s, stride, n_rows))
        return n_alive;

    kept = 0;
    for (int64_t t = 0; t < n_alive; t++) {
        if (s->weights[t] > ALIVE) {
            s->gamma[kept] = s->gamma[t];
            s->alpha[kept] = s->alpha[t];
            s->topic[kept] = s->topic[t];
            /* from here on `expected` holds the old column of each kept topic */
            memcpy(&s->expected[kept], &(int32_t){(int32_t)t}, sizeof(int32_t));
            kept++;
        } else {
            NAME(drop)(p, doc, s->topic[t], s->alpha[t]);
        }
    }
    for (int64_t row = 0; row < height; row++) {
        const float *from = s->rows + row * stride;
        float *to = s->rows + row * new_stride;
        for (int64_t t = 0; t < kept; t++)
            to[t] = from[bits_of_float(s->expected[t])];
        for (int64_t t = kept; t < new_stride; t++)
            to[t] = row < n_rows ? 0.0f : 1.0f;
    }
    for (int64_t t = kept; t < new_stride; t++)
        s->gamma[t] = s->alpha[t] = PADDING;
    return kept;
}

/* expected_t = sum_w n_w / norm_w rows_wt over all rows; in float64 if there are more than ROWS_IN_FLOAT. */
TARGET static inline __attribute__((always_inline)) void NAME(sum_rows)(NAME(Scratch) *s, NAME(Rows) rows,
                                                                         int64_t stride, int64_t height)
{
    const int many = height > ROWS_IN_FLOAT;
    /* start on the ratios of the next rows before these are added: a division takes long */
    const int is_ahead = 2 * ROWS * stride <= FLOATS_IN_CACHE;
    if (many)
        memset(s->total, 0, (size_t)stride * sizeof(double));
    for (int64_t first = 0; first < height; first += ROWS_IN_FLOAT) {
        int64_t last = first + ROWS_IN_FLOAT < height ? first + ROWS_IN_FLOAT : height;
        memset(s->expected, 0, (size_t)stride * sizeof(float));
        if (is_ahead)
            NAME(ratios)(NAME(rows_from)(rows, first, stride), stride, s->weights, s->n + first, s->ratio + first);
        for (int64_t row = first; row < last; row += ROWS) {
            const int64_t next = is_ahead ? row + ROWS : row;
            if (next < last)
                NAME(ratios)(NAME(rows_from)(rows, next, stride), stride, s->weights, s->n + next, s->ratio + next);
            NAME(add_rows)(NAME(rows_from)(rows, row, stride), stride, s->ratio + row, s->expected);
        }
        if (many)
            for (int64_t t = 0; t < stride; t++)
                s->total[t] += s->expected[t];
    }
    if (many)
        for (int64_t t = 0; t < stride; t++)
            s->expected[t] = (float)s->total[t];
}

/* List the topics that a document can have in s->topic, and set the others to 0. Returns the length of the list. */
TARGET static int64_t NAME(topics_of)(const Documents *p, int64_t doc, const float *alpha, NAME(Scratch) *s)
{
    int64_t n_alive = 0;
    for (int64_t t = 0; t < p->n_topics; t++) {
        if (alpha[t] != 0.0f)
            s->topic[n_alive++] = (int32_t)t;
        else
            p->gamma[doc * p->n_topics + t] = p->weights[doc * p->n_topics + t] = 0.0f;
    }
    return n_alive;
}

/* Copy the rows of a document's terms, of the topics s->topic only. */
TARGET static void NAME(gather)(const Documents *p, int64_t begin, NAME(Scratch) *s, int64_t n_alive, int64_t n_rows,
                                int64_t height)
{
    const int64_t stride = padded(n_alive, LANES);
    for (int64_t row = 0; row < n_rows; row++) {
        const float *from = p->term_weights + p->indices[begin + row] * p->n_topics;
        float *to = s->rows + row * stride;
        if (n_alive == p->n_topics)
            memcpy(to, from, (size_t)n_alive * sizeof(float));
        else
            for (int64_t t = 0; t < n_alive; t++)
                to[t] = from[s->topic[t]];
        for (int64_t t = n_alive; t < stride; t++)
            to[t] = 0.0f;
    }
    for (int64_t t = n_rows * stride; t < height * stride; t++)
        s->rows[t] = 1.0f;
}

#include "_in_place.h"

/* The fixed point of document i of the block: see e_step in _numpy.py. */
TARGET static void NAME(fixed_point)(const Documents *p, int64_t i, NAME(Scratch) *s)
{
    const int64_t doc = p->docs[i], begin = p->indptr[doc], n_rows = p->indptr[doc + 1] - begin;
    const int64_t n_topics = p->n_topics, height = padded(n_rows, ROWS);
    const float *prior = alpha_of(p, i);
    int64_t n_alive = NAME(topics_of)(p, doc, prior, s), stride = padded(n_alive, LANES);
    int is_in_place = n_topics >= MANY_TOPICS && n_alive == n_topics;
    double n_tokens = 0;

    for (int64_t row = 0; row < height; row++) {
        s->n[row] = row < n_rows ? (float)p->counts[begin + row] : 0.0f;
        n_tokens += row < n_rows ? p->counts[begin + row] : 0;
    }
    if (is_in_place) {
        NAME(take_in_place)(p, begin, s, n_rows, height);
    } else {
        NAME(gather)(p, begin, s, n_alive, n_rows, height);
    }
    for (int64_t t = 0; t < stride; t++) {
        s->gamma[t] = t < n_alive ? p->gamma[doc * n_topics + s->topic[t]] : PADDING;
        s->alpha[t] = t < n_alive ? prior[s->topic[t]] : PADDING;
    }

    const float limit = (float)(p->tolerance * n_tokens);
    size_t compactions = 0;
    for (int64_t iteration = 1;; iteration++) {
        NAME(topic_weights)(s->gamma, s->weights, stride, p->power);
        if (is_in_place && iteration > 1
            && (iteration > ITERATIONS_IN_PLACE || NAME(are_few_alive)(s, n_topics))) {
            n_alive = NAME(gather_alive)(p, doc, s, n_rows, height);
            stride = padded(n_alive, LANES);
            is_in_place = 0;
        } else if (is_in_place) {
            memset(s->weights + n_topics, 0, (size_t)(stride - n_topics) * sizeof(float));
        }
        if (is_in_place)
            NAME(sum_rows)(s, (NAME(Rows)){NULL, s->row}, stride, height);
        else
            NAME(sum_rows)(s, (NAME(Rows)){s->rows, NULL}, stride, height);
        if (is_in_place && iteration == 1)
            NAME(keep_first)(s, stride, height);
        float change = 0;
        const float *restrict alpha = s->alpha, *restrict weights = s->weights, *restrict expected = s->expected;
        float *restrict gamma = s->gamma;
#pragma omp simd reduction(+ : change) aligned(alpha, weights, expected, gamma : 4 * LANES)
        for (int64_t t = 0; t < stride; t++) {
            float update = alpha[t] + weights[t] * expected[t];
            change += fabsf(update - gamma[t]);
            gamma[t] = update;
        }
        if (change <= limit || iteration >= p->max_iterations)
            break;
        if (compactions < sizeof COMPACT_AFTER / sizeof *COMPACT_AFTER && iteration == COMPACT_AFTER[compactions]) {
            compactions++;
            if (!is_in_place)
                n_alive = NAME(compact)(p, doc, s, n_alive, n_rows, height);
            stride = padded(n_alive, LANES);
        }
    }

    memcpy(p->ratio + begin, s->ratio, (size_t)n_rows * sizeof(float));
    for (int64_t t = 0; t < n_alive; t++) {
        p->gamma[doc * n_topics + s->topic[t]] = s->gamma[t];
        p->weights[doc * n_topics + s->topic[t]] = s->weights[t];
    }
}

/* See e_step in _numpy.py. Returns 0 if there was no memory. */
TARGET static int NAME(e_step)(const Documents *p)
{
    NAME(Scratch) scratch;
    void *memory = NAME(allocate)(&scratch, p->n_topics, longest_of(p));
    if (memory == NULL)
        return 0;
    for (int64_t i = 0; i < p->n_docs; i++)
        NAME(fixed_point)(p, i, &scratch);
    free(memory);
    return 1;
}

#include "_m_step.h"

/* log Gamma(x) and psi(x) in float64, within 1e-11: Stirling's series at x + 8. */
TARGET static inline void NAME(log_gamma_and_psi)(double x, double *log_gamma, double *psi)
{
    double y = x + 8, u = x * (x + 7), i = 1 / (y * y), log_y = log(y);
    double below = (2 * x + 7) * ((1 / u + 1 / (u + 6)) + (1 / (u + 10) + 1 / (u + 12)));
    *log_gamma = (y - 0.5) * log_y - y + 0.91893853320467274178
                 + (1 / 12.0 - i * (1 / 360.0 - i * (1 / 1260.0 - i / 1680.0))) / y
                 - log(u * (u + 6) * ((u + 10) * (u + 12)));
    *psi = log_y - 0.5 / y - i * (1 / 12.0 - i * (1 / 120.0 - i * (1 / 252.0 - i / 240.0))) - below;
}

/* log Gamma(x) within some units in the last place: Stirling's series at x + 4. */
TARGET static inline float NAME(log_gamma)(float x)
{
    const float y = x + 4.0f, u = x * (x + 3.0f), i = 1.0f / y;
    return (y - 0.5f) * NAME(log)(y) - y + 0.918938533f + i * (1 / 12.0f - i * i * (1 / 360.0f - i * i / 1260.0f))
           - NAME(log)(u * (u + 2.0f));
}

/* The terms of the bound of a block of documents: see document_terms in _numpy.py. Most topics of a document are not
 * used and have gamma_t = alpha_t: of_alpha has room for log Gamma(alpha) and psi(alpha), A times K numbers each. Both
 * count as 0 for a topic that a document cannot have. */
TARGET static void NAME(document_terms)(const Documents *p, double *terms, double *log_theta,
                                        double *restrict of_alpha)
{
    const int64_t n_topics = p->n_topics, n_all = p->n_alphas * n_topics;
    for (int64_t t = 0; t < n_all; t++) {
        of_alpha[t] = of_alpha[n_all + t] = 0;
        if (p->alpha[t] != 0.0f)
            NAME(log_gamma_and_psi)(p->alpha[t], &of_alpha[t], &of_alpha[n_all + t]);
    }
    for (int64_t i = 0; i < p->n_docs; i++) {
        const int64_t doc = p->docs[i], begin = p->indptr[doc], end = p->indptr[doc + 1];
        const float *restrict gamma = p->gamma + doc * n_topics;
        const float *restrict weights = p->weights + doc * n_topics;
        const float *restrict alpha = alpha_of(p, i);
        const double *of_row = of_alpha + (alpha - p->alpha);
        double *restrict sum = log_theta + (alpha - p->alpha);
        double words = 0, topics = 0, prior = 0, total = 0, log_gamma, psi;
        const int32_t *restrict counts = p->counts;
        const float *restrict ratio = p->ratio;
        for (int64_t first = begin; first < end; first += WORDS_IN_FLOAT) {
            const int64_t last = first + WORDS_IN_FLOAT < end ? first + WORDS_IN_FLOAT : end;
            float some = 0;
#pragma omp simd reduction(+ : some)
            for (int64_t w = first; w < last; w++) {
                float n = (float)counts[w];
                some += n * NAME(log)(n / ratio[w]); /* n / ratio is the norm */
            }
            words += (double)some;
        }
#pragma omp simd reduction(+ : topics, total)
        for (int64_t t = 0; t < n_topics; t++) {
            topics += (double)((gamma[t] - alpha[t]) * NAME(log)(weights[t]));
            total += (double)gamma[t];
        }
        for (int64_t t = 0; t < n_topics; t++) {
            log_gamma = of_row[t];
            psi = of_row[n_all + t];
            if (gamma[t] != alpha[t])
                NAME(log_gamma_and_psi)(gamma[t], &log_gamma, &psi);
            prior += log_gamma;
            sum[t] += psi;
        }
        NAME(log_gamma_and_psi)(total, &log_gamma, &psi);
        for (int64_t t = 0; t < n_topics; t++)
            sum[t] -= alpha[t] != 0.0f ? psi : 0;
        terms[doc] = words - topics + prior - log_gamma;
    }
}

/* Scratch memory for a block of documents with theta integrated out; each array on a boundary of ALIGNMENT. */
typedef struct {
    float *rows;  /* the gathered rows of a document, padded */
    float *q;     /* q(z) of one occurrence of each of its terms */
    float *alpha;
    float *gamma;
    float *scores;
} NAME(Collapsed);

TARGET static void *NAME(allocate_collapsed)(NAME(Collapsed) *s, int64_t n_topics, int64_t longest)
{
    const int64_t stride = padded(n_topics, FLOATS_ALIGNED);
    if (longest > PTRDIFF_MAX / 16 / (stride + 2)) /* no memory is that large */
        return NULL;
    char *memory = malloc((size_t)((2 * longest + 3) * stride * 4 + ALIGNMENT));
    if (memory == NULL)
        return NULL;
    s->rows = (float *)(memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT);
    s->q = s->rows + longest * stride;
    s->alpha = s->q + longest * stride;
    s->gamma = s->alpha + stride;
    s->scores = s->gamma + stride;
    return memory;
}

/* Update one term: q_t proportional to ((gamma_t - q_t) Phi_t)^power, and gamma at once. Returns sum_t |delta q_t|. */
TARGET static inline float NAME(update_term)(NAME(Collapsed) *s, const float *restrict row, float *restrict q,
                                             float n, int64_t stride, float power)
{
    const float *restrict alpha = s->alpha;
    float *restrict gamma = s->gamma, *restrict scores = s->scores;
    float norm = 0, change = 0;
    if (power == 1.0f) {
#pragma omp simd reduction(+ : norm) aligned(row, q, alpha, gamma, scores : 4 * LANES)
        for (int64_t t = 0; t < stride; t++) {
            const float others = gamma[t] - q[t];
            norm += scores[t] = (others > alpha[t] ? others : alpha[t]) * row[t];
        }
    } else {
#pragma omp simd reduction(+ : norm) aligned(row, q, alpha, gamma, scores : 4 * LANES)
        for (int64_t t = 0; t < stride; t++) {
            const float others = gamma[t] - q[t];
            norm += scores[t] = NAME(exp)(power * NAME(log)(others > alpha[t] ? others : alpha[t])) * row[t];
        }
    }
    const float scale = 1.0f / norm;
#pragma omp simd reduction(+ : change) aligned(q, gamma, scores : 4 * LANES)
    for (int64_t t = 0; t < stride; t++) {
        const float step = scores[t] * scale - q[t];
        change += fabsf(step);
        gamma[t] += n * step;
        q[t] += step;
    }
    return change;
}

/* Take over an alpha. One that is not above 0 has no logarithm, and so no power. */
TARGET static void NAME(take_alpha)(NAME(Collapsed) *s, const float *alpha, int64_t n_topics)
{
    const int64_t stride = padded(n_topics, LANES);
    for (int64_t t = 0; t < stride; t++)
        s->alpha[t] = t >= n_topics ? 1.0f : alpha[t] > SMALLEST_PHI ? alpha[t] : SMALLEST_PHI;
}

/* The fixed point of one document, whose alpha is also in the scratch memory: see collapsed_step in _numpy.py. */
TARGET static void NAME(collapsed_document)(const Documents *p, int64_t doc, const float *alpha, NAME(Collapsed) *s,
                                            float *shares)
{
    const int64_t begin = p->indptr[doc], n_rows = p->indptr[doc + 1] - begin, n_topics = p->n_topics;
    const int64_t stride = padded(n_topics, LANES);
    double n_tokens = 0;
    memcpy(s->gamma, s->alpha, (size_t)stride * sizeof(float));
    for (int64_t row = 0; row < n_rows; row++) {
        float *restrict to = s->rows + row * stride, *restrict q = s->q + row * stride;
        const float *restrict from = p->term_weights + p->indices[begin + row] * n_topics;
        const float *restrict share = shares + (begin + row) * n_topics;
        const float n = (float)p->counts[begin + row];
        for (int64_t t = 0; t < n_topics; t++) {
            to[t] = alpha[t] != 0.0f ? from[t] : 0.0f;
            q[t] = share[t] / n;
            s->gamma[t] += share[t];
        }
        for (int64_t t = n_topics; t < stride; t++)
            to[t] = q[t] = 0.0f;
        n_tokens += n;
    }
    const double limit = p->tolerance * n_tokens;
    for (int64_t iteration = 1; iteration <= p->max_iterations; iteration++) {
        double change = 0;
        for (int64_t row = 0; row < n_rows; row++) {
            const float n = (float)p->counts[begin + row];
            float *q = s->q + row * stride;
            change += (double)(n * NAME(update_term)(s, s->rows + row * stride, q, n, stride, p->power));
        }
        if (change <= limit)
            break;
    }
}

/* The results for one document at its fixed point: gamma, shares and its terms of the bound. */
TARGET static void NAME(collapsed_results)(const Documents *p, int64_t doc, const float *alpha, NAME(Collapsed) *s,
                                           float *shares, double *terms)
{
    const int64_t begin = p->indptr[doc], n_rows = p->indptr[doc + 1] - begin, n_topics = p->n_topics;
    const int64_t stride = padded(n_topics, LANES);
    double entropy = 0, log_gamma_of_sum, psi;
    float *restrict gamma = s->gamma;
    memcpy(gamma, s->alpha, (size_t)stride * sizeof(float)); /* summed again: the steps left rounding errors */
    for (int64_t row = 0; row < n_rows; row++) {
        const float *restrict q = s->q + row * stride;
        const float n = (float)p->counts[begin + row];
        float *restrict share = shares + (begin + row) * n_topics;
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t t = 0; t < n_topics; t++) {
            share[t] = n * q[t];
            gamma[t] += share[t];
            sum += q[t] * NAME(log)(q[t] > SMALLEST_PHI ? q[t] : SMALLEST_PHI);
        }
        entropy -= (double)(n * sum);
    }
    float total = 0, log_gammas = 0;
#pragma omp simd reduction(+ : total, log_gammas)
    for (int64_t t = 0; t < n_topics; t++) {
        log_gammas += alpha[t] != 0.0f ? NAME(log_gamma)(gamma[t]) : 0.0f;
        total += gamma[t];
    }
    for (int64_t t = 0; t < n_topics; t++)
        if (alpha[t] == 0.0f)
            gamma[t] = 0.0f;
    memcpy(p->gamma + doc * n_topics, gamma, (size_t)n_topics * sizeof(float));
    NAME(log_gamma_and_psi)((double)total, &log_gamma_of_sum, &psi);
    terms[doc] = entropy + (double)log_gammas - log_gamma_of_sum;
}

/* See collapsed_step in _numpy.py. Returns 0 if there was no memory. */
TARGET static int NAME(collapsed_step)(const Documents *p, float *shares, double *terms)
{
    NAME(Collapsed) scratch;
    void *memory = NAME(allocate_collapsed)(&scratch, p->n_topics, longest_of(p));
    if (memory == NULL)
        return 0;
    for (int64_t i = 0; i < p->n_docs; i++) {
        const float *alpha = alpha_of(p, i);
        NAME(take_alpha)(&scratch, alpha, p->n_topics);
        NAME(collapsed_document)(p, p->docs[i], alpha, &scratch, shares);
        NAME(collapsed_results)(p, p->docs[i], alpha, &scratch, shares, terms);
    }
    free(memory);
    return 1;
}

#include "_left_to_right.h"
