/* SPDX-License-Identifier: Apache-2.0 */
/* ome.c: the OME-XML in a TIFF's description. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/stack.h"
#include "read/xml.h"

typedef struct reading {
    pel__stack *stack;
    const char *file;
    int depth, pixels_depth; // of the element; of the first Pixels, -1 not yet, 0 over
    int64_t samples;         // numbers of a pixel in a channel
} reading;

static int64_t integer(const char *const *attributes, const char *word, int64_t otherwise)
{
    int64_t value;
    const char *text = pel__xml_attribute(attributes, word);
    return text && pel__parse_integer(&value, text, 0, INT32_MAX) ? value : otherwise;
}

static void start_pixels(reading *r, const char *const *attributes)
{
    static const char axes[] = "ZCT";
    pel__stack *s = r->stack;
    const char *order = pel__xml_attribute(attributes, "DimensionOrder");
    char name[] = "SizeZ", physical[] = "PhysicalSizeX", unit[] = "PhysicalSizeXUnit";
    for (int a = 0; a < 3; a++) {
        name[4] = axes[a];
        s->size[a] = integer(attributes, name, 1);
        physical[12] = unit[12] = (char)('X' + a);
        const char *size = pel__xml_attribute(attributes, physical),
                   *word = pel__xml_attribute(attributes, unit);
        if (size && pel__parse_number(&s->spacing[a], size) && s->spacing[a] > 0)
            s->unit_mm[a] = word ? pel__unit_mm(word) : 1e-3; // micrometres where nothing is said
    }
    if (order && strlen(order) == 5)
        memcpy(s->order, order + 2, 3);
    const char *seconds = pel__xml_attribute(attributes, "TimeIncrement");
    const char *of = pel__xml_attribute(attributes, "TimeIncrementUnit");
    if (seconds && (!of || strcmp(of, "s") == 0) && !pel__parse_number(&s->seconds, seconds))
        s->seconds = 0;
}

static pel_status start_planes(reading *r, const char *const *attributes)
{
    pel__stack *s = r->stack;
    if (s->planes_count == s->planes_room) {
        int64_t room = s->planes_room ? 2 * s->planes_room : 64;
        pel_status status = pel__realloc(&s->planes, room, sizeof *s->planes, "the list of planes");
        if (status != PEL_OK)
            return status;
        s->planes_room = room;
    }
    // without a page it is one after the other from the first, all of them without a count
    bool says_page = pel__xml_attribute(attributes, "IFD");
    s->planes[s->planes_count++] = (pel__planes){
        .page = integer(attributes, "IFD", 0),
        .z = integer(attributes, "FirstZ", 0),
        .c = integer(attributes, "FirstC", 0),
        .t = integer(attributes, "FirstT", 0),
        .count = integer(attributes, "PlaneCount", says_page ? 1 : INT32_MAX),
    };
    return PEL_OK;
}

static pel_status start(void *user, const char *name, const char *const *attributes)
{
    reading *r = user;
    pel_status status = PEL_OK;
    r->depth++;
    if (r->pixels_depth == -1 && pel__xml_is(name, "Pixels")) {
        r->pixels_depth = r->depth;
        r->stack->said_by = "OME-XML";
        start_pixels(r, attributes);
    }
    if (r->pixels_depth <= 0)
        return PEL_OK;
    if (pel__xml_is(name, "Channel") && r->samples == 0)
        r->samples = integer(attributes, "SamplesPerPixel", 1);
    if (pel__xml_is(name, "TiffData"))
        status = start_planes(r, attributes);
    const char *file =
        pel__xml_is(name, "UUID") ? pel__xml_attribute(attributes, "FileName") : NULL;
    const char *own = strrchr(r->file, '/');
    if (file && r->stack->planes_count && strcmp(file, own ? own + 1 : r->file) != 0) {
        r->stack->elsewhere = true;
        r->stack->planes_count--;
    }
    return status;
}

static pel_status end(void *user, const char *name)
{
    (void)name;
    reading *r = user;
    if (r->depth-- == r->pixels_depth)
        r->pixels_depth = 0;
    return PEL_OK;
}

pel_status pel__ome_parse(pel__stack *out, const char *text, const char *file)
{
    reading r = { .stack = out, .file = file, .pixels_depth = -1 };
    const pel__xml calls = { &r, start, end, NULL };
    pel_status status = pel__xml_parse(&calls, text, (int64_t)strlen(text), true, file);
    if (status == PEL_EFORMAT) {
        pel__note("%s: its OME-XML is damaged and not used", file);
        pel__stack_free(out);
        status = PEL_OK;
    }
    // colours of a pixel count as channels in OME-XML
    if (r.samples > 1 && out->size[1] % r.samples == 0)
        out->size[1] /= r.samples;
    return status;
}
