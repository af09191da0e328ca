/* The E-step compiled: the twin of _numpy.py, function by function, with the same names and arrays.
 *
 * The Python side has checked every shape, type and index before it comes here. What would read or write elsewhere
 * is checked once more, at the door, in a thousandth of the work's time: no array, whoever made it, does harm. All
 * arrays are C-contiguous. Work is given out in blocks of documents and ranges of terms that depend on the
 * data alone, and no block or range writes where another one does: results are the same bits for any number
 * of threads. The GIL is released while a block is worked on.
 *
 * The file includes itself once for each instruction set: the part under ENGINE_BODY is compiled with other
 * target options each time, and the fastest set that the processor has is chosen at import.
 */

#ifndef ENGINE_BODY

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Rows are padded to LANES floats, a vector of the instruction set, and taken ROWS at a time: the sum over topics
 * of eight rows at once hides the latency of each. */
#define ROWS 8
#define ALIGNMENT 64
#define FLOATS_ALIGNED (ALIGNMENT / 4)

/* exp(-50) of the largest weight, see _numpy.py. */
#define SMALLEST_LOG_WEIGHT (-50.0f)

/* What log Phi is taken of where Phi is less. */
#define SMALLEST_PHI 1e-37f

/* A topic whose weight is below this share of the largest never comes back: it is dropped from the gathered
 * rows after so many iterations, if that saves a vector. */
#define ALIVE 1e-7f
static const int COMPACT_AFTER[] = {3, 6, 11, 21};

/* It is not dropped while a term lives by it: of every norm, the topics that stay hold at least this share. */
#define SHARE_THAT_STAYS 0.99f

/* So many rows are summed in float32 before the sum goes on in float64. */
#define ROWS_IN_FLOAT 512

/* The same of single numbers: as many additions one after the other, where the compiler makes no vectors. */
#define WORDS_IN_FLOAT (ROWS_IN_FLOAT / ROWS)

/* Some lanes of two vectors of eight; the first has lanes 0 to 7, the second 8 to 15. */
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (Lanes){__VA_ARGS__})
typedef int32_t Lanes __attribute__((vector_size(4 * ROWS)));
#endif

/* What a row or a document is padded with: digamma of it is so low that its weight is the smallest. */
#define PADDING 1e-30f

/* A documents' block: see e_step in _numpy.py. */
typedef struct {
    const int64_t *docs;
    int64_t n_docs;
    const int64_t *indptr;
    const int32_t *indices;
    const int32_t *counts;
    const float *term_weights;
    const float *alpha;
    int64_t n_topics;
    float *gamma;
    float *weights;
    float *ratio;
    float power;
    float tolerance;
    int max_iterations;
} Documents;

/* A range of a minibatch's terms: see phi_for and put_back in _numpy.py. */
typedef struct {
    int64_t first, last;
    const int64_t *terms;
    int64_t n_topics;
    double *sstats;
    float *contribution;
    float *term_weights;
    float power;
} Terms;

/* How far ahead rows are asked for: of terms, and of documents, whose ratios must be there in time for that. */
#define TERMS_AHEAD 2
#define DOCUMENTS_AHEAD 4
#define RATIOS_AHEAD 8

/* Ask for a row that is wanted soon: where the next one is, no hardware can foresee. */
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

/* The distinct terms of a block's longest document. */
static int64_t longest_of(const Documents *p)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < p->n_docs; i++) {
        int64_t length = p->indptr[p->docs[i] + 1] - p->indptr[p->docs[i]];
        longest = length > longest ? length : longest;
    }
    return longest;
}

#define ENGINE_BODY

#if (defined(__x86_64__) || defined(__i386__)) && (defined(__GNUC__) || defined(__clang__))
#define HAS_X86_TARGETS

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define NAME(name) name##_avx512
#include "_native.c"
#undef TARGET
#undef NAME
#undef LANES

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#include "_native.c"
#undef TARGET
#undef NAME
#undef LANES
#endif

#define LANES 8
#define TARGET
#define NAME(name) name##_baseline
#include "_native.c"
#undef TARGET
#undef NAME

/* ------------------------------------------------------------------ the module */

typedef struct {
    const char *name;
    int (*e_step)(const Documents *);
    void (*phi_for)(const Terms *, const float *, float, int, float, const float *);
    void (*document_terms)(const Documents *, double *, double *, double *);
    double (*put_back)(const Terms *, const int64_t *, const int32_t *, const int32_t *, const float *,
                       const float *, const float *, float, float *, double *);
    int (*collapsed_step)(const Documents *, float *, double *);
} Instructions;

static const Instructions INSTRUCTIONS[] = {
#ifdef HAS_X86_TARGETS
    {"avx512", e_step_avx512, phi_for_avx512, document_terms_avx512, put_back_avx512, collapsed_step_avx512},
    {"avx2", e_step_avx2, phi_for_avx2, document_terms_avx2, put_back_avx2, collapsed_step_avx2},
#endif
    {"baseline", e_step_baseline, phi_for_baseline, document_terms_baseline, put_back_baseline,
     collapsed_step_baseline},
};

static const Instructions *chosen;

/* The fastest set that this processor has, or the one that is asked for, if it has it. Of AMD's processors those
 * that were measured do the E-step a tenth faster with vectors of eight: they have units for no more, and rows
 * that are padded to eight are shorter. */
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

/* Release the first `count` of some buffers. */
static void release(Py_buffer *buffers, int count)
{
    while (count-- > 0)
        PyBuffer_Release(&buffers[count]);
}

/* Whether a buffer is n items of so many bytes, all of them where such items may lie. */
static int holds(const Py_buffer *buffer, int64_t n, size_t size)
{
    return n >= 0 && buffer->len % (Py_ssize_t)size == 0 && buffer->len / (Py_ssize_t)size == n
           && (n == 0 || (uintptr_t)buffer->buf % size == 0);
}

/* How many rows of n items of so many bytes a buffer is; -1 if it is none. */
static int64_t rows_of(const Py_buffer *buffer, int64_t n, size_t size)
{
    if (n < 1 || n > PY_SSIZE_T_MAX / (Py_ssize_t)size || buffer->len % (n * (Py_ssize_t)size) != 0)
        return -1;
    return (uintptr_t)buffer->buf % size == 0 || buffer->len == 0 ? buffer->len / (n * (Py_ssize_t)size) : -1;
}

static int64_t items_of(const Py_buffer *buffer, size_t size) { return rows_of(buffer, 1, size); }

/* Whether so many numbers are from 0 to below n. */
static int are_below(const int32_t *numbers, int64_t count, int64_t n)
{
    const uint32_t limit = n > INT32_MAX ? (uint32_t)INT32_MAX + 1 : n < 0 ? 0 : (uint32_t)n;
    int is_outside = 0;
    for (int64_t i = 0; i < count; i++)
        is_outside |= (uint32_t)numbers[i] >= limit;
    return !is_outside;
}

/* Whether edges from 0 to n never fall. */
static int are_edges(const int64_t *edges, int64_t count, int64_t n)
{
    for (int64_t i = 0; i < count; i++)
        if (edges[i] < (i == 0 ? 0 : edges[i - 1]) || edges[i] > n)
            return 0;
    return 1;
}

/* Whether the documents of a block are there, and their entries, of so many. */
static int are_documents(const Documents *p, int64_t n_documents, int64_t n_entries)
{
    for (int64_t i = 0; i < p->n_docs; i++)
        if (p->docs[i] < 0 || p->docs[i] >= n_documents || !are_edges(p->indptr + p->docs[i], 2, n_entries))
            return 0;
    return 1;
}

/* Whether a range is one of n terms, and their numbers are from 0 to below n_all. */
static int are_terms(const Terms *p, int64_t n, int64_t n_all)
{
    if (p->first < 0 || p->first > p->last || p->last > n)
        return 0;
    for (int64_t u = p->first; u < p->last; u++)
        if (p->terms[u] < 0 || p->terms[u] >= n_all)
            return 0;
    return 1;
}

/* Take what each E-step is given first, from docs to gamma, and say whether it fits. */
static int take_documents(const Py_buffer *b, Documents *p, int64_t *n_documents, int64_t *n_entries)
{
    p->docs = b[0].buf;
    p->n_docs = b[0].len / (Py_ssize_t)sizeof(int64_t);
    p->indptr = b[1].buf;
    p->indices = b[2].buf;
    p->counts = b[3].buf;
    p->term_weights = b[4].buf;
    p->alpha = b[5].buf;
    p->n_topics = b[5].len / (Py_ssize_t)sizeof(float);
    p->gamma = b[6].buf;
    *n_documents = items_of(&b[1], 8) - 1;
    *n_entries = items_of(&b[3], 4);
    const int64_t n_terms = rows_of(&b[4], p->n_topics, 4);
    int fits = items_of(&b[0], 8) == p->n_docs && *n_documents >= 0 && holds(&b[2], *n_entries, 4)
               && holds(&b[5], p->n_topics, 4) && rows_of(&b[6], p->n_topics, 4) == *n_documents
               && are_documents(p, *n_documents, *n_entries);
    for (int64_t i = 0; fits && i < p->n_docs; i++) {
        const int64_t *edges = p->indptr + p->docs[i];
        fits = are_below(p->indices + edges[0], edges[1] - edges[0], n_terms);
    }
    return fits;
}

static PyObject *refuse(void)
{
    PyErr_SetString(PyExc_ValueError, "arrays that do not fit each other, or an index that lies outside");
    return NULL;
}

PyDoc_STRVAR(e_step_doc, "The fixed points of a block of documents; see _numpy.e_step.");

static PyObject *py_e_step(PyObject *module, PyObject *args)
{
    Py_buffer b[9];
    Documents p;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*w*w*w*ffi", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &b[7],
                          &b[8], &p.power, &p.tolerance, &p.max_iterations))
        return NULL;
    p.weights = b[7].buf;
    p.ratio = b[8].buf;
    int64_t n_documents, n_entries;
    const int fits = take_documents(b, &p, &n_documents, &n_entries)
                     && rows_of(&b[7], p.n_topics, 4) == n_documents && holds(&b[8], n_entries, 4);
    int done = 0;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        done = chosen->e_step(&p);
        Py_END_ALLOW_THREADS
    }
    release(b, 9);
    if (!fits)
        return refuse();
    if (!done)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyDoc_STRVAR(phi_for_doc, "Phi ^ power of a range of a minibatch's terms; see _numpy.phi_for.");

static PyObject *py_phi_for(PyObject *module, PyObject *args)
{
    Py_buffer b[6];
    Terms p;
    float share, eta;
    int leave_out;
    long long first, last;
    (void)module;
    if (!PyArg_ParseTuple(args, "LLy*y*y*z*fpfy*fw*", &first, &last, &b[0], &b[1], &b[2], &b[3], &share, &leave_out,
                          &eta, &b[4], &p.power, &b[5]))
        return NULL;
    p.first = first;
    p.last = last;
    p.terms = b[0].buf;
    p.sstats = b[1].buf;
    p.contribution = b[2].buf;
    p.n_topics = b[4].len / (Py_ssize_t)sizeof(float);
    p.term_weights = b[5].buf;
    const int64_t n_terms = items_of(&b[0], 8), n_all = rows_of(&b[1], p.n_topics, 8);
    const int fits = holds(&b[4], p.n_topics, 4) && n_all >= 0 && rows_of(&b[2], p.n_topics, 4) == n_terms
                     && (b[3].buf == NULL || rows_of(&b[3], p.n_topics, 4) == n_all)
                     && rows_of(&b[5], p.n_topics, 4) == n_terms && are_terms(&p, n_terms, n_all);
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        chosen->phi_for(&p, b[3].buf, share, leave_out, eta, b[4].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 6);
    if (!fits)
        return refuse();
    Py_RETURN_NONE;
}

PyDoc_STRVAR(put_back_doc, "The M-step's share of a range of a minibatch's terms; see _numpy.put_back.");

static PyObject *py_put_back(PyObject *module, PyObject *args)
{
    Py_buffer b[11];
    Terms p;
    float relaxation;
    long long first, last;
    double cross = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "LLy*y*y*y*z*z*z*y*ffw*w*w*", &first, &last, &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
                          &b[10], &b[6], &p.power, &relaxation, &b[7], &b[8], &b[9]))
        return NULL;
    const float *shares = b[10].buf;
    p.first = first;
    p.last = last;
    p.terms = b[3].buf;
    p.term_weights = b[6].buf;
    p.contribution = b[7].buf;
    p.sstats = b[8].buf;
    p.n_topics = b[9].len / (Py_ssize_t)sizeof(double);
    const int64_t n_terms = items_of(&b[3], 8), n_entries = items_of(&b[1], 4);
    const int64_t *starts = b[0].buf;
    const int fits = p.n_topics > 0 && holds(&b[9], p.n_topics, 8) && n_entries >= 0 && holds(&b[0], n_terms + 1, 8)
                     && holds(&b[2], n_entries, 4) && rows_of(&b[6], p.n_topics, 4) == n_terms
                     && rows_of(&b[7], p.n_topics, 4) == n_terms
                     && are_terms(&p, n_terms, rows_of(&b[8], p.n_topics, 8))
                     && are_edges(starts + p.first, p.last - p.first + 1, n_entries)
                     && (shares != NULL
                         || are_below((const int32_t *)b[1].buf + starts[p.first], starts[p.last] - starts[p.first],
                                      b[5].buf == NULL ? 0 : rows_of(&b[5], p.n_topics, 4)))
                     && are_below((const int32_t *)b[2].buf + starts[p.first], starts[p.last] - starts[p.first],
                                  shares != NULL ? rows_of(&b[10], p.n_topics, 4)
                                  : b[4].buf == NULL ? 0 : items_of(&b[4], 4));
    float *expected = fits ? malloc((size_t)p.n_topics * sizeof(float)) : NULL;
    if (expected != NULL) {
        Py_BEGIN_ALLOW_THREADS
        cross = chosen->put_back(&p, b[0].buf, b[1].buf, b[2].buf, b[4].buf, b[5].buf, shares, relaxation,
                                 expected, b[9].buf);
        Py_END_ALLOW_THREADS
        free(expected);
    }
    release(b, 11);
    if (!fits)
        return refuse();
    return expected == NULL ? PyErr_NoMemory() : PyFloat_FromDouble(cross);
}

PyDoc_STRVAR(document_terms_doc, "What the bound needs of a block of documents; see _numpy.document_terms.");

static PyObject *py_document_terms(PyObject *module, PyObject *args)
{
    Py_buffer b[9];
    Documents p;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*w*w*", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &b[7], &b[8]))
        return NULL;
    p.docs = b[0].buf;
    p.n_docs = b[0].len / (Py_ssize_t)sizeof(int64_t);
    p.indptr = b[1].buf;
    p.counts = b[2].buf;
    p.alpha = b[3].buf;
    p.n_topics = b[3].len / (Py_ssize_t)sizeof(float);
    p.gamma = b[4].buf;
    p.weights = b[5].buf;
    p.ratio = b[6].buf;
    const int64_t n_documents = items_of(&b[1], 8) - 1, n_entries = items_of(&b[2], 4);
    const int fits = items_of(&b[0], 8) == p.n_docs && n_documents >= 0 && n_entries >= 0
                     && holds(&b[3], p.n_topics, 4) && rows_of(&b[4], p.n_topics, 4) == n_documents
                     && rows_of(&b[5], p.n_topics, 4) == n_documents && holds(&b[6], n_entries, 4)
                     && holds(&b[7], n_documents, 8) && holds(&b[8], p.n_topics, 8)
                     && are_documents(&p, n_documents, n_entries);
    double *known = fits ? malloc((size_t)p.n_topics * 2 * sizeof(double)) : NULL;
    if (known != NULL) {
        Py_BEGIN_ALLOW_THREADS
        chosen->document_terms(&p, b[7].buf, b[8].buf, known);
        Py_END_ALLOW_THREADS
        free(known);
    }
    release(b, 9);
    if (!fits)
        return refuse();
    if (known == NULL)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyDoc_STRVAR(collapsed_step_doc, "The fixed points of a block of documents, theta integrated out; see _numpy.");

static PyObject *py_collapsed_step(PyObject *module, PyObject *args)
{
    Py_buffer b[9];
    Documents p = {0};
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*w*w*w*ffi", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &b[7],
                          &b[8], &p.power, &p.tolerance, &p.max_iterations))
        return NULL;
    int64_t n_documents, n_entries;
    const int fits = take_documents(b, &p, &n_documents, &n_entries)
                     && rows_of(&b[7], p.n_topics, 4) == n_entries && holds(&b[8], n_documents, 8);
    int done = 0;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        done = chosen->collapsed_step(&p, b[7].buf, b[8].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 9);
    if (!fits)
        return refuse();
    if (!done)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyDoc_STRVAR(use_doc, "Use an instruction set by name, for tests; False if the processor lacks it.");

static PyObject *py_use(PyObject *module, PyObject *args)
{
    const char *wanted;
    (void)module;
    if (!PyArg_ParseTuple(args, "s", &wanted))
        return NULL;
    const Instructions *set = choose(wanted);
    if (set != NULL)
        chosen = set;
    return PyBool_FromLong(set != NULL);
}

static PyMethodDef METHODS[] = {
    {"e_step", py_e_step, METH_VARARGS, e_step_doc},
    {"collapsed_step", py_collapsed_step, METH_VARARGS, collapsed_step_doc},
    {"document_terms", py_document_terms, METH_VARARGS, document_terms_doc},
    {"phi_for", py_phi_for, METH_VARARGS, phi_for_doc},
    {"put_back", py_put_back, METH_VARARGS, put_back_doc},
    {"use", py_use, METH_VARARGS, use_doc},
    {NULL, NULL, 0, NULL},
};

static int executed(PyObject *module)
{
#ifdef HAS_X86_TARGETS
    __builtin_cpu_init();
#endif
    chosen = choose(NULL);
    return PyModule_AddStringConstant(module, "INSTRUCTIONS", chosen->name);
}

static PyModuleDef_Slot SLOTS[] = {{Py_mod_exec, (void *)executed}, {0, NULL}};

static struct PyModuleDef MODULE = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_native",
    .m_doc = "The E-step compiled: the twin of _numpy.py.",
    .m_methods = METHODS,
    .m_slots = SLOTS,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&MODULE); }

#else /* ENGINE_BODY: compiled once for each instruction set */

/* exp(x) for -88 < x < 88, within 2 units in the last place: x = k log 2 + f, and a polynomial in f after
 * Cephes (Moshier 1992). Free of branches, so that a loop over it becomes vector instructions. */
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
    /* unsigned, since a number without a logarithm would overflow */
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

/* weights = exp(power E[log theta]), up to a factor: the largest is one. */
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

/* A vector of LANES floats, and the eight that are the sums of eight vectors. */
typedef float NAME(Vector) __attribute__((vector_size(4 * LANES), may_alias));
typedef float NAME(Eight) __attribute__((vector_size(4 * ROWS), may_alias));

TARGET static inline NAME(Eight) NAME(fold)(NAME(Vector) v)
{
    NAME(Eight) parts[LANES / ROWS], sum;
    memcpy(parts, &v, sizeof v);
    sum = parts[0];
    for (int i = 1; i < LANES / ROWS; i++)
        sum += parts[i];
    return sum;
}

/* First level: sums of neighbours two apart; a_0 + a_2, b_0 + b_2, a_1 + a_3, b_1 + b_3, and so of the upper half. */
TARGET static inline NAME(Eight) NAME(pair)(NAME(Eight) a, NAME(Eight) b)
{
    return SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
           + SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}

/* Second level: of four vectors each half of whose sum is in one place. */
TARGET static inline NAME(Eight) NAME(four)(NAME(Eight) ab, NAME(Eight) cd)
{
    return SHUFFLE(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13)
           + SHUFFLE(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
}

/* First half of the update, for eight terms: ratio_w = n_w / norm_w, norm_w = sum_t weights_t rows_wt. The eight
 * sums over topics go on side by side, and are added up together by turning the eight vectors over. */
TARGET static inline void NAME(ratios)(const float *rows, int64_t stride, const float *weights, const float *n,
                                       float *ratio)
{
    NAME(Vector) norm[ROWS] = {{0}};
    for (int64_t t = 0; t < stride; t += LANES) {
        const NAME(Vector) weight = *(const NAME(Vector) *)(weights + t);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++)
            norm[i] += *(const NAME(Vector) *)(rows + i * stride + t) * weight;
    }
    const NAME(Eight) low = NAME(four)(NAME(pair)(NAME(fold)(norm[0]), NAME(fold)(norm[1])),
                                       NAME(pair)(NAME(fold)(norm[2]), NAME(fold)(norm[3])));
    const NAME(Eight) high = NAME(four)(NAME(pair)(NAME(fold)(norm[4]), NAME(fold)(norm[5])),
                                        NAME(pair)(NAME(fold)(norm[6]), NAME(fold)(norm[7])));
    const NAME(Eight) sums = SHUFFLE(low, high, 0, 1, 2, 3, 8, 9, 10, 11)
                             + SHUFFLE(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
    *(NAME(Eight) *)ratio = *(const NAME(Eight) *)n / sums;
}

/* Second half: expected_t += sum_w ratio_w rows_wt, for eight terms whose rows are in the first cache. */
TARGET static inline void NAME(add_rows)(const float *rows, int64_t stride, const float *ratio, float *expected)
{
    NAME(Vector) each[ROWS];
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; i++)
        each[i] = ratio[i] - (NAME(Vector)){0};
    for (int64_t t = 0; t < stride; t += LANES) {
        NAME(Vector) sum = *(NAME(Vector) *)(expected + t);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++)
            sum += each[i] * *(const NAME(Vector) *)(rows + i * stride + t);
        *(NAME(Vector) *)(expected + t) = sum;
    }
}

/* What a block of documents is worked on with; one allocation, each array on a boundary of ALIGNMENT. */
typedef struct {
    float *rows;     /* a document's gathered rows, topics still alive, padded */
    float *n;        /* its counts, */
    float *ratio;    /* and ratios */
    float *gamma;    /* of the topics still alive, as all that follows */
    float *alpha;
    float *weights;
    float *expected;
    double *total;
    int32_t *topic;  /* their numbers */
} NAME(Scratch);

TARGET static void *NAME(allocate)(NAME(Scratch) *s, int64_t n_topics, int64_t longest)
{
    int64_t stride = padded(n_topics, LANES), height = padded(longest, FLOATS_ALIGNED);
    stride = padded(stride, FLOATS_ALIGNED); /* of the arrays, so that each begins on a boundary */
    if (height > PTRDIFF_MAX / 16 / (stride + 2)) /* no memory is that large */
        return NULL;
    int64_t floats = height * stride + 2 * height + 4 * stride;
    char *memory = malloc((size_t)(floats * 4 + stride * 12 + ALIGNMENT));
    if (memory == NULL)
        return NULL;
    s->rows = (float *)(memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT);
    s->n = s->rows + height * stride;
    s->ratio = s->n + height;
    s->gamma = s->ratio + height;
    s->alpha = s->gamma + stride;
    s->weights = s->alpha + stride;
    s->expected = s->weights + stride;
    s->total = (double *)(s->expected + stride);
    s->topic = (int32_t *)(s->total + stride);
    return memory;
}

/* Whether every term would keep its norm, n / ratio, without the topics that are not alive. A word that no other
 * topic has lives by them, however light they are; and where a norm is no number, neither is the answer yes. */
TARGET static int NAME(can_do_without)(NAME(Scratch) *s, int64_t stride, int64_t n_rows)
{
    float *restrict staying = s->expected; /* nothing is in it between iterations */
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

/* Drop the topics that are not alive: copy what is left of every row to the front. Their gamma is alpha from
 * now on. Returns how many topics are left. */
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
            /* from here on `expected` says which column each kept topic had */
            memcpy(&s->expected[kept], &(int32_t){(int32_t)t}, sizeof(int32_t));
            kept++;
        } else {
            p->gamma[doc * p->n_topics + s->topic[t]] = s->alpha[t];
            p->weights[doc * p->n_topics + s->topic[t]] = expf(SMALLEST_LOG_WEIGHT);
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

/* expected_t = sum_w n_w / norm_w rows_wt over all rows, in float64 beyond ROWS_IN_FLOAT of them. */
TARGET static void NAME(sum_rows)(NAME(Scratch) *s, int64_t stride, int64_t height)
{
    int many = height > ROWS_IN_FLOAT;
    if (many)
        memset(s->total, 0, (size_t)stride * sizeof(double));
    for (int64_t first = 0; first < height; first += ROWS_IN_FLOAT) {
        int64_t last = first + ROWS_IN_FLOAT < height ? first + ROWS_IN_FLOAT : height;
        memset(s->expected, 0, (size_t)stride * sizeof(float));
        /* the ratios of the next rows are begun before these are added, so that no one waits for a division */
        NAME(ratios)(s->rows + first * stride, stride, s->weights, s->n + first, s->ratio + first);
        for (int64_t row = first; row < last; row += ROWS) {
            const int64_t next = row + ROWS;
            if (next < last)
                NAME(ratios)(s->rows + next * stride, stride, s->weights, s->n + next, s->ratio + next);
            NAME(add_rows)(s->rows + row * stride, stride, s->ratio + row, s->expected);
        }
        if (many)
            for (int64_t t = 0; t < stride; t++)
                s->total[t] += s->expected[t];
    }
    if (many)
        for (int64_t t = 0; t < stride; t++)
            s->expected[t] = (float)s->total[t];
}

/* The fixed point of one document: see e_step in _numpy.py. */
TARGET static void NAME(fixed_point)(const Documents *p, int64_t doc, NAME(Scratch) *s)
{
    const int64_t begin = p->indptr[doc], n_rows = p->indptr[doc + 1] - begin, n_topics = p->n_topics;
    const int64_t height = padded(n_rows, ROWS);
    int64_t n_alive = n_topics, stride = padded(n_topics, LANES);
    double n_tokens = 0;

    for (int64_t row = 0; row < n_rows; row++) {
        const float *from = p->term_weights + p->indices[begin + row] * n_topics;
        float *to = s->rows + row * stride;
        memcpy(to, from, (size_t)n_topics * sizeof(float));
        for (int64_t t = n_topics; t < stride; t++)
            to[t] = 0.0f;
        s->n[row] = (float)p->counts[begin + row];
        n_tokens += p->counts[begin + row];
    }
    for (int64_t row = n_rows; row < height; row++) {
        for (int64_t t = 0; t < stride; t++)
            s->rows[row * stride + t] = 1.0f; /* with n = 0 it adds nothing, and its norm is not 0 */
        s->n[row] = 0.0f;
    }
    for (int64_t t = 0; t < stride; t++) {
        s->gamma[t] = t < n_topics ? p->gamma[doc * n_topics + t] : PADDING;
        s->alpha[t] = t < n_topics ? p->alpha[t] : PADDING;
        s->topic[t] = (int32_t)t;
    }

    const float limit = (float)(p->tolerance * n_tokens);
    size_t compactions = 0;
    for (int iteration = 1;; iteration++) {
        NAME(topic_weights)(s->gamma, s->weights, stride, p->power);
        NAME(sum_rows)(s, stride, height);
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

/* Returns whether there was memory for it. */
TARGET static int NAME(e_step)(const Documents *p)
{
    NAME(Scratch) scratch;
    void *memory = NAME(allocate)(&scratch, p->n_topics, longest_of(p));
    if (memory == NULL)
        return 0;
    for (int64_t i = 0; i < p->n_docs; i++)
        NAME(fixed_point)(p, p->docs[i], &scratch);
    free(memory);
    return 1;
}

/* Phi_tw from an expected count; what is less than SMALLEST_PHI is `least`. */
TARGET static inline float NAME(smoothed)(float expected, float eta, float scale, float least)
{
    float phi = ((expected > 0.0f ? expected : 0.0f) + eta) * scale;
    return phi > SMALLEST_PHI ? phi : least;
}

/* term_weights = Phi ^ power of a range of a minibatch's terms: see phi_for in _numpy.py. ROWS of them at once
 * go through the logarithm and the power, so that only the last has less than a vector left over. */
TARGET static void NAME(phi_for)(const Terms *p, const float *start, float share, int leave_out, float eta,
                                 const float *restrict scale)
{
    const int64_t n_topics = p->n_topics;
    /* what is less is nought, since denormal numbers are slow, but there is no log of 0 */
    const float power = p->power, least = power == 1.0f ? 0.0f : SMALLEST_PHI;
    for (int64_t first = p->first; first < p->last; first += ROWS) {
        const int64_t last = first + ROWS < p->last ? first + ROWS : p->last;
        for (int64_t u = first; u < last; u++) {
            const double *restrict sstats = p->sstats + p->terms[u] * n_topics;
            if (u + TERMS_AHEAD < p->last)
                prefetch(p->sstats + p->terms[u + TERMS_AHEAD] * n_topics, n_topics * 8);
            const float *restrict own = p->contribution + u * n_topics;
            float *restrict out = p->term_weights + u * n_topics;
            if (start != NULL) {
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

/* The M-step's share of a range of a minibatch's terms: see put_back in _numpy.py. Returns the cross term. */
TARGET static double NAME(put_back)(const Terms *p, const int64_t *starts, const int32_t *docs,
                                    const int32_t *places, const float *ratio, const float *weights,
                                    const float *shares, float relaxation, float *restrict expected,
                                    double *restrict change)
{
    const int64_t n_topics = p->n_topics;
    double cross = 0;
    for (int64_t u = p->first; u < p->last; u++) {
        if (u + TERMS_AHEAD < p->last)
            prefetch(p->sstats + p->terms[u + TERMS_AHEAD] * n_topics, n_topics * 8);
        memset(expected, 0, (size_t)n_topics * sizeof(float));
        for (int64_t i = starts[u]; shares != NULL && i < starts[u + 1]; i++) {
            const float *restrict share = shares + places[i] * n_topics;
            if (i + DOCUMENTS_AHEAD < starts[p->last])
                prefetch(shares + places[i + DOCUMENTS_AHEAD] * n_topics, n_topics * 4);
#pragma omp simd
            for (int64_t t = 0; t < n_topics; t++)
                expected[t] += share[t];
        }
        for (int64_t i = starts[u]; shares == NULL && i < starts[u + 1]; i++) {
            const float r = ratio[places[i]];
            if (i + RATIOS_AHEAD < starts[p->last]) {
                prefetch(weights + docs[i + DOCUMENTS_AHEAD] * n_topics, n_topics * 4);
                prefetch(ratio + places[i + RATIOS_AHEAD], 4);
            }
            const float *restrict document = weights + docs[i] * n_topics;
#pragma omp simd
            for (int64_t t = 0; t < n_topics; t++)
                expected[t] += r * document[t];
        }
        const float *restrict term_weights = p->term_weights + u * n_topics;
        float *restrict own = p->contribution + u * n_topics;
        double *restrict sstats = p->sstats + p->terms[u] * n_topics;
        float words = 0;
#pragma omp simd reduction(+ : words)
        for (int64_t t = 0; t < n_topics; t++) {
            float count = shares != NULL ? expected[t] : expected[t] * term_weights[t];
            words += count * NAME(log)(term_weights[t] > SMALLEST_PHI ? term_weights[t] : SMALLEST_PHI);
            float step = relaxation * (count - own[t]);
            step = step > -own[t] ? step : -own[t];
            float updated = own[t] + step;
            double moved = (double)updated - (double)own[t];
            own[t] = updated;
            sstats[t] += moved;
            change[t] += moved;
        }
        cross += words;
    }
    return cross / p->power;
}

/* log Gamma(x) and psi(x) in float64, within 1e-11, from x + 8 by Stirling's series. */
TARGET static inline void NAME(log_gamma_and_psi)(double x, double *log_gamma, double *psi)
{
    double y = x + 8, u = x * (x + 7), i = 1 / (y * y), log_y = log(y);
    double below = (2 * x + 7) * ((1 / u + 1 / (u + 6)) + (1 / (u + 10) + 1 / (u + 12)));
    *log_gamma = (y - 0.5) * log_y - y + 0.91893853320467274178
                 + (1 / 12.0 - i * (1 / 360.0 - i * (1 / 1260.0 - i / 1680.0))) / y
                 - log(u * (u + 6) * ((u + 10) * (u + 12)));
    *psi = log_y - 0.5 / y - i * (1 / 12.0 - i * (1 / 120.0 - i * (1 / 252.0 - i / 240.0))) - below;
}

/* log Gamma(x) within some units in the last place, from x + 4 by Stirling's series. */
TARGET static inline float NAME(log_gamma)(float x)
{
    const float y = x + 4.0f, u = x * (x + 3.0f), i = 1.0f / y;
    return (y - 0.5f) * NAME(log)(y) - y + 0.918938533f + i * (1 / 12.0f - i * i * (1 / 360.0f - i * i / 1260.0f))
           - NAME(log)(u * (u + 2.0f));
}

/* What the bound needs of a block of documents: see document_terms in _numpy.py. The topics that a document
 * does not use, gamma_t = alpha_t, are looked up. `known` has room for log Gamma(alpha) and psi(alpha). */
TARGET static void NAME(document_terms)(const Documents *p, double *terms, double *restrict log_theta,
                                        double *restrict known)
{
    const int64_t n_topics = p->n_topics;
    for (int64_t t = 0; t < n_topics; t++)
        NAME(log_gamma_and_psi)(p->alpha[t], &known[t], &known[n_topics + t]);
    for (int64_t i = 0; i < p->n_docs; i++) {
        const int64_t doc = p->docs[i], begin = p->indptr[doc], end = p->indptr[doc + 1];
        const float *restrict gamma = p->gamma + doc * n_topics;
        const float *restrict weights = p->weights + doc * n_topics;
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
            topics += (double)((gamma[t] - p->alpha[t]) * NAME(log)(weights[t]));
            total += (double)gamma[t];
        }
        for (int64_t t = 0; t < n_topics; t++) {
            log_gamma = known[t];
            psi = known[n_topics + t];
            if (gamma[t] != p->alpha[t])
                NAME(log_gamma_and_psi)(gamma[t], &log_gamma, &psi);
            prior += log_gamma;
            log_theta[t] += psi;
        }
        NAME(log_gamma_and_psi)(total, &log_gamma, &psi);
        for (int64_t t = 0; t < n_topics; t++)
            log_theta[t] -= psi;
        terms[doc] = words - topics + prior - log_gamma;
    }
}

/* Scratch of a block of documents where theta is integrated out; each array on a boundary of ALIGNMENT. */
typedef struct {
    float *rows;  /* a document's gathered rows, padded; */
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

/* One term's update: q_t proportional to ((gamma_t - q_t) Phi_t)^power, and gamma follows it at once. Returns
 * sum_t |delta q_t|. */
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

/* The fixed point of one document: see collapsed_step in _numpy.py. */
TARGET static void NAME(collapsed_document)(const Documents *p, int64_t doc, NAME(Collapsed) *s, float *shares)
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
            to[t] = from[t];
            q[t] = share[t] / n;
            s->gamma[t] += share[t];
        }
        for (int64_t t = n_topics; t < stride; t++)
            to[t] = q[t] = 0.0f;
        n_tokens += n;
    }
    const double limit = p->tolerance * n_tokens;
    for (int iteration = 1; iteration <= p->max_iterations; iteration++) {
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

/* What is asked of a document's fixed point: its gamma, its shares and its terms of the bound. */
TARGET static void NAME(collapsed_results)(const Documents *p, int64_t doc, NAME(Collapsed) *s, float *shares,
                                           double *terms)
{
    const int64_t begin = p->indptr[doc], n_rows = p->indptr[doc + 1] - begin, n_topics = p->n_topics;
    const int64_t stride = padded(n_topics, LANES);
    double entropy = 0, log_gamma_of_sum, psi;
    float *restrict gamma = s->gamma;
    memcpy(gamma, s->alpha, (size_t)stride * sizeof(float)); /* summed anew: steps leave rounding behind */
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
        log_gammas += NAME(log_gamma)(gamma[t]);
        total += gamma[t];
    }
    memcpy(p->gamma + doc * n_topics, gamma, (size_t)n_topics * sizeof(float));
    NAME(log_gamma_and_psi)((double)total, &log_gamma_of_sum, &psi);
    terms[doc] = entropy + (double)log_gammas - log_gamma_of_sum;
}

/* See collapsed_step in _numpy.py. Returns whether there was memory for it. */
TARGET static int NAME(collapsed_step)(const Documents *p, float *shares, double *terms)
{
    const int64_t stride = padded(p->n_topics, LANES);
    NAME(Collapsed) scratch;
    void *memory = NAME(allocate_collapsed)(&scratch, p->n_topics, longest_of(p));
    if (memory == NULL)
        return 0;
    /* of what is no alpha, not above 0, there is no logarithm to take a power by */
    for (int64_t t = 0; t < stride; t++)
        scratch.alpha[t] = t >= p->n_topics ? 1.0f : p->alpha[t] > SMALLEST_PHI ? p->alpha[t] : SMALLEST_PHI;
    for (int64_t i = 0; i < p->n_docs; i++) {
        NAME(collapsed_document)(p, p->docs[i], &scratch, shares);
        NAME(collapsed_results)(p, p->docs[i], &scratch, shares, terms);
    }
    free(memory);
    return 1;
}

#endif
