/* SPDX-License-Identifier: Apache-2.0 */
/* cortex_report.c: all numbers and pictures of a run of cortex, for programs and for people. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "pipeline/cortex.h"
#include "write/sink.h"

/* ---- JSON ---- */

static void add_stage(pel__text *to, const pel__stage *stage)
{
    pel__text_add(to, "    {\"step\": \"%s\", \"files\": [", stage->name);
    for (int i = 0; i < stage->files; i++)
        pel__text_add(to, "%s\"%s\"", i ? ", " : "", stage->file[i].name);
    pel__text_add(to, "], \"found\": {");
    for (int i = 0; i < stage->numbers; i++)
        pel__text_add(to, "%s\"%s\": %s", i ? ", " : "", stage->number[i].name,
                      stage->number[i].value);
    pel__text_add(to, "}}");
}

char *pel__cortex_json(const pel__cortex *w)
{
    pel__text text = { 0 };
    pel__text_add(&text, "{\n  \"command\": \"cortex\", \"version\": \"%s\",\n  \"volumes\": %d,\n",
                  pel_version(), w->count);
    pel__text_add(&text, "  \"made\": %s,\n  \"steps\": [\n",
                  w->provenance ? w->provenance : "null");
    for (int i = 0; i < w->stages.count; i++) {
        if (strcmp(w->stages.stage[i].name, "report") == 0)
            continue;
        pel__text_add(&text, "%s", i ? ",\n" : "");
        add_stage(&text, &w->stages.stage[i]);
    }
    pel__text_add(&text, "\n  ]\n}\n");
    if (text.failed)
        pel__text_free(&text);
    return text.text;
}

/* ---- HTML ---- */

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<title>Flat maps of the cortex</title>\n<style>\n"
    ":root { color-scheme: light dark; --quiet: #555; --line: #ddd; --code: #f1f1f1 }\n"
    "@media (prefers-color-scheme: dark) { :root { --quiet: #b5b5b5; --line: #444; --code: #333 } "
    "}\n"
    "body { font: 15px/1.5 system-ui, sans-serif; max-width: 1180px; margin: 2em auto; padding: 0 "
    "1em }\n"
    "h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }\n"
    ".pictures { display: grid; gap: 1em; "
    "grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)) }\n"
    "figure { margin: 0; max-width: 840px }\n"
    "img { max-width: 100%; height: auto; border: 1px solid var(--line) }\n"
    "figcaption { color: var(--quiet); font-size: 0.9em }\n"
    "table { border-collapse: collapse } td { padding: 0.15em 0.9em 0.15em 0; vertical-align: top "
    "}\n"
    ".numbers td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums }\n"
    ".numbers td + td { white-space: nowrap } a, p { overflow-wrap: anywhere }\n"
    "code { background: var(--code); padding: 0 0.2em }\n"
    "</style></head><body>\n<h1>Flat maps of the cortex</h1>\n";

/* a number of a step as people read it */
typedef struct row {
    const char *step, *number, *words, *unit;
    double times;
    int digits;
} row;

static const row rows[] = {
    { "brain", "volume_mm3", "volume of the brain's mask", "ml", 1e-3, 0 },
    { "brain", "score", "how sure the mask is (look at it below 0.6)", "", 1, 2 },
    { "surface", "area_mm2", "area of the surface", "cm\u00b2", 1e-2, 0 },
    { "flat", "x_mm", "middle of the patch, right", "mm", 1, 1 },
    { "flat", "y_mm", "middle of the patch, anterior", "mm", 1, 1 },
    { "flat", "z_mm", "middle of the patch, superior", "mm", 1, 1 },
    { "flat", "area_mm2", "area of the patch", "cm\u00b2", 1e-2, 1 },
    { "grid", "mm_per_pixel", "edge of a pixel", "mm", 1, 3 },
    { "flat", "distance_mean_error", "distances of 5 to 25 mm are wrong by, on average", "%", 100,
      2 },
    { "flat", "distance_worst", "at worst", "%", 100, 1 },
    { "flat", "area_rms", "areas are wrong by (root mean square)", "%", 100, 2 },
    { "flat", "stretch_spread", "most over least stretch (ln)", "", 1, 3 },
    { "flat", "stretch_spread_bound", "what no map of a cap so curved can be below", "", 1, 3 },
    { "flat", "flips", "turned triangles", "", 1, 0 },
    { "vessels", "volume_mm3", "volume of the vessels in the head", "ml", 1e-3, 1 },
    { "vessels", "length_mm", "length of their centre lines", "m", 1e-3, 2 },
    { "vessels", "tissue_beyond", "brain that stands out more than they do", "%", 100, 1 },
    { "vessel_map", "length_mm", "of which on the map", "mm", 1, 0 },
    { "vessel_map", "area_mm2", "area that they cover on the map", "cm\u00b2", 1e-2, 2 },
};

static void put_rows(pel__sink *to, const pel__cortex *w)
{
    pel__sink_text(to, "<table class=\"numbers\">\n");
    for (int i = 0; i < (int)(sizeof rows / sizeof *rows); i++) {
        double value = pel__stages_value(&w->stages, rows[i].step, rows[i].number);
        if (!isnan(value))
            pel__sink_text(to, "<tr><td>%s</td><td>%.*f</td><td>%s</td></tr>\n", rows[i].words,
                           rows[i].digits, rows[i].times * value, rows[i].unit);
    }
    pel__sink_text(to, "</table>\n");
}

static pel_status put_bytes(pel__sink *to, const char *path)
{
    FILE *file = fopen(path, "rbe");
    uint8_t *bytes = NULL;
    // a multiple of three, so that the pieces join
    enum { PIECE = 3 << 18 };
    pel_status s = file ? pel__alloc(&bytes, PIECE, 1, "a report")
                        : pel__outfile_errno(path, "cannot be read");
    for (size_t got; s == PEL_OK && (got = fread(bytes, 1, PIECE, file)) > 0;)
        pel__sink_base64(to, bytes, (int64_t)got);
    if (file)
        fclose(file);
    pel__free(bytes);
    return s;
}

static pel_status put_picture(pel__sink *to, const pel__cortex *w, const char *name,
                              const char *words)
{
    char *path = pel__stages_path(&w->stages, name);
    if (!path)
        return pel__fail(PEL_EMEMORY, "no memory for a name");
    pel__sink_text(to, "<figure><a href=\"%s\"><img alt=\"%s\" src=\"data:image/png;base64,", name,
                   words);
    pel_status s = put_bytes(to, path);
    pel__sink_text(to, "\"></a><figcaption>%s</figcaption></figure>\n", words);
    free(path);
    return s;
}

static bool has_file(const pel__cortex *w, const char *name)
{
    for (int i = 0; i < w->stages.count; i++)
        for (int f = 0; f < w->stages.stage[i].files; f++)
            if (strcmp(w->stages.stage[i].file[f].name, name) == 0)
                return true;
    return false;
}

static pel_status put_if_there(pel__sink *to, const pel__cortex *w, const char *name,
                               const char *words)
{
    return has_file(w, name) ? put_picture(to, w, name, words) : PEL_OK;
}

static pel_status put_maps(pel__sink *to, const pel__cortex *w)
{
    pel_status s = PEL_OK;
    for (int n = 1; n <= w->count && s == PEL_OK; n++) {
        char name[48];
        char words[96];
        pel__sink_text(to, "<h2>Volume %d</h2>\n<div class=\"pictures\">\n", n);
        snprintf(name, sizeof name, "map%d.png", n);
        snprintf(words, sizeof words, "volume %d on the flat map; numbers: map%d.tif", n, n);
        s = put_picture(to, w, name, words);
        snprintf(name, sizeof name, "view%d.png", n);
        snprintf(words, sizeof words, "volume %d seen from outside, unlit; numbers: view%d.tif", n,
                 n);
        if (s == PEL_OK)
            s = put_picture(to, w, name, words);
        pel__sink_text(to, "</div>\n");
    }
    return s;
}

static pel_status put_vessels(pel__sink *to, const pel__cortex *w)
{
    if (!has_file(w, "map_vesselness.png"))
        return PEL_OK;
    pel__sink_text(to, "<h2>Vessels</h2>\n");
    if (pel__stages_value(&w->stages, "vessels", "shown") == 0)
        pel__sink_text(to,
                       "<p><b>None are shown:</b> %.0f%% of the brain stands out more than what "
                       "was found, so that is taken as tissue. A plain T1 without contrast shows "
                       "no vessels; name a volume that does by <code>--vessels</code>.</p>\n",
                       100 * pel__stages_value(&w->stages, "vessels", "tissue_beyond"));
    else if (pel__stages_value(&w->stages, "vessels", "tissue_beyond") > 0.1)
        pel__sink_text(to, "<p><b>Doubtful:</b> much of the brain stands out more than what was "
                           "found; does this volume show vessels at all?</p>\n");
    pel__sink_text(to, "<div class=\"pictures\">\n");
    pel_status s = put_if_there(to, w, "map_vessels.png",
                                "vessels found in three dimensions, laid on the map");
    if (s == PEL_OK)
        s = put_picture(to, w, "map_vesselness.png",
                        "the greatest response of the filter over the depths");
    pel__sink_text(to, "</div>\n");
    return s;
}

static void put_files(pel__sink *to, const pel__cortex *w)
{
    pel__sink_text(to, "<h2>Files</h2>\n<table>\n");
    for (int i = 0; i < w->stages.count; i++) {
        const pel__stage *stage = &w->stages.stage[i];
        if (!stage->files)
            continue;
        pel__sink_text(to, "<tr><td>%s</td><td>", stage->name);
        for (int f = 0; f < stage->files; f++)
            pel__sink_text(to, "%s<a href=\"%s\">%s</a>", f ? ", " : "", stage->file[f].name,
                           stage->file[f].name);
        pel__sink_text(to, "</td></tr>\n");
    }
    pel__sink_text(to,
                   "<tr><td>report</td><td><a href=\"report.json\">report.json</a></td></tr>\n"
                   "</table>\n<p>position.tif holds the place of each pixel of the maps in mm "
                   "(RAS), map1_voxel.tif its voxel; <code>pellucid flatten flat.ply --back</code> "
                   "takes points and labels from the map to the head, and back.</p>\n");
}

static pel_status put_all(pel__sink *to, const pel__cortex *w)
{
    pel__sink_bytes(to, head, sizeof head - 1);
    if (!pel__cortex_oriented(w))
        pel__sink_text(to, "<p><b>Which side is left is not known</b>, as the file does not say: "
                           "axes are taken as they are stored, and right, anterior and superior "
                           "below are no more than their names. <code>--assume</code> declares "
                           "them.</p>\n");
    put_rows(to, w);
    pel__sink_text(to, "<h2>Where</h2>\n<div class=\"pictures\">\n");
    pel_status s = put_picture(to, w, "place.png", "the patch on the surface");
    if (s == PEL_OK)
        s = put_picture(to, w, "distortion.png", "what laying it flat does to areas");
    pel__sink_text(to, "</div>\n");
    if (s == PEL_OK)
        s = put_maps(to, w);
    if (s == PEL_OK)
        s = put_vessels(to, w);
    if (s == PEL_OK && has_file(w, "brain_check.png"))
        pel__sink_text(to, "<h2>Brain</h2>\n");
    if (s == PEL_OK)
        s = put_if_there(to, w, "brain_check.png", "the outline of the brain's mask, in red");
    put_files(to, w);
    pel__sink_text(to, "<p>pellucid %s</p>\n</body></html>\n", pel_version());
    return s;
}

pel_status pel__cortex_html(pel__cortex *w, const char *name)
{
    pel__sink *to;
    char *path = pel__stages_path(&w->stages, name);
    pel_status s = pel__alloc_zero(&to, 1, sizeof *to, "a report");
    if (s != PEL_OK || !path) {
        free(path);
        pel__free(s == PEL_OK ? to : NULL);
        return s == PEL_OK ? pel__fail(PEL_EMEMORY, "no memory for a report") : s;
    }
    s = pel__sink_open(to, path);
    if (s == PEL_OK)
        s = put_all(to, w);
    if (s == PEL_OK)
        s = pel__sink_commit(to);
    pel__sink_close(to);
    pel__free(to);
    free(path);
    return s == PEL_OK ? pel__cortex_wrote(w, name) : s;
}
