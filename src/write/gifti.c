/* SPDX-License-Identifier: Apache-2.0 */
/* gifti.c: GIFTI 1.0: numbers as base64 of zlib, or as text. */
#include <ctype.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "write/meshes.h"
#include "write/stream.h"

enum { LEVEL = 5 };

/* what an element DataArray says */
typedef struct data_array {
    const char *intent, *type, *name; // name NULL: none
    int64_t items;
    int channels, item;
    const void *numbers;
    bool of_triangles;
} data_array;

static void put_entry(pel__text *to, const char *name, size_t length, const char *value)
{
    pel__text part = { 0 };
    pel__text_add_bytes(&part, name, length);
    pel__text_add(to, "<MD><Name>");
    pel__text_add_xml(to, part.text ? part.text : "");
    pel__text_add(to, "</Name><Value>");
    pel__text_add_xml(to, value);
    pel__text_add(to, "</Value></MD>\n");
    to->failed = to->failed || part.failed;
    pel__text_free(&part);
}

// "Key: value" is an entry of its own, as GIFTI has them; other words are comments
static size_t key_length(const char *line)
{
    size_t length = 0;
    while (isalnum((unsigned char)line[length]) || line[length] == '_' || line[length] == '-')
        length++;
    return length && line[length] == ':' && line[length + 1] == ' ' ? length : 0;
}

static void put_words(pel__mesh_writing *w)
{
    pel__text lines = { 0 }, out = { 0 };
    pel__mesh_lines(&lines, "", w->mesh, w->provenance);
    pel__text_add(&out, "<MetaData>\n");
    for (char *line = lines.text; line && *line;) {
        char *end = strchr(line, '\n');
        *end = 0;
        size_t key = key_length(line);
        bool made = w->provenance && strcmp(line, w->provenance) == 0;
        if (key && !made)
            put_entry(&out, line, key, line + key + 2);
        else
            put_entry(&out, "comment", 7, line);
        line = end + 1;
    }
    pel__text_add(&out, "</MetaData>\n");
    out.failed = out.failed || lines.failed;
    pel__text_free(&lines);
    pel__sink_all(w->to, &out);
}

static void put_labels(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    pel__text out = { 0 };
    pel__text_add(&out, "<LabelTable>\n");
    for (int i = 0; i < mesh->label_count; i++) {
        const pel_label *label = &mesh->label[i];
        static const char *const parts[] = { "Red", "Green", "Blue", "Alpha" };
        pel__text_add(&out, "<Label Key=\"%d\"", label->key);
        for (int c = 0; c < 4; c++) {
            char number[PEL__NUMBER];
            pel__print_float(number, (float)label->rgba[c] / 255);
            pel__text_add(&out, " %s=\"%s\"", parts[c], number);
        }
        pel__text_add(&out, ">");
        pel__text_add_xml(&out, label->name);
        pel__text_add(&out, "</Label>\n");
    }
    pel__text_add(&out, "</LabelTable>\n");
    pel__sink_all(w->to, &out);
}

static void put_packed(pel__mesh_writing *w, const data_array *a)
{
    int64_t size = a->items * a->channels * a->item, length, room = pel__zlib_room(size);
    void *packed;
    pel_status s = pel__alloc(&packed, room + 1, 1, "packed numbers");
    if (s == PEL_OK)
        s = pel__zlib_pack(&length, packed, room, a->numbers, size, LEVEL);
    if (s == PEL_OK)
        pel__sink_base64(w->to, packed, length);
    else if (w->to->status == PEL_OK)
        w->to->status = s;
    pel__free(packed);
}

static void put_text(pel__mesh_writing *w, const data_array *a)
{
    bool is_float = strcmp(a->type, "FLOAT32") == 0;
    for (int64_t i = 0; i < a->items * a->channels && w->to->status == PEL_OK; i++) {
        if (is_float)
            pel__sink_float(w->to, ((const float *)a->numbers)[i]);
        else
            pel__sink_text(w->to, "%d",
                           a->item == 1 ? ((const uint8_t *)a->numbers)[i]
                                        : ((const int32_t *)a->numbers)[i]);
        pel__sink_u8(w->to, (i + 1) % a->channels ? ' ' : '\n');
    }
}

// a space of scanner coordinates, or an unknown one, to itself
static void put_space(pel__mesh_writing *w)
{
    const char *space = w->mesh->oriented ? "NIFTI_XFORM_SCANNER_ANAT" : "NIFTI_XFORM_UNKNOWN";
    pel__sink_text(w->to,
                   "<CoordinateSystemTransformMatrix>\n<DataSpace>%s</DataSpace>\n"
                   "<TransformedSpace>%s</TransformedSpace>\n<MatrixData>1 0 0 0 0 1 0 0 0 0 1 0 "
                   "0 0 0 1</MatrixData>\n</CoordinateSystemTransformMatrix>\n",
                   space, space);
}

static void put_array(pel__mesh_writing *w, const data_array *a)
{
    pel__text head = { 0 };
    bool flat = a->channels == 1;
    pel__text_add(&head,
                  "<DataArray Intent=\"NIFTI_INTENT_%s\" DataType=\"NIFTI_TYPE_%s\" "
                  "ArrayIndexingOrder=\"RowMajorOrder\" Dimensionality=\"%d\" Dim0=\"%lld\"",
                  a->intent, a->type, flat ? 1 : 2, (long long)a->items);
    if (!flat)
        pel__text_add(&head, " Dim1=\"%d\"", a->channels);
    pel__text_add(&head,
                  " Encoding=\"%s\" Endian=\"%s\" ExternalFileName=\"\" ExternalFileOffset=\"\">\n",
                  w->params->ascii ? "ASCII" : "GZipBase64Binary",
                  __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "BigEndian" : "LittleEndian");
    pel__text_add(&head, "<MetaData>\n");
    if (a->name)
        put_entry(&head, "Name", 4, a->name);
    if (a->of_triangles)
        put_entry(&head, "ItemsOf", 7, "triangles");
    pel__text_add(&head, "</MetaData>\n");
    pel__sink_all(w->to, &head);
    if (strcmp(a->intent, "POINTSET") == 0)
        put_space(w);
    pel__sink_text(w->to, "<Data>");
    if (w->params->ascii)
        put_text(w, a);
    else
        put_packed(w, a);
    pel__sink_text(w->to, "</Data>\n</DataArray>\n");
}

// moments are arrays of their own, as programs for them expect
static pel_status put_series(pel__mesh_writing *w, const pel_array *a)
{
    float *moment;
    pel_status s = pel__alloc(&moment, w->mesh->points + 1, sizeof *moment, "a moment");
    for (int c = 0; c < a->channels && s == PEL_OK; c++) {
        for (int64_t i = 0; i < w->mesh->points; i++)
            moment[i] = ((const float *)a->data)[i * a->channels + c];
        data_array one = { "TIME_SERIES", "FLOAT32", NULL, w->mesh->points, 1, 4, moment, false };
        put_array(w, &one);
    }
    pel__free(moment);
    return s;
}

static bool is_series(const pel_array *a)
{
    return a->kind == PEL_ARRAY_VALUES && a->channels > 1 && !a->per_triangle &&
           strcmp(a->name, "time_series") == 0;
}

static void put_numbers(pel__mesh_writing *w, const pel_array *a)
{
    const pel_mesh *mesh = w->mesh;
    data_array d = { .name = a->name, .channels = a->channels, .item = 4, .numbers = a->data };
    d.items = a->per_triangle ? mesh->triangles : mesh->points;
    d.of_triangles = a->per_triangle;
    d.type = a->kind == PEL_ARRAY_LABELS    ? "INT32"
             : a->kind == PEL_ARRAY_COLOURS ? "UINT8"
                                            : "FLOAT32";
    d.item = a->kind == PEL_ARRAY_COLOURS ? 1 : 4;
    d.intent = a->kind == PEL_ARRAY_COLOURS   ? a->channels == 3 ? "RGB_VECTOR" : "RGBA_VECTOR"
               : a->kind == PEL_ARRAY_NORMALS ? "VECTOR"
               : a->kind == PEL_ARRAY_LABELS  ? mesh->label_count ? "LABEL" : "NONE"
               : a->channels == 1             ? "SHAPE"
                                              : "NONE";
    put_array(w, &d);
}

static pel_status write(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    int count = (mesh->placeless ? 0 : 1) + (mesh->triangles > 0);
    for (int i = 0; i < mesh->arrays; i++)
        count += is_series(&mesh->array[i]) ? mesh->array[i].channels : 1;
    pel__sink_text(w->to,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<!DOCTYPE GIFTI SYSTEM \"http://www.nitrc.org/frs/download.php/115/gifti.dtd\">"
                   "\n<GIFTI Version=\"1.0\" NumberOfDataArrays=\"%d\">\n",
                   count);
    put_words(w);
    put_labels(w);
    data_array points = { "POINTSET", "FLOAT32", NULL, mesh->points, 3, 4, mesh->point_mm, false };
    data_array corners = {
        "TRIANGLE", "INT32", NULL, mesh->triangles, 3, 4, mesh->triangle, false
    };
    if (!mesh->placeless)
        put_array(w, &points);
    if (mesh->triangles)
        put_array(w, &corners);
    pel_status s = PEL_OK;
    for (int i = 0; i < mesh->arrays && s == PEL_OK; i++) {
        if (is_series(&mesh->array[i]))
            s = put_series(w, &mesh->array[i]);
        else
            put_numbers(w, &mesh->array[i]);
    }
    pel__sink_text(w->to, "</GIFTI>\n");
    return s != PEL_OK ? s : w->to->status;
}

const pel__mesh_writer pel__write_gifti = { "GIFTI",
                                            { ".gii" },
                                            PEL__HOLDS_POINT_ARRAYS |
                                                PEL__HOLDS_POINT_ARRAYS << PEL__OF_TRIANGLES |
                                                PEL__HOLDS_CLOUDS | PEL__HOLDS_NAMES |
                                                PEL__HOLDS_NO_POINTS | PEL__HOLDS_MADE,
                                            write };
