/* The M-step of a range of terms: Phi from expected counts, and these from q(z). Included by _kernel.h. */

/* Phi_tw from an expected count; `least` if that is less than SMALLEST_PHI. */
TARGET static inline float NAME(smoothed)(float expected, float eta, float scale, float least)
{
    float phi = ((expected > 0.0f ? expected : 0.0f) + eta) * scale;
    return phi > SMALLEST_PHI ? phi : least;
}

/* A row of Phi from one of expected counts, in place, with the correction of decorrelation.py. */
TARGET static void NAME(decorrelate)(float *restrict row, int64_t n_topics, float eta, const float *restrict scale,
                                     const float *restrict normaliser, const float *restrict strength,
                                     float least)
{
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t t = 0; t < n_topics; t++) {
        row[t] = row[t] > 0.0f ? row[t] : 0.0f;
        sum += (row[t] + eta) * normaliser[t];
    }
#pragma omp simd
    for (int64_t t = 0; t < n_topics; t++) {
        const float q = (row[t] + eta) * normaliser[t];
        row[t] = NAME(smoothed)(row[t] - strength[t] * q * (sum - q), eta, scale[t], least);
    }
}

/* term_weights = Phi ^ power of a range of a minibatch's terms: see minibatch_phi in _numpy.py. Logarithm and power are
 * taken of ROWS rows at once, so that only the last rows leave part of a vector over. */
TARGET static void NAME(minibatch_phi)(const Terms *p, const float *start, float share, int leave_out, float eta,
                                       const float *restrict scale, const float *normaliser, const float *strength)
{
    const int64_t n_topics = p->n_topics;
    /* smaller numbers become 0, because denormal numbers are slow; or SMALLEST_PHI, because 0 has no logarithm */
    const float power = p->power, least = power == 1.0f ? 0.0f : SMALLEST_PHI;
    for (int64_t first = p->first; first < p->last; first += ROWS) {
        const int64_t last = first + ROWS < p->last ? first + ROWS : p->last;
        for (int64_t u = first; u < last; u++) {
            const double *restrict sstats = p->sstats + p->terms[u] * n_topics;
            if (u + TERMS_AHEAD < p->last)
                prefetch(p->sstats + p->terms[u + TERMS_AHEAD] * n_topics, n_topics * 8);
            const float *restrict own = p->contribution + u * n_topics;
            float *restrict out = p->term_weights + u * n_topics;
            if (normaliser != NULL && strength != NULL) {
                const float *unseen = start != NULL ? start + p->terms[u] * n_topics : NULL;
                for (int64_t t = 0; t < n_topics; t++)
                    out[t] = (float)(unseen != NULL ? sstats[t] + share * unseen[t]
                                     : leave_out    ? sstats[t] - own[t]
                                                    : sstats[t]);
                NAME(decorrelate)(out, n_topics, eta, scale, normaliser, strength, least);
            } else if (start != NULL) {
                const float *restrict unseen = start + p->terms[u] * n_topics;
#pragma omp simd
                for (int64_t t = 0; t < n_topics; t++)
                    out[t] = NAME(smoothed)((float)sstats[t] + share * unseen[t], eta, scale[t], least);
            } else if (leave_out) {
#pragma omp simd
                for (int64_t t = 0; t < n_topics; t++)
                    out[t] = NAME(smoothed)((float)(sstats[t] - own[t]), eta, scale[t], least);
            } else {
#pragma omp simd
                for (int64_t t = 0; t < n_topics; t++)
                    out[t] = NAME(smoothed)((float)sstats[t], eta, scale[t], least);
            }
        }
        if (power != 1.0f) {
            float *restrict rows = p->term_weights + first * n_topics;
            const int64_t n = (last - first) * n_topics;
#pragma omp simd
            for (int64_t i = 0; i < n; i++)
                rows[i] = NAME(exp)(power * NAME(log)(rows[i]));
        }
    }
}

/* sum_d ratio_dw weights_dt over the documents of term u: see update_sstats in _numpy.py. */
TARGET static void NAME(add_documents)(const Terms *p, const Entries *e, int64_t u, float *restrict expected)
{
    const int64_t n_topics = p->n_topics, end = e->starts[p->last];
    for (int64_t i = e->starts[u]; i < e->starts[u + 1]; i++) {
        const float r = e->ratio[e->places[i]];
        if (i + RATIOS_AHEAD < end) {
            prefetch(e->weights + e->docs[i + DOCUMENTS_AHEAD] * n_topics, n_topics * 4);
            prefetch(e->ratio + e->places[i + RATIOS_AHEAD], 4);
        }
        const float *restrict document = e->weights + e->docs[i] * n_topics;
#pragma omp simd
        for (int64_t t = 0; t < n_topics; t++)
            expected[t] += r * document[t];
    }
}

/* The same of the live weights. */
TARGET static void NAME(add_live)(const Terms *p, const Entries *e, int64_t u, float *restrict expected)
{
    const int64_t *starts = e->live_starts, end = e->starts[p->last];
    for (int64_t i = e->starts[u]; i < e->starts[u + 1]; i++) {
        const float r = e->ratio[e->places[i]];
        if (i + RATIOS_AHEAD < end) {
            const int64_t first = starts[e->docs[i + DOCUMENTS_AHEAD]];
            prefetch(e->live_topics + first, ALIGNMENT);
            prefetch(e->live_weights + first, ALIGNMENT);
            prefetch(e->ratio + e->places[i + RATIOS_AHEAD], 4);
        }
        for (int64_t k = starts[e->docs[i]]; k < starts[e->docs[i] + 1]; k++)
            expected[e->live_topics[k]] += r * e->live_weights[k];
    }
}

/* The same of shares. */
TARGET static void NAME(add_shares)(const Terms *p, const Entries *e, int64_t u, float *restrict expected)
{
    const int64_t n_topics = p->n_topics, end = e->starts[p->last];
    for (int64_t i = e->starts[u]; i < e->starts[u + 1]; i++) {
        const float *restrict share = e->shares + e->places[i] * n_topics;
        if (i + DOCUMENTS_AHEAD < end)
            prefetch(e->shares + e->places[i + DOCUMENTS_AHEAD] * n_topics, n_topics * 4);
#pragma omp simd
        for (int64_t t = 0; t < n_topics; t++)
            expected[t] += share[t];
    }
}

/* Move the contribution of term u for topics first to last - 1 towards the expected counts. Returns their part of the
 * cross term. */
TARGET static inline float NAME(move)(const Terms *p, int64_t u, int64_t first, int64_t last, int are_shares,
                                      float relaxation, const float *restrict expected, double *restrict change)
{
    const float *restrict term_weights = p->term_weights + u * p->n_topics;
    float *restrict own = p->contribution + u * p->n_topics;
    double *restrict sstats = p->sstats + p->terms[u] * p->n_topics;
    float words = 0;
#pragma omp simd reduction(+ : words)
    for (int64_t t = first; t < last; t++) {
        float count = are_shares ? expected[t] : expected[t] * term_weights[t];
        words += count * NAME(log)(term_weights[t] > SMALLEST_PHI ? term_weights[t] : SMALLEST_PHI);
        float step = relaxation * (count - own[t]);
        step = step > -own[t] ? step : -own[t];
        float updated = own[t] + step;
        double moved = (double)updated - (double)own[t];
        own[t] = updated;
        sstats[t] += moved;
        change[t] += moved;
    }
    return words;
}

/* The same for all topics, without those that neither have counts nor had some: nothing moves there.
 *
 * groups : room for the numbers of the others, in groups of TOPICS_TOGETHER */
TARGET static float NAME(move_live)(const Terms *p, int64_t u, float relaxation, const float *restrict expected,
                                    double *restrict change, int32_t *restrict groups)
{
    const int64_t n_topics = p->n_topics, n_groups = n_topics / TOPICS_TOGETHER;
    const float *own = p->contribution + u * n_topics;
    const double *sstats = p->sstats + p->terms[u] * n_topics;
    int64_t n_moving = 0;
    for (int64_t group = 0; group < n_groups; group++) {
        const int64_t first = group * TOPICS_TOGETHER;
        if (have_bits(expected + first) || have_bits(own + first)) {
            groups[n_moving++] = (int32_t)group;
            __builtin_prefetch(sstats + first, 1);
        }
    }
    float words = NAME(move)(p, u, n_groups * TOPICS_TOGETHER, n_topics, 0, relaxation, expected, change);
    for (int64_t i = 0; i < n_moving; i++) {
        const int64_t first = (int64_t)groups[i] * TOPICS_TOGETHER;
        words += NAME(move)(p, u, first, first + TOPICS_TOGETHER, 0, relaxation, expected, change);
    }
    return words;
}

/* Update the expected counts of a range of terms: see update_sstats in _numpy.py. Returns the cross term.
 *
 * expected : room for K floats, and behind them for the same number of int32 */
TARGET static double NAME(update_sstats)(const Terms *p, const Entries *e, float relaxation,
                                         float *restrict expected, double *restrict change)
{
    const int64_t n_topics = p->n_topics;
    int32_t *groups = (int32_t *)(expected + n_topics);
    const int are_shares = e->shares != NULL, are_live = !are_shares && e->live_starts != NULL;
    double cross = 0;
    for (int64_t u = p->first; u < p->last; u++) {
        memset(expected, 0, (size_t)n_topics * sizeof(float));
        if (are_live) {
            NAME(add_live)(p, e, u, expected);
            cross += NAME(move_live)(p, u, relaxation, expected, change, groups);
            continue;
        }
        if (u + TERMS_AHEAD < p->last)
            prefetch(p->sstats + p->terms[u + TERMS_AHEAD] * n_topics, n_topics * 8);
        if (are_shares)
            NAME(add_shares)(p, e, u, expected);
        else
            NAME(add_documents)(p, e, u, expected);
        cross += NAME(move)(p, u, 0, n_topics, are_shares, relaxation, expected, change);
    }
    return cross / p->power;
}
