/* The first iterations of a document with many topics: its rows of Phi are read where they are. Included by _kernel.h.
 *
 * Most topics of a document die within two or three iterations from a cold start: their columns are never copied. */

/* Point to the row of each term. Behind a row stands the next one, so the weights of the padding must be 0; behind the
 * last row stands nothing, and a copy of it is padded. */
TARGET static void NAME(take_in_place)(const Documents *p, int64_t begin, NAME(Scratch) *s, int64_t n_rows,
                                       int64_t height)
{
    const int64_t n_topics = p->n_topics, stride = padded(n_topics, LANES);
    for (int64_t t = 0; t < stride; t++)
        s->ones[t] = 1.0f;
    for (int64_t row = 0; row < height; row++) {
        const int64_t term = row < n_rows ? p->indices[begin + row] : 0;
        s->row[row] = row < n_rows ? p->term_weights + term * n_topics : s->ones;
        if (row < n_rows && term == p->n_terms - 1) {
            memcpy(s->last_row, s->row[row], (size_t)n_topics * sizeof(float));
            memset(s->last_row + n_topics, 0, (size_t)(stride - n_topics) * sizeof(float));
            s->row[row] = s->last_row;
        }
    }
}

/* Keep the weights and ratios of the first iteration for `alive_suffice`. */
TARGET static void NAME(keep_first)(NAME(Scratch) *s, int64_t stride, int64_t height)
{
    memcpy(s->first_weights, s->weights, (size_t)stride * sizeof(float));
    memcpy(s->first_ratio, s->ratio, (size_t)height * sizeof(float));
}

/* Whether so few topics are alive that their columns are worth a copy. */
TARGET static int NAME(are_few_alive)(const NAME(Scratch) *s, int64_t n_topics)
{
    const float *weights = s->weights;
    int32_t n_alive = 0;
#pragma omp simd reduction(+ : n_alive) aligned(weights : 4 * LANES)
    for (int64_t t = 0; t < n_topics; t++)
        n_alive += weights[t] > ALIVE;
    return (int64_t)n_alive * ALIVE_OF <= n_topics;
}

/* The largest weight of a topic that is not alive, as a multiple of its weight in the first iteration. */
TARGET static float NAME(most_left)(const NAME(Scratch) *s, int64_t n_topics)
{
    const float *restrict weights = s->weights, *restrict first = s->first_weights;
    float most = 0;
#pragma omp simd reduction(max : most) aligned(weights, first : 4 * LANES)
    for (int64_t t = 0; t < n_topics; t++) {
        const float left = weights[t] > ALIVE ? 0.0f : weights[t] / first[t];
        most = left > most ? left : most;
    }
    return most;
}

/* Whether every term keeps its norm without the topics that are not alive: see can_do_without. Those have at most
 * `most_left` times the norm of the first iteration; the norm is summed where that is too much.
 *
 * alive : the weights of the topics in the gathered rows, padded with 0 */
TARGET static int NAME(alive_suffice)(const NAME(Scratch) *s, const float *restrict alive, int64_t n_alive,
                                      int64_t n_topics, int64_t n_rows)
{
    const int64_t stride = padded(n_alive, LANES);
    const float *restrict weights = s->weights;
    const float most = NAME(most_left)(s, n_topics);
    for (int64_t row = 0; row < n_rows; row++) {
        const float *restrict gathered = s->rows + row * stride, *restrict from = s->row[row];
        float kept = 0, all = 0;
#pragma omp simd reduction(+ : kept) aligned(gathered, alive : 4 * LANES)
        for (int64_t t = 0; t < stride; t++)
            kept += gathered[t] * alive[t];
        if (kept >= SHARE_THAT_STAYS * (kept + most * s->n[row] / s->first_ratio[row]) && kept > 0)
            continue;
#pragma omp simd reduction(+ : all) aligned(weights : 4 * LANES)
        for (int64_t t = 0; t < n_topics; t++)
            all += from[t] * weights[t];
        if (!(kept >= SHARE_THAT_STAYS * all && kept > 0)) /* also if it is NaN */
            return 0;
    }
    return 1;
}

/* Gather the rows of the topics that are alive by the current weights; or of all topics, if a term depends on another.
 * Returns the number of topics that are left. */
TARGET static int64_t NAME(gather_alive)(const Documents *p, int64_t doc, NAME(Scratch) *s, int64_t n_rows,
                                         int64_t height)
{
    const int64_t n_topics = p->n_topics, begin = p->indptr[doc];
    int64_t n_alive = 0;
    for (int64_t t = 0; t < n_topics; t++)
        if (s->weights[t] > ALIVE)
            s->topic[n_alive++] = (int32_t)t;
    const int64_t stride = padded(n_alive, LANES);
    float *alive = s->expected; /* it is free between iterations */
    for (int64_t k = 0; k < stride; k++)
        alive[k] = k < n_alive ? s->weights[s->topic[k]] : 0.0f;
    NAME(gather)(p, begin, s, n_alive, n_rows, height);
    if (n_alive == 0 || !NAME(alive_suffice)(s, alive, n_alive, n_topics, n_rows)) {
        for (int64_t t = 0; t < n_topics; t++)
            s->topic[t] = (int32_t)t;
        NAME(gather)(p, begin, s, n_topics, n_rows, height);
        return n_topics;
    }
    for (int64_t t = 0, k = 0; t < n_topics; t++) {
        if (k < n_alive && s->topic[k] == t) {
            s->gamma[k] = s->gamma[t];
            s->alpha[k] = s->alpha[t];
            s->weights[k++] = s->weights[t];
        } else {
            NAME(drop)(p, doc, t, s->alpha[t]);
        }
    }
    for (int64_t k = n_alive; k < stride; k++) {
        s->gamma[k] = s->alpha[k] = PADDING;
        s->weights[k] = 0.0f;
    }
    return n_alive;
}
