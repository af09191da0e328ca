/* The compiled counter of terms: the twin of PythonCounter in counting.py, with the same methods.
 *
 * A token is a run of characters of one class, some of which may only continue it. The Python callback `characters`
 * returns the kinds of 256 characters, when a text first has one of them: 0 is in no token, 1 begins or continues one,
 * 2 only continues it, and is not in ASCII. The term of a token of ASCII characters is the token
 * itself, in lower case if the config says so. For other tokens the callback `normalize` returns the term, which is
 * kept in a memo. Nothing depends on the length of tokens, on the script or on the order of calls, and every size is
 * checked.
 *
 * During a callback other Python code may run and call the same counter, also from another thread. So each call works
 * on memory of its own, and holds no pointer into a table across a callback.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Numbers in the place of a term's number: see counting.py. */
#define UNKNOWN (-1)
#define NO_TERM (-2)

#define PAGE 256
#define N_PAGES (0x110000 / PAGE)

/* What the first byte of a character says: its class if it is ASCII; otherwise that more bytes follow. */
enum { SEPARATOR, IN_TOKEN, BEYOND_ASCII };

/* The kind of a character that continues a token and does not begin one. */
#define CONTINUES 2

/* Keys are read in words of 8 bytes: as many bytes after the end of a key can be read. */
#define WORD 8

/* Characters that are classified together, a bit each. */
#define MASK 64

/* A slot holds the place of its key in 32 bits. */
#define KEYS_AT_MOST (1 << 30)

/* The memo is emptied when its tokens take more bytes than this, times its limit. */
#define BYTES_A_TOKEN 64

/* ------------------------------------------------------------------ memory */

typedef struct {
    char *data;
    size_t size, room;
} Bytes;

/* Make room for `more` bytes after the present ones. Returns 0 with MemoryError. */
static int reserve(Bytes *bytes, size_t more)
{
    if (bytes->data != NULL && more <= bytes->room - bytes->size)
        return 1;
    if (more > (size_t)PY_SSIZE_T_MAX / 2 - bytes->size) {
        PyErr_NoMemory();
        return 0;
    }
    size_t room = 2 * bytes->room + WORD;
    if (room < bytes->size + more)
        room = bytes->size + more;
    char *data = realloc(bytes->data, room);
    if (data == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    bytes->data = data;
    bytes->room = room;
    return 1;
}

static inline int push(Bytes *bytes, const void *value, size_t size)
{
    if (!reserve(bytes, size))
        return 0;
    memcpy(bytes->data + bytes->size, value, size);
    bytes->size += size;
    return 1;
}

/* ASCII characters only: Python folds the others. */
static void copy_in_lower_case(char *restrict to, const char *restrict from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)from[i];
        to[i] = (char)(byte + ((unsigned char)(byte - 'A') < 26 ? 'a' - 'A' : 0));
    }
}

/* Put the UTF-8 of a string into `to`, and a word of zeros after it. An unpaired surrogate, which UTF-8 does not allow,
 * is written as three bytes. Returns 0 with an exception.
 *
 * PyUnicode_AsUTF8AndSize keeps its copy in the string, if that is not ASCII, until the string is freed. This is
 * acceptable: the caller drops a text after it is counted, and terms are short. */
static int copy_utf8(Bytes *to, PyObject *string, int lowercase)
{
    Py_ssize_t size;
    PyObject *encoded = NULL;
    char *from = (char *)PyUnicode_AsUTF8AndSize(string, &size);
    if (from == NULL && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Clear();
        encoded = PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass");
        if (encoded == NULL || PyBytes_AsStringAndSize(encoded, &from, &size) < 0)
            from = NULL;
    }
    to->size = 0;
    if (from == NULL || !reserve(to, (size_t)size + WORD)) {
        Py_XDECREF(encoded);
        return 0;
    }
    if (lowercase)
        copy_in_lower_case(to->data, from, (size_t)size);
    else
        memcpy(to->data, from, (size_t)size);
    memset(to->data + size, 0, WORD);
    to->size = (size_t)size;
    Py_XDECREF(encoded);
    return 1;
}

/* ------------------------------------------------------------------ keys to numbers */

typedef struct {
    size_t start, length; /* bytes of the arena */
} Key;

/* The tag of a key shorter than a word is the key: its bytes, and its length in the highest byte. The tag of a longer
 * key is a hash with the highest bit set, and the keys themselves are compared too. */
typedef struct {
    uint64_t tag;
    int32_t key; /* -1 if the slot is free */
    int32_t number;
} Slot;

#define LONG_KEY ((uint64_t)1 << 63)

typedef struct {
    uint64_t seed; /* of hashes: as random as those of Python, so that no text is made to collide */
    Slot *slots;
    size_t n_slots; /* a power of two, or 0 */
    Bytes keys, arena;
} Table;

static inline uint64_t mixed(uint64_t hash)
{
    hash *= 0x9e3779b97f4a7c15u; /* 2^64 over the golden ratio: odd, with bits that look random */
    return hash ^ hash >> 32;
}

static inline uint64_t word_of(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, WORD);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t tag_of(const Table *table, const char *key, size_t length)
{
    if (length < WORD)
        return (word_of(key) & (((uint64_t)1 << 8 * length) - 1)) | (uint64_t)length << 56;
    const char *last = key + length - WORD;
    uint64_t hash = mixed(table->seed ^ length);
    for (; key < last; key += WORD)
        hash = mixed(hash ^ word_of(key));
    return mixed(hash ^ word_of(last)) | LONG_KEY;
}

static inline size_t place_of(const Table *table, uint64_t tag)
{
    return (size_t)(mixed(tag ^ table->seed) >> 16) & (table->n_slots - 1);
}

static inline int32_t n_keys(const Table *table) { return (int32_t)(table->keys.size / sizeof(Key)); }

static inline Key *key_at(const Table *table, int32_t key) { return (Key *)table->keys.data + key; }

static inline Slot *find(const Table *table, const char *bytes, size_t length, uint64_t tag)
{
    if (table->n_slots == 0)
        return NULL;
    for (size_t i = place_of(table, tag);; i = (i + 1) & (table->n_slots - 1)) {
        Slot *slot = &table->slots[i];
        if (slot->key < 0)
            return NULL;
        if (slot->tag != tag)
            continue;
        if (length < WORD)
            return slot;
        const Key *key = key_at(table, slot->key);
        if (key->length == length && memcmp(table->arena.data + key->start, bytes, length) == 0)
            return slot;
    }
}

static void take_slot(Table *table, Slot taken)
{
    size_t i = place_of(table, taken.tag);
    while (table->slots[i].key >= 0)
        i = (i + 1) & (table->n_slots - 1);
    table->slots[i] = taken;
}

/* Double the slots: at most half of them are in use. */
static int widen(Table *table)
{
    Slot *before = table->slots;
    size_t n_before = table->n_slots;
    size_t n_slots = n_before ? 2 * n_before : 1024;
    Slot *slots = n_slots > SIZE_MAX / sizeof(Slot) ? NULL : malloc(n_slots * sizeof(Slot));
    if (slots == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    memset(slots, 0xff, n_slots * sizeof(Slot));
    table->slots = slots;
    table->n_slots = n_slots;
    for (size_t i = 0; i < n_before; i++)
        if (before[i].key >= 0)
            take_slot(table, before[i]);
    free(before);
    return 1;
}

/* Insert a key, or change the number of a key that is there. Returns 0 with MemoryError. */
static int put(Table *table, const char *bytes, size_t length, uint64_t tag, int32_t number)
{
    Slot *there = find(table, bytes, length, tag);
    if (there != NULL) {
        there->number = number;
        return 1;
    }
    int32_t n = n_keys(table);
    if (n >= KEYS_AT_MOST) {
        PyErr_NoMemory();
        return 0;
    }
    if (2 * ((size_t)n + 1) > table->n_slots && !widen(table))
        return 0;
    Key key = {table->arena.size, length};
    if (!push(&table->arena, bytes, length) || !push(&table->keys, &key, sizeof key))
        return 0;
    take_slot(table, (Slot){tag, n, number});
    return 1;
}

static void clear(Table *table)
{
    free(table->slots);
    free(table->keys.data);
    free(table->arena.data);
    *table = (Table){.seed = table->seed};
}

/* ------------------------------------------------------------------ the counter */

typedef struct {
    PyObject_HEAD
    PyObject *normalize;  /* callback: the term of a token */
    PyObject *characters; /* callback: the kinds of 256 characters */
    int lowercase, is_verbatim, grows;
    Py_ssize_t min_length, max_length, limit;
    unsigned char first_bytes[PAGE];
    unsigned char *pages[N_PAGES]; /* NULL until a text needs it */
    Table terms, memo;
    uint32_t *tally; /* by number, all zero; NULL while a call of count() uses it */
    size_t n_tally;
} Counter;

/* The memory of one call of count() or sequences(). */
typedef struct {
    Bytes text, term, columns, counts, starts, unknown;
    int keeps_order; /* columns has the number of every token, and nothing is counted */
    uint32_t *tally;
    size_t n_tally;
    int64_t n_unknown; /* in the current text */
} Counting;

static const unsigned char *page(Counter *self, uint32_t number)
{
    if (self->pages[number] != NULL)
        return self->pages[number];
    PyObject *answer = PyObject_CallFunction(self->characters, "I", (unsigned int)number);
    char *are_in;
    Py_ssize_t size;
    if (answer == NULL || PyBytes_AsStringAndSize(answer, &are_in, &size) < 0) {
        Py_XDECREF(answer);
        return NULL;
    }
    unsigned char *copy = NULL;
    if (size != PAGE)
        PyErr_SetString(PyExc_ValueError, "a page has 256 characters");
    else if ((copy = malloc(PAGE)) == NULL)
        PyErr_NoMemory();
    else
        memcpy(copy, are_in, PAGE);
    Py_DECREF(answer);
    if (copy != NULL) {
        free(self->pages[number]); /* another thread may have set it during the callback */
        self->pages[number] = copy;
    }
    return copy;
}

/* The kind of the character beyond ASCII at `at`, or -1 with an exception. Sets `length`, the bytes of the character:
 * Python encoded the text, so that all of them are there. */
static inline int kind_at(Counter *self, const unsigned char *at, size_t *length)
{
    uint32_t code;
    if (at[0] < 0xe0) {
        *length = 2;
        code = (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);
    } else if (at[0] < 0xf0) {
        *length = 3;
        code = (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    } else {
        *length = 4;
        code = (at[0] & 0x07u) << 18 | (at[1] & 0x3fu) << 12 | (at[2] & 0x3fu) << 6 | (at[3] & 0x3fu);
    }
    const unsigned char *kinds = page(self, code / PAGE % N_PAGES);
    return kinds == NULL ? -1 : kinds[code % PAGE];
}

/* The number of a term; a new term gets the next number, if the counter grows. Returns 0 with an exception. */
static inline int number_term(Counter *self, const char *term, size_t length, int32_t *number)
{
    uint64_t tag = tag_of(&self->terms, term, length);
    const Slot *there = find(&self->terms, term, length, tag);
    if (there != NULL) {
        *number = there->number;
        return 1;
    }
    *number = self->grows ? n_keys(&self->terms) : UNKNOWN;
    return !self->grows || put(&self->terms, term, length, tag, *number);
}

/* Call `normalize` for the term of a token, and find its number. Returns 0 with an exception. */
static int ask(Counter *self, Counting *counting, const char *token, size_t length, int32_t *number)
{
    PyObject *raw = PyUnicode_DecodeUTF8(token, (Py_ssize_t)length, "surrogatepass");
    PyObject *term = raw == NULL ? NULL : PyObject_CallFunctionObjArgs(self->normalize, raw, NULL);
    int done = term != NULL && copy_utf8(&counting->term, term, 0);
    Py_XDECREF(raw);
    Py_XDECREF(term);
    if (!done)
        return 0;
    *number = NO_TERM;
    return counting->term.size == 0 || number_term(self, counting->term.data, counting->term.size, number);
}

/* The number of a token whose term comes from Python, or from the memo. A memo that is too large is emptied, because a
 * stream of texts may never end. Returns 0 with an exception. */
static int number_token(Counter *self, Counting *counting, const char *token, size_t length, int32_t *number)
{
    uint64_t tag = tag_of(&self->memo, token, length);
    const Slot *there = find(&self->memo, token, length, tag);
    if (there != NULL) {
        *number = there->number;
        return 1;
    }
    if (!ask(self, counting, token, length, number))
        return 0;
    if (n_keys(&self->memo) >= self->limit
        || self->memo.arena.size / BYTES_A_TOKEN >= (size_t)self->limit)
        clear(&self->memo);
    return put(&self->memo, token, length, tag, *number);
}

static int widen_tally(Counting *counting, int32_t number)
{
    size_t n = 2 * ((size_t)number + 1);
    uint32_t *tally = n > SIZE_MAX / sizeof *tally ? NULL : realloc(counting->tally, n * sizeof *tally);
    if (tally == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    memset(tally + counting->n_tally, 0, (n - counting->n_tally) * sizeof *tally);
    counting->tally = tally;
    counting->n_tally = n;
    return 1;
}

static inline int count_number(Counting *counting, int32_t number)
{
    if (counting->keeps_order)
        return push(&counting->columns, &number, sizeof number);
    if (number < 0) {
        counting->n_unknown += number == UNKNOWN;
        return 1;
    }
    if ((size_t)number >= counting->n_tally && !widen_tally(counting, number))
        return 0;
    return counting->tally[number]++ != 0 || push(&counting->columns, &number, sizeof number);
}

static inline int count_token(Counter *self, Counting *counting, const char *token, size_t length, int is_ascii)
{
    int32_t number;
    if (is_ascii && self->is_verbatim) {
        if (length < (size_t)self->min_length || length > (size_t)self->max_length)
            return count_number(counting, NO_TERM);
        return number_term(self, token, length, &number) && count_number(counting, number);
    }
    return number_token(self, counting, token, length, &number) && count_number(counting, number);
}

/* Which of up to MASK ASCII characters are in tokens: a bit each, the first is the lowest. */
static inline uint64_t mask_of(const unsigned char *kinds, const unsigned char *at, size_t n)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < n; i++)
        mask |= (uint64_t)(kinds[at[i]] == IN_TOKEN) << i;
    return mask;
}

/* Count the tokens of the text in counting->text, which is ASCII. Masks show where tokens begin and end: in a loop over
 * characters the processor would mispredict the branch at the end of every token. */
static int count_ascii(Counter *self, Counting *counting)
{
    const char *text = counting->text.data, *token = NULL;
    const unsigned char *kinds = self->first_bytes;
    const size_t size = counting->text.size;
    uint64_t last = 0; /* whether the character before the mask was in a token */
    for (size_t first = 0; first < size; first += MASK) {
        const unsigned char *at = (const unsigned char *)text + first;
        uint64_t mask = size - first < MASK ? mask_of(kinds, at, size - first) : mask_of(kinds, at, MASK);
        uint64_t edges = mask ^ (mask << 1 | last);
        last = mask >> (MASK - 1);
        for (; edges; edges &= edges - 1) {
            const char *edge = text + first + __builtin_ctzll(edges);
            if (token == NULL) {
                token = edge;
                continue;
            }
            if (!count_token(self, counting, token, (size_t)(edge - token), 1))
                return 0;
            token = NULL;
        }
    }
    return token == NULL || count_token(self, counting, token, (size_t)(text + size - token), 1);
}

/* Count the tokens of the text in counting->text, of any characters. */
static int count_any(Counter *self, Counting *counting)
{
    const unsigned char *at = (const unsigned char *)counting->text.data, *end = at + counting->text.size;
    const unsigned char *kinds = self->first_bytes;
    size_t length = 1;
    while (at < end) {
        const unsigned char *token = at;
        int is_ascii = 1, kind = 0;
        for (;;) {
            while (at < end && kinds[*at] == IN_TOKEN)
                at++;
            if (at == end || kinds[*at] == SEPARATOR) {
                length = 1;
                break;
            }
            kind = kind_at(self, at, &length);
            if (kind <= 0 || (kind == CONTINUES && at == token))
                break;
            is_ascii = 0;
            at += length;
        }
        if (kind < 0)
            return 0;
        if (at > token && !count_token(self, counting, (const char *)token, (size_t)(at - token), is_ascii))
            return 0;
        if (at < end)
            at += length; /* the character that ended the token */
    }
    return 1;
}

/* Append the count of each column from `start` on, and set the tally to zero again. */
static int take_counts(Counting *counting, size_t start)
{
    if (!reserve(&counting->counts, counting->columns.size - start))
        return 0;
    for (size_t i = start; i < counting->columns.size; i += sizeof(int32_t)) {
        int32_t column;
        memcpy(&column, counting->columns.data + i, sizeof column);
        uint32_t count = counting->tally[column];
        counting->tally[column] = 0;
        if (count > INT32_MAX) {
            PyErr_SetString(PyExc_OverflowError, "a term occurs more than 2^31 times in a text");
            return 0;
        }
        memcpy(counting->counts.data + i, &count, sizeof count);
    }
    counting->counts.size = counting->columns.size;
    return 1;
}

/* Count or number the tokens of one text: append its entries, and where they end. */
static int count_text(Counter *self, Counting *counting, PyObject *text)
{
    size_t start = counting->columns.size;
    counting->n_unknown = 0;
    if (!copy_utf8(&counting->text, text, self->lowercase))
        return 0;
    if (counting->text.size / 2 > UINT32_MAX) { /* tokens are counted in 32 bits */
        PyErr_SetString(PyExc_OverflowError, "a text of more than 8 GiB");
        return 0;
    }
    int is_ascii = (size_t)PyUnicode_GetLength(text) == counting->text.size;
    if (!(is_ascii ? count_ascii(self, counting) : count_any(self, counting)))
        return 0;
    if (!counting->keeps_order && !take_counts(counting, start))
        return 0;
    int64_t n_entries = (int64_t)(counting->columns.size / sizeof(int32_t));
    return push(&counting->starts, &n_entries, sizeof n_entries)
           && push(&counting->unknown, &counting->n_unknown, sizeof counting->n_unknown);
}

static int count_texts(Counter *self, Counting *counting, PyObject *texts)
{
    const int64_t zero = 0;
    if (!push(&counting->starts, &zero, sizeof zero))
        return 0;
    for (PyObject *text; (text = PyIter_Next(texts)) != NULL;) {
        int done = count_text(self, counting, text);
        Py_DECREF(text);
        if (!done)
            return 0;
    }
    return PyErr_Occurred() == NULL;
}

static PyObject *as_bytearray(const Bytes *bytes)
{
    return PyByteArray_FromStringAndSize(bytes->data, (Py_ssize_t)bytes->size);
}

static PyObject *counted(const Counting *counting)
{
    if (counting->keeps_order)
        return Py_BuildValue("(NN)", as_bytearray(&counting->columns), as_bytearray(&counting->starts));
    return Py_BuildValue("(NNNN)", as_bytearray(&counting->columns), as_bytearray(&counting->counts),
                         as_bytearray(&counting->starts), as_bytearray(&counting->unknown));
}

static PyObject *counted_texts(Counter *self, PyObject *texts, int keeps_order)
{
    PyObject *iterator = PyObject_GetIter(texts), *result = NULL;
    if (iterator == NULL)
        return NULL;
    Counting counting = {
        .keeps_order = keeps_order, .tally = self->tally, .n_tally = self->tally == NULL ? 0 : self->n_tally};
    self->tally = NULL;
    if (count_texts(self, &counting, iterator)) {
        result = counted(&counting);
        free(self->tally); /* another call may have put one here in the meantime */
        self->tally = counting.tally;
        self->n_tally = counting.n_tally;
    } else {
        free(counting.tally); /* it holds counts of a part of a text */
    }
    Py_DECREF(iterator);
    free(counting.text.data);
    free(counting.term.data);
    free(counting.columns.data);
    free(counting.counts.data);
    free(counting.starts.data);
    free(counting.unknown.data);
    return result;
}

PyDoc_STRVAR(count_doc, "Return columns, counts, starts and unknown tokens of an iterable of texts; see counting.py.");

static PyObject *counter_count(PyObject *self, PyObject *texts)
{
    return counted_texts((Counter *)self, texts, 0);
}

PyDoc_STRVAR(sequences_doc, "Return numbers of all tokens, and starts, of an iterable of texts; see counting.py.");

static PyObject *counter_sequences(PyObject *self, PyObject *texts)
{
    return counted_texts((Counter *)self, texts, 1);
}

static int number_terms(Counter *self, PyObject *terms, Bytes *term, Bytes *numbers)
{
    for (Py_ssize_t i = 0; i < PyList_Size(terms); i++) {
        int32_t number;
        if (!copy_utf8(term, PyList_GetItem(terms, i), 0) || !number_term(self, term->data, term->size, &number)
            || !push(numbers, &number, sizeof number))
            return 0;
    }
    return 1;
}

PyDoc_STRVAR(numbers_doc, "Return the numbers of a list of terms.");

static PyObject *counter_numbers(PyObject *object, PyObject *terms)
{
    if (!PyList_Check(terms)) {
        PyErr_SetString(PyExc_TypeError, "terms: a list");
        return NULL;
    }
    Bytes term = {0}, numbers = {0};
    PyObject *result = number_terms((Counter *)object, terms, &term, &numbers) ? as_bytearray(&numbers) : NULL;
    free(term.data);
    free(numbers.data);
    return result;
}

PyDoc_STRVAR(terms_doc, "Return the terms from a number on, in the order of their numbers.");

static PyObject *counter_terms(PyObject *object, PyObject *argument)
{
    const Table *table = &((Counter *)object)->terms;
    Py_ssize_t first = PyLong_AsSsize_t(argument);
    if (first == -1 && PyErr_Occurred())
        return NULL;
    if (first < 0 || first > n_keys(table)) {
        PyErr_SetString(PyExc_IndexError, "there is no such term");
        return NULL;
    }
    PyObject *terms = PyList_New(n_keys(table) - first);
    if (terms == NULL)
        return NULL;
    for (Py_ssize_t i = first; i < n_keys(table); i++) {
        const Key *key = key_at(table, (int32_t)i);
        PyObject *term =
            PyUnicode_DecodeUTF8(table->arena.data + key->start, (Py_ssize_t)key->length, "surrogatepass");
        if (term == NULL || PyList_SetItem(terms, i - first, term) < 0) {
            Py_DECREF(terms);
            return NULL;
        }
    }
    return terms;
}

static Py_ssize_t counter_length(PyObject *object) { return n_keys(&((Counter *)object)->terms); }

static size_t size_of_table(const Table *table)
{
    return table->n_slots * sizeof(Slot) + table->keys.room + table->arena.room;
}

PyDoc_STRVAR(sizeof_doc, "Return the size of the counter and its tables in bytes.");

static PyObject *counter_sizeof(PyObject *object, PyObject *unused)
{
    const Counter *self = (const Counter *)object;
    (void)unused;
    return PyLong_FromSize_t(sizeof *self + size_of_table(&self->terms) + size_of_table(&self->memo)
                             + (self->tally == NULL ? 0 : self->n_tally * sizeof *self->tally));
}

/* Insert the terms of a dict with their numbers. Returns 0 with an exception. */
static int take_known(Counter *self, PyObject *known)
{
    PyObject *term, *value;
    Py_ssize_t position = 0;
    Bytes key = {0};
    int done = 1;
    while (done && PyDict_Next(known, &position, &term, &value)) {
        long number = PyLong_AsLong(value);
        if (number == -1 && PyErr_Occurred()) {
            done = 0;
        } else if (number < NO_TERM || number >= INT32_MAX) {
            PyErr_SetString(PyExc_OverflowError, "a term's number is out of range");
            done = 0;
        } else {
            done = copy_utf8(&key, term, 0)
                   && put(&self->terms, key.data, key.size, tag_of(&self->terms, key.data, key.size),
                          (int32_t)number);
        }
    }
    free(key.data);
    return done;
}

/* Set up the tables and the first page. Returns 0 with an exception. */
static int begin(Counter *self, PyObject *known)
{
    PyObject *any_string = PyUnicode_FromString("lda_cli.corpus.terms._native");
    if (any_string == NULL)
        return 0;
    self->terms.seed = self->memo.seed = (uint64_t)PyObject_Hash(any_string);
    Py_DECREF(any_string);
    self->grows = known == Py_None;
    if (!self->grows && !PyDict_Check(known)) {
        PyErr_SetString(PyExc_TypeError, "known: a dict, or None");
        return 0;
    }
    const unsigned char *are_in = page(self, 0);
    if (are_in == NULL || (!self->grows && !take_known(self, known)))
        return 0;
    for (int byte = 0; byte < PAGE; byte++)
        self->first_bytes[byte] = byte >= 0x80 ? BEYOND_ASCII : are_in[byte] ? IN_TOKEN : SEPARATOR;
    return 1;
}

static PyObject *counter_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"characters", "normalize",   "known", "lowercase", "min_length",
                            "max_length", "is_verbatim", "limit", NULL};
    PyObject *characters, *normalize, *known;
    int lowercase, is_verbatim;
    Py_ssize_t min_length, max_length, limit;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOOpnnpn", names, &characters, &normalize, &known,
                                     &lowercase, &min_length, &max_length, &is_verbatim, &limit))
        return NULL;
    if (min_length < 0 || max_length < 0 || limit < 1) {
        PyErr_SetString(PyExc_ValueError, "lengths and limits are not negative");
        return NULL;
    }
    Counter *self = (Counter *)PyType_GenericAlloc(type, 0);
    if (self == NULL)
        return NULL;
    self->characters = Py_NewRef(characters);
    self->normalize = Py_NewRef(normalize);
    self->lowercase = lowercase;
    self->is_verbatim = is_verbatim;
    self->min_length = min_length;
    self->max_length = max_length;
    self->limit = limit;
    if (!begin(self, known)) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

/* The callbacks may hold the counter: the garbage collector has to see such cycles. */
static int counter_traverse(PyObject *object, visitproc visit, void *arg)
{
    Counter *self = (Counter *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->characters);
    Py_VISIT(self->normalize);
    return 0;
}

static int counter_clear(PyObject *object)
{
    Counter *self = (Counter *)object;
    Py_CLEAR(self->characters);
    Py_CLEAR(self->normalize);
    return 0;
}

static void counter_dealloc(PyObject *object)
{
    Counter *self = (Counter *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    counter_clear(object);
    for (int i = 0; i < N_PAGES; i++)
        free(self->pages[i]);
    clear(&self->terms);
    clear(&self->memo);
    free(self->tally);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyMethodDef COUNTER_METHODS[] = {
    {"count", counter_count, METH_O, count_doc},
    {"numbers", counter_numbers, METH_O, numbers_doc},
    {"sequences", counter_sequences, METH_O, sequences_doc},
    {"terms", counter_terms, METH_O, terms_doc},
    {"__sizeof__", counter_sizeof, METH_NOARGS, sizeof_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(counter_doc, "Counts the terms of texts: the twin of PythonCounter in counting.py.");

static PyType_Slot COUNTER_SLOTS[] = {
    {Py_tp_doc, (void *)counter_doc},
    {Py_tp_new, (void *)counter_new},
    {Py_tp_traverse, (void *)counter_traverse},
    {Py_tp_clear, (void *)counter_clear},
    {Py_tp_dealloc, (void *)counter_dealloc},
    {Py_tp_methods, COUNTER_METHODS},
    {Py_sq_length, (void *)counter_length},
    {0, NULL},
};

static PyType_Spec COUNTER_SPEC = {
    .name = "lda_cli.corpus.terms._native.Counter",
    .basicsize = sizeof(Counter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = COUNTER_SLOTS,
};

/* ------------------------------------------------------------------ the module */

static int execute(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &COUNTER_SPEC, NULL);
    int done = type == NULL ? -1 : PyModule_AddObjectRef(module, "Counter", type);
    Py_XDECREF(type);
    return done;
}

/* The second slot is for a build without the limited API, or with that of 3.12: the headers of 3.11 do not have it, and
 * Python 3.11 refuses a module with a slot that it does not know. There is no Py_mod_gil: a counter that two threads
 * use depends on the GIL. */
static PyModuleDef_Slot SLOTS[] = {
    {Py_mod_exec, (void *)execute},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef MODULE = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_native",
    .m_doc = "The compiled counter of terms; see counting.py.",
    .m_slots = SLOTS,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&MODULE); }
