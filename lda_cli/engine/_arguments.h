/* Reading the arguments of a call by a table. Each array is checked for its type, place and shape, and what is wrong
 * is raised with the argument's name: "gamma: expected 3 x 7 float32, got 3 x 6 float32". */

#include <stdio.h>

typedef enum { INT32, INT64, FLOAT32, FLOAT64, WHOLE, REAL } Type; /* WHOLE, REAL: numbers, no arrays */

/* Of an array: the kernel writes to it; it may be None; it has one item more than the size says. */
enum { WRITTEN = 1, OPTIONAL = 2, ONE_MORE = 4 };

/* The codes are those of the struct module. C has two names for the type of 4 bytes, or of 8. */
static const struct {
    const char *name, *codes;
    Py_ssize_t size;
} TYPES[] = {
    [INT32] = {"int32", "il", 4},
    [INT64] = {"int64", "lq", 8},
    [FLOAT32] = {"float32", "f", 4},
    [FLOAT64] = {"float64", "d", 8},
};
#define N_TYPES ((int)(sizeof TYPES / sizeof *TYPES))

#define UNKNOWN (-1)

/* An argument of a function.
 *
 * place : where the pointer to the array goes (NULL for None), or the number, an int64_t or a float
 * rows, columns : the sizes of the array; columns is NULL if it has one dimension. The first array that has a size
 *     which is UNKNOWN sets it, and the others must have the same. */
typedef struct {
    const char *name;
    Type type;
    void *place;
    int64_t *rows, *columns;
    int flags;
    Py_buffer buffer;
} Argument;

#define NUMBER(name, type, place) {name, type, place, NULL, NULL, 0, {0}}
#define VECTOR(name, type, place, rows, flags) {name, type, place, rows, NULL, flags, {0}}
#define MATRIX(name, type, place, rows, columns, flags) {name, type, place, rows, columns, flags, {0}}

static int is_of_type(const Py_buffer *buffer, Type type)
{
    const char *format = buffer->format;
    return format != NULL && strlen(format) == 1 && strchr(TYPES[type].codes, *format) != NULL
           && buffer->itemsize == TYPES[type].size;
}

/* Write sizes as "3 x 7"; one that is not known is n. */
static void write_shape(char *text, size_t room, const int64_t *sizes, int n_sizes)
{
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < n_sizes && at < room; i++) {
        const char *between = i == 0 ? "" : " x ";
        if (sizes[i] == UNKNOWN)
            at += (size_t)snprintf(text + at, room - at, "%sn", between);
        else
            at += (size_t)snprintf(text + at, room - at, "%s%lld", between, (long long)sizes[i]);
    }
}

/* Raise ValueError: what an array is, and what it should be. */
static int refuse_array(const Argument *argument, const int64_t *expected, int n_expected)
{
    const Py_buffer *buffer = &argument->buffer;
    int64_t sizes[4];
    int n_sizes = buffer->ndim < 4 ? buffer->ndim : 4, type = 0;
    char wanted[64], found[128];
    for (int i = 0; i < n_sizes; i++)
        sizes[i] = buffer->shape[i];
    while (type < N_TYPES && !is_of_type(buffer, (Type)type))
        type++;
    write_shape(wanted, sizeof wanted, expected, n_expected);
    write_shape(found, sizeof found, sizes, n_sizes);
    PyErr_Format(PyExc_ValueError, "%s: expected %s %s, got %s%s%s", argument->name, wanted,
                 TYPES[argument->type].name, found, n_sizes == 0 ? "" : " ",
                 type < N_TYPES ? TYPES[type].name : "of another type");
    return 0;
}

/* Check the type and the shape of an array, and set the sizes that are not known. */
static int fits(const Argument *argument)
{
    const Py_buffer *buffer = &argument->buffer;
    const int n_sizes = argument->columns == NULL ? 1 : 2;
    const int64_t more = argument->flags & ONE_MORE ? 1 : 0;
    int64_t *sizes[] = {argument->rows, argument->columns};
    int64_t expected[] = {*sizes[0] == UNKNOWN ? UNKNOWN : *sizes[0] + more, n_sizes == 2 ? *sizes[1] : 0};
    if (buffer->ndim != n_sizes || !is_of_type(buffer, argument->type))
        return refuse_array(argument, expected, n_sizes);
    for (int i = 0; i < n_sizes; i++)
        if (expected[i] != UNKNOWN && buffer->shape[i] != expected[i])
            return refuse_array(argument, expected, n_sizes);
    if (buffer->shape[0] < more || (n_sizes == 2 && buffer->shape[1] < 1)) {
        PyErr_Format(PyExc_ValueError, "%s: must not be empty", argument->name);
        return 0;
    }
    if (buffer->len > 0 && (uintptr_t)buffer->buf % (size_t)buffer->itemsize != 0) {
        PyErr_Format(PyExc_ValueError, "%s: is not aligned in memory", argument->name);
        return 0;
    }
    *sizes[0] = buffer->shape[0] - more;
    if (n_sizes == 2)
        *sizes[1] = buffer->shape[1];
    return 1;
}

static int take_array(Argument *argument, PyObject *value)
{
    void *data = NULL;
    if (value != Py_None || !(argument->flags & OPTIONAL)) {
        const int is_written = argument->flags & WRITTEN;
        if (PyObject_GetBuffer(value, &argument->buffer,
                               PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (is_written ? PyBUF_WRITABLE : 0)) < 0) {
            argument->buffer.obj = NULL;
            PyErr_Format(PyExc_TypeError, "%s: expected %s array in C order of %s", argument->name,
                         is_written ? "a writable" : "an", TYPES[argument->type].name);
            return 0;
        }
        if (!fits(argument))
            return 0;
        data = argument->buffer.buf;
    }
    memcpy(argument->place, &data, sizeof data);
    return 1;
}

/* Give the buffers back: those that were taken. */
static void release(Argument *arguments, Py_ssize_t n)
{
    while (n-- > 0)
        PyBuffer_Release(&arguments[n].buffer);
}

/* Read the arguments of a call. Returns 0 with an exception. What was taken is given back by `release`, after a
 * failure too. */
static int take(PyObject *args, Argument *arguments, Py_ssize_t n)
{
    if (PyTuple_Size(args) != n) {
        PyErr_Format(PyExc_TypeError, "expected %zd arguments, got %zd", n, PyTuple_Size(args));
        return 0;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *value = PyTuple_GetItem(args, i);
        if (arguments[i].type == WHOLE)
            *(int64_t *)arguments[i].place = PyLong_AsLongLong(value);
        else if (arguments[i].type == REAL)
            *(float *)arguments[i].place = (float)PyFloat_AsDouble(value);
        else if (!take_array(&arguments[i], value))
            return 0;
        if (PyErr_Occurred())
            return 0;
    }
    return 1;
}

/* ------------------------------------------------------------------ indices */

static int refuse_index(const char *name, int64_t place, int64_t value, int64_t least, int64_t most)
{
    PyErr_Format(PyExc_ValueError, "%s: %lld at index %lld is outside %lld..%lld", name, (long long)value,
                 (long long)place, (long long)least, (long long)most);
    return 0;
}

/* Whether numbers[first] to numbers[last - 1] are from 0 to below n; if not, with an exception. */
static int are_below(const char *name, const int32_t *numbers, int64_t first, int64_t last, int64_t n)
{
    const uint32_t limit = n > INT32_MAX ? (uint32_t)INT32_MAX + 1 : n < 0 ? 0 : (uint32_t)n;
    int is_outside = 0;
    for (int64_t i = first; i < last; i++) /* without a way out, so that it becomes vector instructions */
        is_outside |= (uint32_t)numbers[i] >= limit;
    for (int64_t i = first; is_outside && i < last; i++)
        if ((uint32_t)numbers[i] >= limit)
            return refuse_index(name, i, numbers[i], 0, n - 1);
    return 1;
}

/* The same of one number of 64 bits. */
static int is_below(const char *name, const int64_t *numbers, int64_t i, int64_t n)
{
    return (numbers[i] >= 0 && numbers[i] < n) || refuse_index(name, i, numbers[i], 0, n - 1);
}

/* Whether edges[first] to edges[last] rise from 0 or more to n or less; if not, with an exception. */
static int are_edges(const char *name, const int64_t *edges, int64_t first, int64_t last, int64_t n)
{
    for (int64_t i = first; i <= last; i++) {
        const int64_t least = i == first ? 0 : edges[i - 1];
        if (edges[i] < least || edges[i] > n)
            return refuse_index(name, i, edges[i], least, n);
    }
    return 1;
}
