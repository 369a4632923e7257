/* SPDX-License-Identifier: Apache-2.0 */
/* gifti.c: GIFTI 1.0 (Harwell, Bremen et al. 2011): points, triangles and numbers on them, as text,
 * base64, or base64 of zlib. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/coding.h"
#include "read/columns.h"
#include "read/meshes.h"
#include "read/xml.h"

enum { MOST_ARRAYS = 8192, WORD = 64, DEEPEST = 64 };

typedef enum encoding { ASCII, BASE64, GZIP } encoding;

/* one DataArray */
typedef struct data_array {
    char intent[WORD], name[WORD];
    pel__item item;
    int64_t size[6]; // along each dimension
    int dimensions;
    encoding encoding;
    bool big_endian, columns_first, of_triangles;
    uint8_t *bytes; // of the numbers, in the end; owned
    int64_t count;  // of bytes
} data_array;

/* where coordinates lie */
typedef struct space {
    char data[WORD], transformed[WORD];
    double matrix[16];
    bool has_matrix;
} space;

typedef struct gifti {
    pel_mesh *mesh;
    const char *file;
    bool head_only;
    data_array *array; // owned
    int arrays;
    space space; // of the points
    bool has_space;
    int depth;                // of elements
    bool in_array, in_labels; // within a DataArray, a LabelTable
    char key[WORD];           // the Name of an MD
    int32_t label;            // key of a Label
    uint8_t rgba[4];
    pel__text text; // of the element, but Data
    char *data;     // text of Data; owned
    int64_t data_count, data_room;
    bool in_data;
} gifti;

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    return memmem(head, (size_t)count, "<GIFTI", 6) ||
           (pel__ends_with(path, ".gii") && count > 5 && memcmp(head, "<?xml", 5) == 0);
}

static pel_status refuse(const gifti *g, const char *why)
{
    return pel__fail(PEL_EUNSUPPORTED, "%s: %s", g->file, why);
}

static data_array *last(gifti *g)
{
    return &g->array[g->arrays - 1];
}

/* ---- attributes ---- */

static void copy_attribute(char out[WORD], const char *const *attributes, const char *name)
{
    const char *text = pel__xml_attribute(attributes, name);
    snprintf(out, WORD, "%s", text ? text : "");
}

static pel__item item_of(const char *type)
{
    static const struct {
        const char *word;
        pel__item item;
    } all[] = { { "UINT8", PEL__ITEM_U8 },    { "INT8", PEL__ITEM_I8 },
                { "INT16", PEL__ITEM_I16 },   { "UINT16", PEL__ITEM_U16 },
                { "INT32", PEL__ITEM_I32 },   { "UINT32", PEL__ITEM_U32 },
                { "INT64", PEL__ITEM_I64 },   { "UINT64", PEL__ITEM_U64 },
                { "FLOAT32", PEL__ITEM_F32 }, { "FLOAT64", PEL__ITEM_F64 } };
    const char *word = strncmp(type, "NIFTI_TYPE_", 11) == 0 ? type + 11 : type;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(word, all[i].word) == 0)
            return all[i].item;
    return PEL__ITEM_NONE;
}

static bool parse_encoding(encoding *out, const char *word)
{
    static const char *const names[] = { "ASCII", "Base64Binary", "GZipBase64Binary" };
    for (int n = 0; n < 3; n++)
        if (strcmp(word, names[n]) == 0) {
            *out = (encoding)n;
            return true;
        }
    return false;
}

// numbers of all dimensions together, and of an item
static bool count_numbers(const data_array *a, int64_t *all, int64_t *channels)
{
    *channels = 1;
    for (int d = 1; d < a->dimensions; d++)
        if (!pel__multiply(channels, *channels, a->size[d]))
            return false;
    return pel__multiply(all, a->size[0], *channels);
}

static pel_status start_array(gifti *g, const char *const *attributes)
{
    char word[WORD];
    int64_t dimensions = 1;
    if (g->arrays == MOST_ARRAYS)
        return refuse(g, "has more than 8192 arrays");
    pel_status s = pel__realloc(&g->array, g->arrays + 1, sizeof *g->array, "the arrays of GIFTI");
    if (s != PEL_OK)
        return s;
    data_array *a = &g->array[g->arrays++];
    *a = (data_array){ .item = PEL__ITEM_NONE };
    g->in_array = true;
    copy_attribute(a->intent, attributes, "Intent");
    copy_attribute(word, attributes, "DataType");
    a->item = item_of(word);
    if (a->item == PEL__ITEM_NONE)
        return refuse(g, "an array is of a type that is not read");
    copy_attribute(word, attributes, "Encoding");
    if (!parse_encoding(&a->encoding, word))
        return refuse(g, "the data of an array lies in another file; workbench's wb_command "
                         "-gifti-convert GZIP_BASE64_BINARY puts it inside");
    copy_attribute(word, attributes, "Endian");
    a->big_endian = strcmp(word, "BigEndian") == 0;
    copy_attribute(word, attributes, "ArrayIndexingOrder");
    a->columns_first = strcmp(word, "ColumnMajorOrder") == 0;
    copy_attribute(word, attributes, "Dimensionality");
    if (!pel__parse_integer(&dimensions, word, 1, 6))
        return refuse(g, "an array has no number of dimensions from 1 to 6");
    a->dimensions = (int)dimensions;
    for (int d = 0; d < a->dimensions; d++) {
        char name[] = "Dim0";
        name[3] = (char)('0' + d);
        copy_attribute(word, attributes, name);
        if (!pel__parse_integer(&a->size[d], word, 0, INT32_MAX))
            return refuse(g, "an array does not say how long it is");
    }
    return PEL_OK;
}

static void start_label(gifti *g, const char *const *attributes)
{
    static const char *const parts[] = { "Red", "Green", "Blue", "Alpha" };
    const char *key = pel__xml_attribute(attributes, "Key");
    int64_t number;
    if (!key)
        key = pel__xml_attribute(attributes, "Index");
    g->label = key && pel__parse_integer(&number, key, INT32_MIN, INT32_MAX) ? (int32_t)number : 0;
    for (int c = 0; c < 4; c++) {
        const char *text = pel__xml_attribute(attributes, parts[c]);
        double value = 1;
        if (text && !pel__parse_number(&value, text))
            value = 1;
        g->rgba[c] = (uint8_t)pel__int_from(255 * value, 0, 255);
    }
}

static pel_status start(void *user, const char *name, const char *const *attributes)
{
    gifti *g = user;
    if (++g->depth > DEEPEST)
        return refuse(g, "its XML is nested too deep");
    g->text.length = 0;
    if (pel__xml_is(name, "DataArray"))
        return start_array(g, attributes);
    g->in_data = g->in_array && pel__xml_is(name, "Data");
    if (pel__xml_is(name, "LabelTable"))
        g->in_labels = true;
    if (pel__xml_is(name, "Label"))
        start_label(g, attributes);
    return PEL_OK;
}

/* ---- texts ---- */

static pel_status text(void *user, const char *bytes, int64_t count)
{
    gifti *g = user;
    if (!g->in_data) {
        if (g->text.length < 1 << 20)
            pel__text_add_bytes(&g->text, bytes, (size_t)count);
        return g->text.failed ? pel__fail(PEL_EMEMORY, "%s: no memory for a text", g->file)
                              : PEL_OK;
    }
    if (g->head_only)
        return PEL_OK;
    if (g->data_count + count + 1 > g->data_room) {
        int64_t room = (g->data_count + count + 1) / 2 * 3 + 4096;
        pel_status s = pel__realloc(&g->data, room, 1, "the data of an array");
        if (s != PEL_OK)
            return s;
        g->data_room = room;
    }
    memcpy(g->data + g->data_count, bytes, (size_t)count);
    g->data_count += count;
    g->data[g->data_count] = 0;
    return PEL_OK;
}

static pel_status short_data(const gifti *g, const data_array *a)
{
    return pel__fail(PEL_EFORMAT, "%s: the data of an array (%s) is damaged or cut short", g->file,
                     a->intent);
}

static pel_status inflate(gifti *g, data_array *a, const char *packed, int64_t size, int64_t wanted)
{
    pel__bytes *inner, *plain = NULL;
    pel_status s = pel__bytes_open_memory(&inner, packed, (size_t)size, g->file, NULL);
    if (s == PEL_OK)
        s = pel__bytes_unzlib(&plain, inner);
    if (s == PEL_OK)
        s = pel__bytes_need_new(plain, &a->bytes, wanted, "an array");
    pel__bytes_close(plain);
    return s;
}

static pel_status parse_digits(gifti *g, data_array *a, int64_t numbers)
{
    double *number;
    pel__whole words = { .bytes = (uint8_t *)g->data, .size = g->data_count, .name = g->file };
    pel_status s = pel__whole_numbers(&number, &words, numbers, "the data of an array");
    a->bytes = (uint8_t *)number;
    a->big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return s;
}

// the text of Data becomes bytes
static pel_status end_data(gifti *g)
{
    data_array *a = last(g);
    int64_t numbers, channels, wanted;
    if (g->head_only || a->bytes)
        return PEL_OK;
    if (!count_numbers(a, &numbers, &channels) ||
        !pel__multiply(&wanted, numbers, pel__item_bytes(a->item)))
        return short_data(g, a);
    if (numbers == 0)
        return PEL_OK;
    if (a->encoding == ASCII)
        return g->data ? parse_digits(g, a, numbers) : short_data(g, a);
    int64_t size = pel__base64_decode(g->data, g->data_count);
    a->count = wanted;
    if (size < 0 || (a->encoding == BASE64 && size < wanted))
        return short_data(g, a);
    if (a->encoding == GZIP)
        return inflate(g, a, g->data, size, wanted);
    pel_status s = pel__alloc(&a->bytes, wanted, 1, "an array");
    if (s == PEL_OK)
        memcpy(a->bytes, g->data, (size_t)wanted);
    return s;
}

static const char *trimmed(pel__text *text)
{
    char *at = text->text;
    if (!at || text->length == 0)
        return "";
    at[text->length] = 0;
    for (char *end = at + text->length; end > at && isspace((unsigned char)end[-1]); end--)
        end[-1] = 0;
    return at + strspn(at, " \t\r\n");
}

// what is said of the file or of its points is kept; names of arrays are their own
static pel_status end_value(gifti *g)
{
    const char *value = trimmed(&g->text);
    if (g->in_array && strcmp(g->key, "Name") == 0) {
        const char *slash = strrchr(value, '/');
        snprintf(last(g)->name, WORD, "%.63s", slash ? slash + 1 : value);
        return PEL_OK;
    }
    if (g->in_array && strcmp(g->key, "ItemsOf") == 0)
        last(g)->of_triangles = strcmp(value, "triangles") == 0;
    bool of_points = g->in_array && strcmp(last(g)->intent, "NIFTI_INTENT_POINTSET") == 0;
    if ((g->in_array && !of_points) || !*value)
        return PEL_OK;
    if (strcmp(g->key, "comment") == 0)
        return pel__mesh_say(g->mesh, value, (int64_t)strlen(value));
    pel__text line = { 0 };
    pel__text_add(&line, "%s: %s", g->key, value);
    pel_status s = line.failed ? pel__fail(PEL_EMEMORY, "%s: no memory for a text", g->file)
                               : pel__mesh_say(g->mesh, line.text, (int64_t)line.length);
    pel__text_free(&line);
    return s;
}

static pel_status end_matrix(gifti *g)
{
    char *at = g->text.length ? g->text.text : (char[]){ "" };
    if (g->text.length)
        g->text.text[g->text.length] = 0;
    for (int i = 0; i < 16; i++) {
        char *word = pel__cut_word(&at);
        if (!word || !pel__word_number(&g->space.matrix[i], word) || !isfinite(g->space.matrix[i]))
            return pel__fail(PEL_EFORMAT, "%s: a matrix of coordinates has no 16 numbers", g->file);
    }
    g->space.has_matrix = true;
    return PEL_OK;
}

// the first system of the first points counts
static pel_status end_of_system(gifti *g, const char *name)
{
    if (!g->in_array || g->has_space || strcmp(last(g)->intent, "NIFTI_INTENT_POINTSET") != 0)
        return PEL_OK;
    if (pel__xml_is(name, "DataSpace"))
        snprintf(g->space.data, WORD, "%.63s", trimmed(&g->text));
    else if (pel__xml_is(name, "TransformedSpace"))
        snprintf(g->space.transformed, WORD, "%.63s", trimmed(&g->text));
    else if (pel__xml_is(name, "MatrixData"))
        return end_matrix(g);
    else
        g->has_space = pel__xml_is(name, "CoordinateSystemTransformMatrix");
    return PEL_OK;
}

static pel_status end(void *user, const char *name)
{
    gifti *g = user;
    pel_status s = PEL_OK;
    g->depth--;
    if (pel__xml_is(name, "Data") && g->in_data) {
        s = end_data(g);
        g->in_data = false;
        g->data_count = 0;
    } else if (pel__xml_is(name, "DataArray"))
        g->in_array = false;
    else if (pel__xml_is(name, "Name"))
        snprintf(g->key, WORD, "%.63s", trimmed(&g->text));
    else if (pel__xml_is(name, "Value"))
        s = end_value(g);
    else if (pel__xml_is(name, "LabelTable"))
        g->in_labels = false;
    else if (pel__xml_is(name, "Label") && g->in_labels)
        s = pel_mesh_add_label(g->mesh, g->label, trimmed(&g->text), g->rgba);
    else
        s = end_of_system(g, name);
    g->text.length = 0;
    return s;
}

/* ---- from arrays to a mesh ---- */

static bool means(const data_array *a, const char *intent)
{
    return strncmp(a->intent, "NIFTI_INTENT_", 13) == 0 && strcmp(a->intent + 13, intent) == 0;
}

static const data_array *find(const gifti *g, const char *intent)
{
    for (int i = 0; i < g->arrays; i++)
        if (means(&g->array[i], intent))
            return &g->array[i];
    return NULL;
}

// rows one after the other, where the file has columns
static pel_status turn_columns(data_array *a)
{
    int64_t numbers, channels;
    int size = a->encoding == ASCII ? 8 : pel__item_bytes(a->item);
    uint8_t *turned;
    if (!a->columns_first || a->dimensions < 2 || !a->bytes ||
        !count_numbers(a, &numbers, &channels))
        return PEL_OK;
    pel_status s = pel__alloc(&turned, numbers, size, "an array");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < numbers; i++)
        memcpy(turned + i * size, a->bytes + (i % channels * a->size[0] + i / channels) * size,
               (size_t)size);
    pel__free(a->bytes);
    a->bytes = turned;
    return PEL_OK;
}

static pel__numbers column_of(const data_array *a)
{
    int64_t numbers, channels;
    count_numbers(a, &numbers, &channels);
    pel__numbers c = { .name = a->name, .items = a->size[0], .bytes = a->bytes, .item = a->item };
    c.channels = channels <= INT32_MAX ? (int)channels : INT32_MAX;
    c.declared = a->item;
    c.big_endian = a->big_endian;
    if (a->encoding == ASCII)
        c.item = PEL__ITEM_F64;
    c.role = means(a, "RGB_VECTOR") || means(a, "RGBA_VECTOR")       ? PEL__COLUMN_COLOURS
             : means(a, "VECTOR") && strcmp(a->name, "normals") == 0 ? PEL__COLUMN_NORMALS
                                                                     : PEL__COLUMN_NUMBERS;
    return c;
}

static pel_status add_triangles(gifti *g, const data_array *a)
{
    pel__numbers c = column_of(a);
    if (a->dimensions != 2 || a->size[1] != 3)
        return refuse(g, "its triangles have no three corners");
    pel_status s = pel__mesh_resize(g->mesh, g->mesh->points, c.items);
    for (int64_t i = 0; i < 3 * c.items && s == PEL_OK; i++) {
        double corner = pel__item_get(c.bytes + i * pel__item_bytes(c.item), c.item, c.big_endian);
        g->mesh->triangle[i / 3][i % 3] = (int32_t)pel__int_from(corner, -1, INT32_MAX);
    }
    return s;
}

static pel_status add_points(gifti *g, const data_array *a)
{
    pel__numbers c = column_of(a);
    if (a->dimensions != 2 || a->size[1] != 3)
        return refuse(g, "its points have no three coordinates");
    return pel__mesh_set_points(g->mesh, &c);
}

// numbers alone: as many points as the longest array has, at zero
static pel_status add_no_points(gifti *g)
{
    int64_t most = 0;
    for (int i = 0; i < g->arrays; i++)
        most = g->array[i].size[0] > most ? g->array[i].size[0] : most;
    pel_status s = pel__mesh_resize(g->mesh, most, 0);
    g->mesh->placeless = true;
    if (s == PEL_OK && most)
        memset(g->mesh->point_mm, 0, (size_t)most * sizeof *g->mesh->point_mm);
    return s;
}

static bool is_known(const char *space)
{
    return strncmp(space, "NIFTI_XFORM_", 12) == 0 && strcmp(space, "NIFTI_XFORM_UNKNOWN") != 0;
}

// a space with a name is RAS mm; one without is brought to one that has
static pel_status place(gifti *g)
{
    pel_mesh *mesh = g->mesh;
    const double *m = g->space.matrix;
    static const char unknown[] = "coordinates: mm of a space that the file does not name";
    mesh->oriented = is_known(g->space.data) || is_known(g->space.transformed);
    if (!mesh->oriented && mesh->comment && strstr(mesh->comment, "coordinates: "))
        return PEL_OK; // said already
    if (!mesh->oriented)
        return pel__mesh_say(mesh, unknown, (int64_t)strlen(unknown));
    if (is_known(g->space.data) || !g->space.has_matrix)
        return PEL_OK;
    for (int64_t i = 0; i < mesh->points; i++) {
        float *p = mesh->point_mm[i];
        const double from[] = { (double)p[0], (double)p[1], (double)p[2] };
        for (int r = 0; r < 3; r++)
            p[r] = (float)(m[4 * r] * from[0] + m[4 * r + 1] * from[1] + m[4 * r + 2] * from[2] +
                           m[4 * r + 3]);
    }
    return PEL_OK;
}

// moments, one array each, become the channels of one
static pel_status add_series(gifti *g)
{
    int64_t count = 0, points = g->mesh->points;
    float *to;
    for (int i = 0; i < g->arrays; i++)
        count += means(&g->array[i], "TIME_SERIES") && g->array[i].size[0] == points;
    if (count == 0)
        return PEL_OK;
    int channels = (int)count;
    pel_status s =
        pel_mesh_add_array(g->mesh, "time_series", PEL_ARRAY_VALUES, false, channels, &to);
    for (int i = 0, channel = 0; i < g->arrays && s == PEL_OK; i++) {
        const data_array *a = &g->array[i];
        pel__numbers c = column_of(a);
        if (!means(a, "TIME_SERIES") || c.items != points || !c.bytes)
            continue;
        for (int64_t n = 0; n < points; n++)
            to[n * channels + channel] = (float)pel__item_get(
                c.bytes + n * c.channels * pel__item_bytes(c.item), c.item, c.big_endian);
        channel++;
    }
    return s;
}

static pel_status add_numbers(gifti *g, const data_array *a)
{
    pel__numbers c = column_of(a);
    const pel_mesh *mesh = g->mesh;
    if (means(a, "NODE_INDEX"))
        return refuse(g, "its numbers are of some points only, which is not read");
    c.per_triangle = a->of_triangles || (c.items != mesh->points && c.items == mesh->triangles);
    int64_t wanted = c.per_triangle ? mesh->triangles : mesh->points;
    if (c.items != wanted) {
        pel__note("%s: the array '%s' has %lld items for %lld points and is left out", g->file,
                  a->name, (long long)c.items, (long long)mesh->points);
        return PEL_OK;
    }
    if (c.channels == 0)
        return PEL_OK;
    return pel__mesh_add_column(g->mesh, &c, g->file);
}

static pel_status assemble(gifti *g)
{
    const data_array *points = find(g, "POINTSET"), *triangles = find(g, "TRIANGLE");
    pel_status s = PEL_OK;
    for (int i = 0; i < g->arrays && s == PEL_OK; i++) {
        s = turn_columns(&g->array[i]);
        if (s == PEL_OK && !g->array[i].bytes && g->array[i].size[0])
            s = short_data(g, &g->array[i]);
    }
    if (s == PEL_OK)
        s = points ? add_points(g, points) : add_no_points(g);
    if (s == PEL_OK && triangles && points)
        s = add_triangles(g, triangles);
    if (s == PEL_OK && points)
        s = place(g);
    if (s == PEL_OK)
        s = add_series(g);
    for (int i = 0; i < g->arrays && s == PEL_OK; i++) {
        const data_array *a = &g->array[i];
        if (means(a, "POINTSET") || means(a, "TRIANGLE")) {
            if (a != points && a != triangles)
                pel__note("%s: its further points and triangles are left out", g->file);
        } else if (!means(a, "TIME_SERIES"))
            s = add_numbers(g, a);
    }
    return s;
}

static pel_status parse(gifti *g, pel__bytes *bytes)
{
    pel__whole file;
    const pel__xml calls = { g, start, end, text };
    g->file = bytes->name;
    pel_status s = pel__whole_read(&file, bytes);
    if (s == PEL_OK)
        s = pel__xml_parse(&calls, file.bytes, file.size, true, g->file);
    pel__whole_free(&file);
    if (s == PEL_OK && g->arrays == 0)
        s = pel__fail(PEL_EFORMAT, "%s: is GIFTI without any array", g->file);
    return s;
}

static void free_all(gifti *g)
{
    for (int i = 0; i < g->arrays; i++)
        pel__free(g->array[i].bytes);
    pel__free(g->array);
    pel__free(g->data);
    pel__text_free(&g->text);
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    gifti g = { .mesh = out };
    pel_status s = parse(&g, bytes);
    if (s == PEL_OK)
        s = assemble(&g);
    free_all(&g);
    return s;
}

static pel_status head(pel_mesh *out, pel__bytes *bytes, int64_t *points, int64_t *faces)
{
    gifti g = { .mesh = out, .head_only = true };
    pel_status s = parse(&g, bytes);
    const data_array *of_points = find(&g, "POINTSET"), *triangles = find(&g, "TRIANGLE");
    *points = of_points ? of_points->size[0] : 0;
    *faces = triangles ? triangles->size[0] : 0;
    for (int i = 0; i < g.arrays && s == PEL_OK; i++) {
        char name[WORD];
        pel__numbers c = column_of(&g.array[i]);
        snprintf(name, sizeof name, "%d", i);
        if (!of_points && c.items > *points)
            *points = c.items;
        if (&g.array[i] != of_points && &g.array[i] != triangles && c.channels < 4096 && i < 256)
            s = pel_mesh_add_array(out, name, PEL_ARRAY_VALUES, false, c.channels ? c.channels : 1,
                                   NULL);
    }
    free_all(&g);
    return s;
}

const pel__mesh_format pel__gifti = { "GIFTI", { ".gii" }, is, read, head, 4 };
