/* The compiled kernel of the E-step: the twin of _numpy.py, with the same functions and arrays.
 *
 * The functions are in _kernel.h, which is included once for each instruction set; the fastest set that the
 * processor has is chosen at import. All arrays are C-contiguous. The Python side checks shapes, types and indices.
 * Everything that could lead to a read or a write outside an array is checked here again, which takes a thousandth
 * of the time of the work itself.
 *
 * Work comes in blocks of documents and ranges of terms that depend on the data alone, and no two of them write to
 * the same place: results are the same bits for any number of threads. The GIL is released during the work.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "_arguments.h"

/* Rows are padded to LANES floats, one vector of the instruction set. ROWS of them are taken at a time: eight sums
 * side by side hide the latency of each addition. */
#define ROWS 8
#define ALIGNMENT 64
#define FLOATS_ALIGNED (ALIGNMENT / 4)

/* Weights below exp(-50) of the largest are set to that: see _numpy.py. */
#define SMALLEST_LOG_WEIGHT (-50.0f)

/* Below this, log Phi is the logarithm of this. */
#define SMALLEST_PHI 1e-37f

/* A topic with less than this share of the largest weight does not come back: where gamma stays near a small alpha,
 * no later iteration raises it. After the iterations COMPACT_AFTER it is dropped from the gathered rows, if that
 * saves a vector. Measured on 20 Newsgroups: half of the multiplications at K = 50, more at K = 200, and the same
 * perplexity. */
#define ALIVE 1e-7f
static const int COMPACT_AFTER[] = {3, 6, 11, 21};

/* The floats of the rows that stay in the L1 cache, of 32 KiB or more. */
#define FLOATS_IN_CACHE (1 << 13)

/* With so many topics the rows of a document are read where they are, until at most one topic in ALIVE_OF is alive, or
 * for so many iterations. To copy a number from here and there takes as long as to use four in a row. */
#define MANY_TOPICS 256
#define ALIVE_OF 4
#define ITERATIONS_IN_PLACE 5

/* A topic is kept if a term depends on it: the kept topics must have at least this share of every norm. */
#define SHARE_THAT_STAYS 0.99f

/* Rows that are summed in float32 before the sum goes on in float64. */
#define ROWS_IN_FLOAT 512

/* The same for single numbers: as many additions in sequence, if the compiler makes no vectors of them. */
#define WORDS_IN_FLOAT (ROWS_IN_FLOAT / ROWS)

/* Pick lanes of two vectors of eight; 0 to 7 are those of the first, 8 to 15 those of the second. */
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (Lanes){__VA_ARGS__})
typedef int32_t Lanes __attribute__((vector_size(4 * ROWS)));
#endif

/* gamma and alpha of the padding: its digamma is so low that the weight is the smallest. */
#define PADDING 1e-30f

/* A block of documents: see e_step in _numpy.py. */
typedef struct {
    const int64_t *docs;
    int64_t n_docs;
    const int64_t *indptr;
    const int32_t *indices;
    const int32_t *counts;
    const float *term_weights;
    int64_t n_terms; /* its rows */
    const float *alpha;
    const int32_t *alpha_rows;
    int64_t n_alphas;
    int64_t n_topics;
    float *gamma;
    float *weights;
    float *ratio;
    float power;
    float tolerance;
    int64_t max_iterations;
} Documents;

/* A range of a minibatch's terms: see minibatch_phi and update_sstats in _numpy.py. */
typedef struct {
    int64_t first, last;
    const int64_t *terms;
    int64_t n_topics;
    double *sstats;
    float *contribution;
    float *term_weights;
    float power;
} Terms;

/* The entries of a minibatch by term, and q(z): in factors, with all weights or the live ones, or as shares. See
 * update_sstats in _numpy.py. */
typedef struct {
    const int64_t *starts;
    const int32_t *docs;
    const int32_t *places;
    const float *ratio;
    const float *weights;
    const float *shares;
    const int64_t *live_starts;
    const int32_t *live_topics;
    const float *live_weights;
} Entries;

/* How many rows ahead the kernel prefetches: rows of terms, rows of documents, and the ratios of these. */
#define TERMS_AHEAD 2
#define DOCUMENTS_AHEAD 4
#define RATIOS_AHEAD 8

/* Topics that are looked at together, to see whether they have counts. */
#define TOPICS_TOGETHER 8

/* Prefetch a row: the rows are in no order, so the hardware cannot predict the next one. */
static inline void prefetch(const void *row, int64_t n_bytes)
{
    for (int64_t i = 0; i < n_bytes; i += ALIGNMENT)
        __builtin_prefetch((const char *)row + i);
}

static inline int64_t padded(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

static inline float float_of_bits(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int32_t bits_of_float(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Whether one of TOPICS_TOGETHER numbers is not 0. */
static inline int have_bits(const float *numbers)
{
    uint64_t bits[TOPICS_TOGETHER / 2], any = 0;
    memcpy(bits, numbers, sizeof bits);
    for (int i = 0; i < TOPICS_TOGETHER / 2; i++)
        any |= bits[i];
    return any != 0;
}

static inline double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Number n of a stream of random numbers: see hashing.py. */
static inline uint64_t number_of(uint64_t stream, uint64_t n)
{
    uint64_t x = stream + n * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}
#define STREAM_OF_FIRST_PARTICLE 1

/* A random number from 0 to below 1, of 52 bits: those of the fraction of a number from 1 to below 2. */
static inline double uniform(uint64_t x) { return double_of_bits(x >> 12 | (uint64_t)1023 << 52) - 1; }

/* alpha of the i-th document of a block: K numbers. A topic with an alpha of 0 is not a topic of the document. */
static const float *alpha_of(const Documents *p, int64_t i)
{
    return p->alpha + (p->alpha_rows == NULL ? 0 : p->alpha_rows[i]) * p->n_topics;
}

/* The number of entries of the longest document of a block. */
static int64_t longest_of(const Documents *p)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < p->n_docs; i++) {
        int64_t length = p->indptr[p->docs[i] + 1] - p->indptr[p->docs[i]];
        longest = length > longest ? length : longest;
    }
    return longest;
}

#if (defined(__x86_64__) || defined(__i386__)) && (defined(__GNUC__) || defined(__clang__))
#define HAS_X86_TARGETS

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define NAME(name) name##_avx512
#include "_kernel.h"
#undef TARGET
#undef NAME
#undef LANES

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#include "_kernel.h"
#undef TARGET
#undef NAME
#undef LANES
#endif

#define LANES 8
#define TARGET
#define NAME(name) name##_baseline
#include "_kernel.h"
#undef TARGET
#undef NAME

/* ------------------------------------------------------------------ the instruction set */

typedef struct {
    const char *name;
    int (*e_step)(const Documents *);
    int (*collapsed_step)(const Documents *, float *, double *);
    void (*document_terms)(const Documents *, double *, double *, double *);
    void (*minibatch_phi)(const Terms *, const float *, float, int, float, const float *, const float *,
                          const float *);
    double (*update_sstats)(const Terms *, const Entries *, float, float *, double *);
    int (*left_to_right)(const Documents *, const int64_t *, int64_t, int64_t, double *, double *);
} Instructions;

static const Instructions INSTRUCTIONS[] = {
#ifdef HAS_X86_TARGETS
    {"avx512", e_step_avx512, collapsed_step_avx512, document_terms_avx512, minibatch_phi_avx512,
     update_sstats_avx512, left_to_right_avx512},
    {"avx2", e_step_avx2, collapsed_step_avx2, document_terms_avx2, minibatch_phi_avx2, update_sstats_avx2, left_to_right_avx2},
#endif
    {"baseline", e_step_baseline, collapsed_step_baseline, document_terms_baseline, minibatch_phi_baseline,
     update_sstats_baseline, left_to_right_baseline},
};

/* The fastest set that this processor has; or the set of that name, or NULL if the processor does not have it.
 *
 * AMD: only Zen 4 was measured. It does the E-step a tenth faster with vectors of eight than with vectors of sixteen,
 * because its units are that wide, and rows that are padded to eight are shorter. Zen 5 has wider units and may be
 * faster with sixteen. The test is for "amd", because GCC 12 does not know "znver4". */
static const Instructions *choose(const char *wanted)
{
    const Instructions *set = INSTRUCTIONS;
    const Instructions *end = INSTRUCTIONS + sizeof INSTRUCTIONS / sizeof *INSTRUCTIONS;
    for (; set < end; set++) {
        if (wanted != NULL && strcmp(wanted, set->name) != 0)
            continue;
#ifdef HAS_X86_TARGETS
        if (wanted == NULL && strcmp(set->name, "avx512") == 0 && __builtin_cpu_is("amd"))
            continue;
        if (strcmp(set->name, "avx512") == 0
            && !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
                 && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")))
            continue;
        if (strcmp(set->name, "avx2") == 0
            && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
            continue;
#endif
        return set;
    }
    return NULL;
}

/* The state of the module: the set in use. Tests change it. */
typedef struct {
    const Instructions *chosen;
} State;

static const Instructions *chosen_by(PyObject *module) { return ((State *)PyModule_GetState(module))->chosen; }

/* ------------------------------------------------------------------ the functions */

#define LENGTH(array) ((Py_ssize_t)(sizeof(array) / sizeof *(array)))

/* Check the numbers of a block's documents, the places of their entries, and their rows of alpha; and if there are
 * indices, these too. */
static int check_documents(const Documents *p, int64_t n_documents, int64_t n_entries, int64_t n_terms)
{
    for (int64_t i = 0; i < p->n_docs; i++) {
        const int64_t doc = p->docs[i];
        if (!is_below("docs", p->docs, i, n_documents) || !are_edges("indptr", p->indptr, doc, doc + 1, n_entries))
            return 0;
        if (p->indices != NULL && !are_below("indices", p->indices, p->indptr[doc], p->indptr[doc + 1], n_terms))
            return 0;
    }
    if (p->alpha_rows == NULL && p->n_alphas == 0 && p->n_docs > 0) {
        PyErr_SetString(PyExc_ValueError, "alpha: must not be empty");
        return 0;
    }
    return p->alpha_rows == NULL || are_below("alpha_rows", p->alpha_rows, 0, p->n_docs, p->n_alphas);
}

/* Check that a range is one of n terms, and that their numbers are from 0 to below n_all. */
static int check_terms(const Terms *p, int64_t n, int64_t n_all)
{
    if (p->first < 0 || p->first > p->last || p->last > n) {
        PyErr_Format(PyExc_ValueError, "first, last: %lld, %lld is outside 0..%lld", (long long)p->first,
                     (long long)p->last, (long long)n);
        return 0;
    }
    for (int64_t u = p->first; u < p->last; u++)
        if (!is_below("terms", p->terms, u, n_all))
            return 0;
    return 1;
}

/* Check the live weights of the documents of some entries. */
static int check_live(const Terms *p, const Entries *e, int64_t first, int64_t last, int64_t n_documents,
                      int64_t n_live)
{
    if (e->ratio == NULL || e->live_topics == NULL || e->live_weights == NULL) {
        PyErr_SetString(PyExc_ValueError, "live_starts: ratio, live_topics and live_weights are needed too");
        return 0;
    }
    if (!are_below("docs", e->docs, first, last, n_documents))
        return 0;
    for (int64_t i = first; i < last; i++) {
        const int64_t doc = e->docs[i];
        if (!are_edges("live_starts", e->live_starts, doc, doc + 1, n_live)
            || !are_below("live_topics", e->live_topics, e->live_starts[doc], e->live_starts[doc + 1], p->n_topics))
            return 0;
    }
    return 1;
}

/* Check the entries of a range of terms. The factors of q(z) are not read if there are shares. */
static int check_entries(const Terms *p, const Entries *e, int64_t n_entries, int64_t n_q, int64_t n_documents,
                         int64_t n_live)
{
    if (!are_edges("starts", e->starts, p->first, p->last, n_entries))
        return 0;
    const int64_t first = e->starts[p->first], last = e->starts[p->last];
    if (e->shares == NULL && e->live_starts != NULL)
        return check_live(p, e, first, last, n_documents, n_live) && are_below("places", e->places, first, last, n_q);
    if (first < last && e->shares == NULL && (e->ratio == NULL || e->weights == NULL)) {
        PyErr_SetString(PyExc_ValueError, "ratio, weights: both are needed where there are no shares");
        return 0;
    }
    return are_below("places", e->places, first, last, n_q)
           && (e->shares != NULL || are_below("docs", e->docs, first, last, n_documents));
}

PyDoc_STRVAR(e_step_doc, "Find the fixed points of a block of documents; see _numpy.e_step.");

static PyObject *py_e_step(PyObject *module, PyObject *args)
{
    Documents p;
    int64_t n_documents = UNKNOWN, n_entries = UNKNOWN;
    p.n_terms = p.n_docs = p.n_alphas = p.n_topics = UNKNOWN;
    Argument arguments[] = {
        VECTOR("docs", INT64, &p.docs, &p.n_docs, 0),
        VECTOR("indptr", INT64, &p.indptr, &n_documents, ONE_MORE),
        VECTOR("indices", INT32, &p.indices, &n_entries, 0),
        VECTOR("counts", INT32, &p.counts, &n_entries, 0),
        MATRIX("term_weights", FLOAT32, &p.term_weights, &p.n_terms, &p.n_topics, 0),
        MATRIX("alpha", FLOAT32, &p.alpha, &p.n_alphas, &p.n_topics, 0),
        VECTOR("alpha_rows", INT32, &p.alpha_rows, &p.n_docs, OPTIONAL),
        MATRIX("gamma", FLOAT32, &p.gamma, &n_documents, &p.n_topics, WRITTEN),
        MATRIX("weights", FLOAT32, &p.weights, &n_documents, &p.n_topics, WRITTEN),
        VECTOR("ratio", FLOAT32, &p.ratio, &n_entries, WRITTEN),
        NUMBER("power", REAL, &p.power),
        NUMBER("tolerance", REAL, &p.tolerance),
        NUMBER("max_iterations", WHOLE, &p.max_iterations),
    };
    PyObject *result = NULL;
    if (take(args, arguments, LENGTH(arguments)) && check_documents(&p, n_documents, n_entries, p.n_terms)) {
        const Instructions *chosen = chosen_by(module);
        int done;
        Py_BEGIN_ALLOW_THREADS
        done = chosen->e_step(&p);
        Py_END_ALLOW_THREADS
        result = done ? Py_NewRef(Py_None) : PyErr_NoMemory();
    }
    release(arguments, LENGTH(arguments));
    return result;
}

PyDoc_STRVAR(collapsed_step_doc, "Find the fixed points of a block of documents with theta integrated out; see "
                                 "_numpy.collapsed_step.");

static PyObject *py_collapsed_step(PyObject *module, PyObject *args)
{
    Documents p = {0};
    float *shares;
    double *terms;
    int64_t n_documents = UNKNOWN, n_entries = UNKNOWN, n_terms = UNKNOWN;
    p.n_docs = p.n_alphas = p.n_topics = UNKNOWN;
    Argument arguments[] = {
        VECTOR("docs", INT64, &p.docs, &p.n_docs, 0),
        VECTOR("indptr", INT64, &p.indptr, &n_documents, ONE_MORE),
        VECTOR("indices", INT32, &p.indices, &n_entries, 0),
        VECTOR("counts", INT32, &p.counts, &n_entries, 0),
        MATRIX("term_weights", FLOAT32, &p.term_weights, &n_terms, &p.n_topics, 0),
        MATRIX("alpha", FLOAT32, &p.alpha, &p.n_alphas, &p.n_topics, 0),
        VECTOR("alpha_rows", INT32, &p.alpha_rows, &p.n_docs, OPTIONAL),
        MATRIX("gamma", FLOAT32, &p.gamma, &n_documents, &p.n_topics, WRITTEN),
        MATRIX("shares", FLOAT32, &shares, &n_entries, &p.n_topics, WRITTEN),
        VECTOR("terms", FLOAT64, &terms, &n_documents, WRITTEN),
        NUMBER("power", REAL, &p.power),
        NUMBER("tolerance", REAL, &p.tolerance),
        NUMBER("max_iterations", WHOLE, &p.max_iterations),
    };
    PyObject *result = NULL;
    if (take(args, arguments, LENGTH(arguments)) && check_documents(&p, n_documents, n_entries, n_terms)) {
        const Instructions *chosen = chosen_by(module);
        int done;
        Py_BEGIN_ALLOW_THREADS
        done = chosen->collapsed_step(&p, shares, terms);
        Py_END_ALLOW_THREADS
        result = done ? Py_NewRef(Py_None) : PyErr_NoMemory();
    }
    release(arguments, LENGTH(arguments));
    return result;
}

PyDoc_STRVAR(document_terms_doc, "Compute a block's terms of the bound; see _numpy.document_terms.");

static PyObject *py_document_terms(PyObject *module, PyObject *args)
{
    Documents p = {0};
    double *terms, *log_theta;
    int64_t n_documents = UNKNOWN, n_entries = UNKNOWN;
    p.n_docs = p.n_alphas = p.n_topics = UNKNOWN;
    Argument arguments[] = {
        VECTOR("docs", INT64, &p.docs, &p.n_docs, 0),
        VECTOR("indptr", INT64, &p.indptr, &n_documents, ONE_MORE),
        VECTOR("counts", INT32, &p.counts, &n_entries, 0),
        MATRIX("alpha", FLOAT32, &p.alpha, &p.n_alphas, &p.n_topics, 0),
        VECTOR("alpha_rows", INT32, &p.alpha_rows, &p.n_docs, OPTIONAL),
        MATRIX("gamma", FLOAT32, &p.gamma, &n_documents, &p.n_topics, 0),
        MATRIX("weights", FLOAT32, &p.weights, &n_documents, &p.n_topics, 0),
        VECTOR("ratio", FLOAT32, &p.ratio, &n_entries, 0),
        VECTOR("terms", FLOAT64, &terms, &n_documents, WRITTEN),
        MATRIX("log_theta", FLOAT64, &log_theta, &p.n_alphas, &p.n_topics, WRITTEN),
    };
    PyObject *result = NULL;
    if (take(args, arguments, LENGTH(arguments)) && check_documents(&p, n_documents, n_entries, 0)) {
        const Instructions *chosen = chosen_by(module);
        double *of_alpha = malloc((size_t)(p.n_alphas * p.n_topics) * 2 * sizeof(double));
        Py_BEGIN_ALLOW_THREADS
        if (of_alpha != NULL)
            chosen->document_terms(&p, terms, log_theta, of_alpha);
        Py_END_ALLOW_THREADS
        result = of_alpha != NULL ? Py_NewRef(Py_None) : PyErr_NoMemory();
        free(of_alpha);
    }
    release(arguments, LENGTH(arguments));
    return result;
}

PyDoc_STRVAR(minibatch_phi_doc, "Compute Phi ^ power of a range of a minibatch's terms; see _numpy.minibatch_phi.");

static PyObject *py_minibatch_phi(PyObject *module, PyObject *args)
{
    Terms p;
    const float *start, *scale, *normaliser, *strength;
    float share, eta;
    int64_t leave_out, n_terms = UNKNOWN, n_all = UNKNOWN;
    p.n_topics = UNKNOWN;
    Argument arguments[] = {
        NUMBER("first", WHOLE, &p.first),
        NUMBER("last", WHOLE, &p.last),
        VECTOR("terms", INT64, &p.terms, &n_terms, 0),
        MATRIX("sstats", FLOAT64, &p.sstats, &n_all, &p.n_topics, 0),
        MATRIX("contribution", FLOAT32, &p.contribution, &n_terms, &p.n_topics, 0),
        MATRIX("start", FLOAT32, &start, &n_all, &p.n_topics, OPTIONAL),
        NUMBER("share", REAL, &share),
        NUMBER("leave_out", WHOLE, &leave_out),
        NUMBER("eta", REAL, &eta),
        VECTOR("scale", FLOAT32, &scale, &p.n_topics, 0),
        VECTOR("normaliser", FLOAT32, &normaliser, &p.n_topics, OPTIONAL),
        VECTOR("strength", FLOAT32, &strength, &p.n_topics, OPTIONAL),
        NUMBER("power", REAL, &p.power),
        MATRIX("term_weights", FLOAT32, &p.term_weights, &n_terms, &p.n_topics, WRITTEN),
    };
    PyObject *result = NULL;
    if (take(args, arguments, LENGTH(arguments)) && check_terms(&p, n_terms, n_all)) {
        const Instructions *chosen = chosen_by(module);
        Py_BEGIN_ALLOW_THREADS
        chosen->minibatch_phi(&p, start, share, leave_out != 0, eta, scale, normaliser, strength);
        Py_END_ALLOW_THREADS
        result = Py_NewRef(Py_None);
    }
    release(arguments, LENGTH(arguments));
    return result;
}

PyDoc_STRVAR(update_sstats_doc, "Update the expected counts of a range of terms; see _numpy.update_sstats.");

static PyObject *py_update_sstats(PyObject *module, PyObject *args)
{
    Terms p;
    Entries e;
    float relaxation;
    double *change;
    int64_t n_terms = UNKNOWN, n_all = UNKNOWN, n_entries = UNKNOWN;
    int64_t n_ratios = UNKNOWN, n_documents = UNKNOWN, n_shares = UNKNOWN, n_live = UNKNOWN;
    p.n_topics = UNKNOWN;
    Argument arguments[] = {
        NUMBER("first", WHOLE, &p.first),
        NUMBER("last", WHOLE, &p.last),
        VECTOR("starts", INT64, &e.starts, &n_terms, ONE_MORE),
        VECTOR("docs", INT32, &e.docs, &n_entries, 0),
        VECTOR("places", INT32, &e.places, &n_entries, 0),
        VECTOR("terms", INT64, &p.terms, &n_terms, 0),
        VECTOR("ratio", FLOAT32, &e.ratio, &n_ratios, OPTIONAL),
        MATRIX("weights", FLOAT32, &e.weights, &n_documents, &p.n_topics, OPTIONAL),
        MATRIX("shares", FLOAT32, &e.shares, &n_shares, &p.n_topics, OPTIONAL),
        VECTOR("live_starts", INT64, &e.live_starts, &n_documents, ONE_MORE | OPTIONAL),
        VECTOR("live_topics", INT32, &e.live_topics, &n_live, OPTIONAL),
        VECTOR("live_weights", FLOAT32, &e.live_weights, &n_live, OPTIONAL),
        MATRIX("term_weights", FLOAT32, &p.term_weights, &n_terms, &p.n_topics, 0),
        NUMBER("power", REAL, &p.power),
        NUMBER("relaxation", REAL, &relaxation),
        MATRIX("contribution", FLOAT32, &p.contribution, &n_terms, &p.n_topics, WRITTEN),
        MATRIX("sstats", FLOAT64, &p.sstats, &n_all, &p.n_topics, WRITTEN),
        VECTOR("change", FLOAT64, &change, &p.n_topics, WRITTEN),
    };
    PyObject *result = NULL;
    if (take(args, arguments, LENGTH(arguments)) && check_terms(&p, n_terms, n_all)
        && check_entries(&p, &e, n_entries, e.shares != NULL ? n_shares : n_ratios, n_documents, n_live)) {
        const Instructions *chosen = chosen_by(module);
        float *expected = malloc((size_t)p.n_topics * (sizeof(float) + sizeof(int32_t)));
        double cross = 0;
        Py_BEGIN_ALLOW_THREADS
        if (expected != NULL)
            cross = chosen->update_sstats(&p, &e, relaxation, expected, change);
        Py_END_ALLOW_THREADS
        result = expected != NULL ? PyFloat_FromDouble(cross) : PyErr_NoMemory();
        free(expected);
    }
    release(arguments, LENGTH(arguments));
    return result;
}

PyDoc_STRVAR(left_to_right_doc, "Estimate the probability of each token of a block of documents; see "
                                "_numpy.left_to_right.");

static PyObject *py_left_to_right(PyObject *module, PyObject *args)
{
    Documents p = {.n_alphas = 1};
    const int64_t *streams;
    double *p_token, *influence;
    int64_t n_documents = UNKNOWN, n_tokens = UNKNOWN, n_terms = UNKNOWN, n_particles = UNKNOWN, n_resampled;
    p.n_docs = p.n_topics = UNKNOWN;
    Argument arguments[] = {
        VECTOR("docs", INT64, &p.docs, &p.n_docs, 0),
        VECTOR("indptr", INT64, &p.indptr, &n_documents, ONE_MORE),
        VECTOR("indices", INT32, &p.indices, &n_tokens, 0),
        VECTOR("streams", INT64, &streams, &n_documents, 0),
        MATRIX("phi", FLOAT32, &p.term_weights, &n_terms, &p.n_topics, 0),
        VECTOR("alpha", FLOAT32, &p.alpha, &p.n_topics, 0),
        VECTOR("p", FLOAT64, &p_token, &n_tokens, WRITTEN),
        MATRIX("influence", FLOAT64, &influence, &n_documents, &n_particles, WRITTEN),
        NUMBER("n_resampled", WHOLE, &n_resampled),
    };
    PyObject *result = NULL;
    if (take(args, arguments, LENGTH(arguments)) && check_documents(&p, n_documents, n_tokens, n_terms)) {
        const Instructions *chosen = chosen_by(module);
        int done;
        Py_BEGIN_ALLOW_THREADS
        done = chosen->left_to_right(&p, streams, n_particles, n_resampled, p_token, influence);
        Py_END_ALLOW_THREADS
        result = done ? Py_NewRef(Py_None) : PyErr_NoMemory();
    }
    release(arguments, LENGTH(arguments));
    return result;
}

PyDoc_STRVAR(use_doc, "Use an instruction set by name, for tests; False if the processor does not have it.");

static PyObject *py_use(PyObject *module, PyObject *args)
{
    const char *wanted;
    if (!PyArg_ParseTuple(args, "s", &wanted))
        return NULL;
    const Instructions *set = choose(wanted);
    if (set != NULL)
        ((State *)PyModule_GetState(module))->chosen = set;
    return PyBool_FromLong(set != NULL);
}

/* ------------------------------------------------------------------ the module */

static PyMethodDef METHODS[] = {
    {"e_step", py_e_step, METH_VARARGS, e_step_doc},
    {"collapsed_step", py_collapsed_step, METH_VARARGS, collapsed_step_doc},
    {"document_terms", py_document_terms, METH_VARARGS, document_terms_doc},
    {"minibatch_phi", py_minibatch_phi, METH_VARARGS, minibatch_phi_doc},
    {"update_sstats", py_update_sstats, METH_VARARGS, update_sstats_doc},
    {"left_to_right", py_left_to_right, METH_VARARGS, left_to_right_doc},
    {"use", py_use, METH_VARARGS, use_doc},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module)
{
#ifdef HAS_X86_TARGETS
    __builtin_cpu_init();
#endif
    const Instructions *set = choose(NULL);
    ((State *)PyModule_GetState(module))->chosen = set;
    return PyModule_AddStringConstant(module, "INSTRUCTIONS", set->name);
}

/* The last two slots are for a build without the limited API, or with that of 3.12 and 3.13: the headers of 3.11 do
 * not have them, and Python 3.11 refuses a module with a slot that it does not know. */
static PyModuleDef_Slot SLOTS[] = {
    {Py_mod_exec, (void *)execute},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef MODULE = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_native",
    .m_doc = "The compiled kernel of the E-step: the twin of _numpy.py.",
    .m_size = sizeof(State),
    .m_methods = METHODS,
    .m_slots = SLOTS,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&MODULE); }
