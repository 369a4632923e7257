/* SPDX-License-Identifier: Apache-2.0 */
/* ome.c: the OME-XML in a TIFF's description; wraps expat. */
#include <expat.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/stack.h"

typedef struct reading {
    XML_Parser parser;
    pel__stack *stack;
    const char *file;
    int depth, pixels_depth; // of the element; of the first Pixels, -1 not yet, 0 over
    int64_t samples;         // numbers of a pixel in a channel
    pel_status status;
} reading;

// the name without its namespace
static bool is(const XML_Char *name, const char *word)
{
    const char *colon = strrchr(name, ':');
    return strcmp(colon ? colon + 1 : name, word) == 0;
}

static const char *attribute(const XML_Char **attributes, const char *word)
{
    for (int i = 0; attributes[i]; i += 2)
        if (is(attributes[i], word))
            return attributes[i + 1];
    return NULL;
}

static int64_t integer(const XML_Char **attributes, const char *word, int64_t otherwise)
{
    int64_t value;
    const char *text = attribute(attributes, word);
    return text && pel__parse_integer(&value, text, 0, INT32_MAX) ? value : otherwise;
}

static void start_pixels(reading *r, const XML_Char **attributes)
{
    static const char axes[] = "ZCT";
    pel__stack *s = r->stack;
    const char *order = attribute(attributes, "DimensionOrder");
    char name[] = "SizeZ", physical[] = "PhysicalSizeX", unit[] = "PhysicalSizeXUnit";
    for (int a = 0; a < 3; a++) {
        name[4] = axes[a];
        s->size[a] = integer(attributes, name, 1);
        physical[12] = unit[12] = (char)('X' + a);
        const char *size = attribute(attributes, physical), *word = attribute(attributes, unit);
        if (size && pel__parse_number(&s->spacing[a], size) && s->spacing[a] > 0)
            s->unit_mm[a] = word ? pel__unit_mm(word) : 1e-3; // micrometres where nothing is said
    }
    if (order && strlen(order) == 5)
        memcpy(s->order, order + 2, 3);
    const char *seconds = attribute(attributes, "TimeIncrement");
    const char *of = attribute(attributes, "TimeIncrementUnit");
    if (seconds && (!of || strcmp(of, "s") == 0) && !pel__parse_number(&s->seconds, seconds))
        s->seconds = 0;
}

static void start_planes(reading *r, const XML_Char **attributes)
{
    pel__stack *s = r->stack;
    if (s->planes_count == s->planes_room) {
        int64_t room = s->planes_room ? 2 * s->planes_room : 64;
        r->status = pel__realloc(&s->planes, room, sizeof *s->planes, "the list of planes");
        if (r->status != PEL_OK) {
            XML_StopParser(r->parser, XML_FALSE);
            return;
        }
        s->planes_room = room;
    }
    // without a page it is one after the other from the first, all of them without a count
    bool says_page = attribute(attributes, "IFD");
    s->planes[s->planes_count++] = (pel__planes){
        .page = integer(attributes, "IFD", 0),
        .z = integer(attributes, "FirstZ", 0),
        .c = integer(attributes, "FirstC", 0),
        .t = integer(attributes, "FirstT", 0),
        .count = integer(attributes, "PlaneCount", says_page ? 1 : INT32_MAX),
    };
}

static void start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    reading *r = user;
    r->depth++;
    if (r->pixels_depth == -1 && is(name, "Pixels")) {
        r->pixels_depth = r->depth;
        r->stack->said_by = "OME-XML";
        start_pixels(r, attributes);
    }
    if (r->pixels_depth <= 0)
        return;
    if (is(name, "Channel") && r->samples == 0)
        r->samples = integer(attributes, "SamplesPerPixel", 1);
    if (is(name, "TiffData"))
        start_planes(r, attributes);
    const char *file = is(name, "UUID") ? attribute(attributes, "FileName") : NULL;
    const char *own = strrchr(r->file, '/');
    if (file && r->stack->planes_count && strcmp(file, own ? own + 1 : r->file) != 0) {
        r->stack->elsewhere = true;
        r->stack->planes_count--;
    }
}

static void end(void *user, const XML_Char *name)
{
    (void)name;
    reading *r = user;
    if (r->depth-- == r->pixels_depth)
        r->pixels_depth = 0;
}

pel_status pel__ome_parse(pel__stack *out, const char *text, const char *file)
{
    reading r = { .stack = out, .file = file, .pixels_depth = -1 };
    r.parser = XML_ParserCreate(NULL);
    if (!r.parser)
        return pel__fail(PEL_EMEMORY, "%s: no memory to read its OME-XML", file);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, start, end);
    size_t length = strlen(text);
    bool good = length < 1 << 30 && XML_Parse(r.parser, text, (int)length, 1) == XML_STATUS_OK;
    if (!good && r.status == PEL_OK) {
        pel__note("%s: its OME-XML is damaged (%s) and not used", file,
                  XML_ErrorString(XML_GetErrorCode(r.parser)));
        pel__stack_free(out);
    }
    XML_ParserFree(r.parser);
    // colours of a pixel count as channels in OME-XML
    if (r.samples > 1 && out->size[1] % r.samples == 0)
        out->size[1] /= r.samples;
    return r.status;
}
