/* SPDX-License-Identifier: Apache-2.0 */
/* meshes.c: meshes to files: the formats by their endings, and what each has no room for. */
#include "write/meshes.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "mesh/mesh.h"

static const pel_param table[] = {
    PEL_SWITCH(pel_mesh_write_params, ascii,
               "numbers as text, where the format can: .ply .stl .vtk .vtp .gii"),
    PEL_TEXT(pel_mesh_write_params, scalar, NULL, "NAME",
             "the array to write, where a file holds one alone: .curv .annot"),
};
const pel_schema pel_mesh_write_schema =
    PEL_SCHEMA(pel_mesh_write_params, "mesh file", "write a mesh", table);

pel_mesh_write_params pel_mesh_write_defaults(void)
{
    pel_mesh_write_params params;
    pel_schema_defaults(&pel_mesh_write_schema, &params);
    return params;
}

static const pel__mesh_writer ply = { "PLY",
                                      { ".ply" },
                                      PEL__HOLDS_POINT_ARRAYS |
                                          PEL__HOLDS_POINT_ARRAYS << PEL__OF_TRIANGLES |
                                          PEL__HOLDS_CLOUDS | PEL__HOLDS_MADE,
                                      NULL };

static const pel__mesh_writer *const writers[] = {
    &ply,
    &pel__write_stl,
    &pel__write_obj,
    &pel__write_off,
    &pel__write_gifti,
    &pel__write_vtk,
    &pel__write_vtp,
    &pel__write_glb,
    &pel__write_fs_curv,
    &pel__write_fs_annot,
    &pel__write_fs_patch,
    &pel__write_fs_surface,
};
enum { WRITERS = sizeof writers / sizeof *writers };

// "lh.pial2": names of FreeSurfer have no ending of their own
static bool is_hemisphere(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return (strncmp(name, "lh.", 3) == 0 || strncmp(name, "rh.", 3) == 0) && name[3] &&
           !strchr(name + 3, '.');
}

static const pel__mesh_writer *find(const char *path)
{
    if (strcmp(path, "-") == 0)
        return &ply;
    for (int w = 0; w < WRITERS; w++)
        for (int e = 0; writers[w]->endings[e]; e++)
            if (pel__ends_with(path, writers[w]->endings[e]))
                return writers[w];
    return is_hemisphere(path) ? &pel__write_fs_surface : NULL;
}

bool pel_can_write_mesh(const char *path)
{
    return strcmp(path, "-") != 0 && find(path);
}

/* ---- what a format has no room for ---- */

bool pel__mesh_keeps(unsigned holds, const pel_array *a)
{
    if (a->per_triangle)
        holds >>= PEL__OF_TRIANGLES;
    switch (a->kind) {
    case PEL_ARRAY_LABELS:
        return holds & PEL__HOLDS_LABELS;
    case PEL_ARRAY_COLOURS:
        return holds & PEL__HOLDS_COLOURS;
    case PEL_ARRAY_NORMALS:
        return holds & PEL__HOLDS_NORMALS;
    default:
        return holds & (a->channels > 1 ? PEL__HOLDS_CHANNELS : PEL__HOLDS_VALUES);
    }
}

static void note_losses(const pel__mesh_writer *format, const pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    pel__text lost = { 0 };
    bool alpha = false;
    for (int i = 0; i < mesh->arrays; i++) {
        const pel_array *a = &mesh->array[i];
        unsigned holds = a->per_triangle ? format->holds >> PEL__OF_TRIANGLES : format->holds;
        if (!pel__mesh_keeps(format->holds, a))
            pel__text_add(&lost, "%s%s", lost.length ? ", " : "", a->name);
        else if (a->kind == PEL_ARRAY_COLOURS && a->channels == 4 && !(holds & PEL__HOLDS_ALPHA))
            alpha = true;
    }
    if (lost.length)
        pel__note("%s: %s has no room for %s, which is left out", w->path, format->name, lost.text);
    if (alpha)
        pel__note("%s: %s has no room for the alpha of colours", w->path, format->name);
    if (mesh->label_count && !(format->holds & PEL__HOLDS_NAMES))
        pel__note("%s: %s has no room for the names of labels", w->path, format->name);
    if (w->provenance && !(format->holds & PEL__HOLDS_MADE))
        pel__note("%s: %s has no room for how it was made; --sidecar keeps it beside the file",
                  w->path, format->name);
    pel__text_free(&lost);
}

static pel_status refuse_losses(const pel__mesh_writer *format, const char *path,
                                const pel_mesh *mesh)
{
    if (mesh->placeless && !(format->holds & PEL__HOLDS_NO_POINTS))
        return pel__fail(PEL_EDATA,
                         "%s: there are numbers without points; %s wants a surface: add them to "
                         "one, mesh SURFACE --add FILE",
                         path, format->name);
    if (mesh->triangles == 0 && mesh->points && !mesh->placeless &&
        !(format->holds & PEL__HOLDS_CLOUDS))
        return pel__fail(PEL_EDATA,
                         "%s: there are points without triangles, which %s cannot hold; "
                         "use .ply .vtk .vtp .obj .off or .glb",
                         path, format->name);
    return PEL_OK;
}

/* ---- words ---- */

bool pel__mesh_line_is_ours(const char *line, bool oriented)
{
    return strncmp(line, "pellucid ", 9) == 0 || strncmp(line, "created by pellucid ", 20) == 0 ||
           strncmp(line, "SPACE=", 6) == 0 || strncmp(line, "{\"pellucid\"", 11) == 0 ||
           (oriented && strncmp(line, "coordinates: ", 13) == 0);
}

static void add_line(pel__text *to, const char *before, const char *line, size_t length)
{
    pel__text_add(to, "%s%.*s\n", before, (int)length, line);
}

void pel__mesh_lines(pel__text *to, const char *before, const pel_mesh *mesh,
                     const char *provenance)
{
    if (mesh->oriented) {
        pel__text_add(to, "%s" PEL_MESH_COORDINATES "\n", before);
        // by which 3D Slicer tells RAS from its own LPS
        pel__text_add(to, "%sSPACE=RAS\n", before);
    }
    for (const char *line = mesh->comment; line && *line;) {
        size_t length = strcspn(line, "\r\n");
        if (length && !pel__mesh_line_is_ours(line, mesh->oriented))
            add_line(to, before, line, length);
        line += length + (line[length] != 0);
    }
    pel__text_add(to, "%spellucid %s\n", before, pel_version());
    if (provenance)
        add_line(to, before, provenance, strlen(provenance));
}

void pel__mesh_title(char out[64], const pel_mesh *mesh)
{
    snprintf(out, 64, "pellucid %s%s", pel_version(), mesh->oriented ? " SPACE=RAS" : "");
}

void pel__text_add_xml(pel__text *to, const char *text)
{
    for (; *text; text++) {
        const char *word = *text == '&'   ? "&amp;"
                           : *text == '<' ? "&lt;"
                           : *text == '>' ? "&gt;"
                           : *text == '"' ? "&quot;"
                                          : NULL;
        if (word)
            pel__text_add(to, "%s", word);
        else if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
            pel__text_add_bytes(to, text, 1);
    }
}

void pel__sink_all(pel__sink *to, pel__text *text)
{
    if (text->failed && to->status == PEL_OK)
        to->status = pel__fail(PEL_EMEMORY, "%s: no memory for its header", to->file.path);
    pel__sink_bytes(to, text->text, (int64_t)text->length);
    pel__text_free(text);
}

/* ---- writing ---- */

static pel_status write_to(const pel__mesh_writer *format, pel__mesh_writing *w)
{
    pel_status s = pel__alloc_zero(&w->to, 1, sizeof *w->to, "a file of a mesh");
    if (s != PEL_OK)
        return s;
    s = pel__sink_open(w->to, w->path);
    if (s == PEL_OK)
        s = format->write(w);
    if (s == PEL_OK)
        s = pel__sink_commit(w->to);
    pel__sink_close(w->to);
    pel__free(w->to);
    return s;
}

pel_status pel_write_mesh(const char *path, const pel_mesh *mesh, const char *provenance,
                          const pel_mesh_write_params *params)
{
    const pel_mesh_write_params defaults = pel_mesh_write_defaults();
    const pel__mesh_writer *format = find(path);
    pel__mesh_writing w = { path, mesh, provenance, params ? params : &defaults, NULL };
    if (!format)
        return pel__fail(PEL_EPARAM,
                         "%s: its ending is none that a mesh is written to; use .ply, .stl, .obj, "
                         ".off, .gii, .vtk, .vtp, .glb, or FreeSurfer's lh.NAME, .curv, .annot, "
                         ".patch",
                         path);
    pel_status s = pel_schema_check(&pel_mesh_write_schema, w.params);
    if (s == PEL_OK)
        s = refuse_losses(format, path, mesh);
    if (s != PEL_OK)
        return s;
    note_losses(format, &w);
    return format->write ? write_to(format, &w) : pel__write_ply(path, mesh, provenance, w.params);
}
