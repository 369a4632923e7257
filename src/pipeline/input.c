/* SPDX-License-Identifier: Apache-2.0 */
/* input.c: a volume as a command's input options prepare it. */
#include <pellucid/phantoms.h>
#include <pellucid/pipeline.h>

#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "base/status.h"
#include "base/text.h"
#include "pipeline/wrap.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_TEXT(pel_input_params, raw, NULL, "SHAPE,TYPE,ORDER",
             "headerless: 256x256x128,int16,le[,OFFSET]"),
    PEL_TEXT(pel_input_params, slices, NULL, "START:STOP:STEP",
             "of a folder of slices or a TIFF stack only these, as numpy counts"),
    PEL_TEXT(pel_input_params, series, NULL, "NUMBER",
             "of DICOM with several series this one: its number or UID"),
    PEL_TEXT(pel_input_params, allow, NULL, "gaps,mixed",
             "accept missing slices; leave out slices of another size or type"),
    PEL_INTEGER(pel_input_params, frame, NULL, 0, 1e15, NULL, "frame of a 4D volume, from 0"),
    PEL_INTEGER(pel_input_params, channel, NULL, 0, 1e6, NULL, "channel of RGB or several, from 0"),
    PEL_NUMBERS(pel_input_params, spacing, NULL, 1e-9, 1e9, "mm", "DX,DY,DZ",
                "voxel size; wins over the file"),
    PEL_TEXT(pel_input_params, assume, NULL, "LAS", "axes of a file with unknown orientation"),
    PEL_TEXT(pel_input_params, orient, NULL, "RAS|keep", "reorder the axes to point this way"),
    PEL_FILE(pel_input_params, mask, "keep only voxels where this file is not zero"),
    PEL_TEXT(pel_input_params, tone, NULL, "STEPS", "tone steps with ; between them, or seed"),
    PEL_NUMBERS(pel_input_params, resize, NULL, 1, 1e6, "voxels", "N|NX,NY,NZ",
                "shrink or grow the grid"),
    PEL_TEXT(pel_input_params, crop, NULL, "SLICES", "numpy slices of the grid: ':35,::-1,:25'"),
};
const pel_schema pel_input_schema =
    PEL_SCHEMA(pel_input_params, "input", "prepare an input", table);

pel_input_params pel_input_defaults(void)
{
    pel_input_params params;
    pel_schema_defaults(&pel_input_schema, &params);
    return params;
}

/* an input on its way: a source that streams, until something needs all of it in memory */
typedef struct input {
    const char *path;
    const pel_input_params *params;
    bool planning; // shapes only
    bool loaded;   // then `volume` holds it, and `source` is closed
    pel_source source;
    pel_volume volume;
    int64_t peak, read; // bytes
} input;

static pel_volume *shape_of(input *in)
{
    return in->loaded ? &in->volume : &in->source.shape;
}

static void input_close(input *in)
{
    pel_source_close(&in->source);
    pel_volume_free(&in->volume);
}

static void count_peak(input *in, int64_t bytes)
{
    in->peak = bytes > in->peak ? bytes : in->peak;
}

static pel_status load(input *in)
{
    if (in->loaded)
        return PEL_OK;
    count_peak(in, in->source.buffer_bytes + pel_volume_bytes(&in->source.shape));
    pel_status s = in->planning ? pel_volume_copy_shape(&in->volume, &in->source.shape)
                                : pel_source_read(&in->volume, &in->source);
    in->loaded = s == PEL_OK;
    pel_source_close(&in->source);
    return s;
}

// the volume in memory gives way to the one made from it
static pel_status replace(input *in, pel_volume *next, pel_status s)
{
    if (s != PEL_OK)
        return s;
    count_peak(in, pel_volume_bytes(&in->volume) + pel_volume_bytes(next));
    pel_volume_free(&in->volume);
    in->volume = *next;
    return PEL_OK;
}

/* ---- the steps, in the order they act ---- */

static pel_status open_path(input *in)
{
    pel_read_params read = pel_read_defaults();
    read.raw = in->params->raw;
    read.slices = in->params->slices;
    read.series = in->params->series;
    read.allow = in->params->allow;
    pel_status s = strncmp(in->path, "phantom:", 8) == 0
                       ? pel_phantom_open(&in->source, in->path + 8)
                       : pel_open_volume(&in->source, in->path, &read);
    in->read = s == PEL_OK ? pel_volume_bytes(&in->source.shape) : 0;
    return s;
}

static pel_status choose_frame(input *in, bool scalar)
{
    int64_t frames = pel__volume_frames(&in->source.shape);
    if (in->params->frame >= 0)
        return pel__wrap_frame(&in->source, in->params->frame);
    if (!scalar || frames == 1)
        return PEL_OK;
    if (!in->planning)
        pel__note("%s: has %lld frames; the first is used, --frame chooses another", in->path,
                  (long long)frames);
    return pel__wrap_frame(&in->source, 0);
}

static pel_status choose_channel(input *in, bool scalar)
{
    const pel_volume *shape = &in->source.shape;
    int64_t channels = pel__volume_channels(shape);
    if (in->params->channel >= 0)
        return pel__wrap_channel(&in->source, in->params->channel);
    if (!scalar || channels == 1)
        return PEL_OK;
    if (shape->meaning == PEL_SCALAR)
        return pel__fail(PEL_EDATA, "has %lld channels; choose one with --channel 0 to %lld",
                         (long long)channels, (long long)channels - 1);
    if (!in->planning)
        pel__note("%s: %s; --channel chooses one channel", in->path,
                  shape->meaning == PEL_COMPLEX
                      ? "complex numbers are shown by their magnitude"
                      : "colours are shown by their luminance (Rec. 709)");
    return pel__wrap_scalar(&in->source);
}

static void scale_columns(pel_affine *a, const double spacing_mm[3])
{
    for (int c = 0; c < 3; c++)
        pel__set_column(a, c, pel__scale(pel__unit(pel__column(*a, c)), spacing_mm[c]));
}

// the first voxel stays where it is
static pel_status set_spacing(input *in)
{
    pel_numbers mm = in->params->spacing;
    pel_volume *shape = &in->source.shape;
    if (mm.count == 0)
        return PEL_OK;
    if (mm.count != 1 && mm.count != 3)
        return pel__fail(PEL_EPARAM, "--spacing has %d numbers; it wants DX,DY,DZ", mm.count);
    for (int a = mm.count; a < 3; a++)
        mm.value[a] = mm.value[0];
    pel_vec3 was = pel_volume_spacing_mm(shape);
    bool said = shape->unit_known || was.x != 1 || was.y != 1 || was.z != 1;
    bool same = was.x == mm.value[0] && was.y == mm.value[1] && was.z == mm.value[2];
    if (!in->planning && said && !same)
        pel__note("%s: --spacing %gx%gx%g mm replaces the file's %gx%gx%g", in->path, mm.value[0],
                  mm.value[1], mm.value[2], was.x, was.y, was.z);
    shape->mm_from_ijk = pel__volume_affine(shape);
    scale_columns(&shape->mm_from_ijk, mm.value);
    scale_columns(&shape->fields.qform, mm.value);
    scale_columns(&shape->fields.sform, mm.value);
    shape->unit_known = true;
    return PEL_OK;
}

// the middle of the grid stays where it is
static pel_status assume_axes(input *in)
{
    const char *code = in->params->assume;
    pel_volume *shape = &in->source.shape;
    pel__axes axes;
    if (!code)
        return PEL_OK;
    pel_status s = pel__orientation_parse(&axes, code);
    if (s != PEL_OK)
        return pel__during(s, "--assume");
    char is[8];
    pel_volume_orientation(shape, is);
    if (shape->oriented && !pel__same_word(is, code))
        return pel__fail(PEL_EDATA,
                         "--assume %s, but the file says %s; leave --assume out, or reorder the "
                         "axes with --orient %s",
                         code, is, code);
    if (shape->oriented)
        return PEL_OK;
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    pel_vec3 middle = { 0.5 * (double)(shape->dims[0] - 1), 0.5 * (double)(shape->dims[1] - 1),
                        0.5 * (double)(shape->dims[2] - 1) };
    pel_affine now = pel__orientation_affine(&axes, (double[3]){ mm.x, mm.y, mm.z });
    pel_vec3 at = pel_affine_point(pel__volume_affine(shape), middle);
    pel__set_column(&now, 3, pel__minus(at, pel_affine_point(now, middle)));
    shape->mm_from_ijk = now;
    shape->oriented = true;
    shape->fields.qform_code = shape->fields.sform_code = 0;
    return PEL_OK;
}

static bool keeps_order(const pel__pick picks[3])
{
    return picks[0].axis == 0 && picks[1].axis == 1 && picks[2].axis == 2;
}

// streams when slices come in the order in which they are read
static pel_status take_picks(input *in, const pel__pick picks[3])
{
    if (!in->loaded && keeps_order(picks) && (picks[2].step > 0 || in->source.seekable))
        return pel__wrap_picks(&in->source, picks);
    pel_volume next;
    pel_status s = load(in);
    if (s == PEL_OK)
        s = in->planning ? pel__pick_shape(&next, &in->volume, picks)
                         : pel__pick_volume(&next, &in->volume, picks);
    return s == PEL_OK ? replace(in, &next, s) : s;
}

static pel_status orient(input *in)
{
    const char *code = in->params->orient;
    if (!code || pel__same_word(code, "keep"))
        return PEL_OK;
    pel__pick picks[3];
    char is[8];
    pel_status s = pel__orient_picks(picks, shape_of(in), code);
    if (s != PEL_OK)
        return pel__during(s, "--orient");
    pel_volume_orientation(shape_of(in), is);
    return pel__same_word(is, code) ? PEL_OK : take_picks(in, picks);
}

// a mask that does not know its axes is taken to lie as the volume was declared to
static pel_status mask(input *in)
{
    if (!in->params->mask)
        return PEL_OK;
    pel_input_params of_mask = pel_input_defaults();
    pel_volume volume = { 0 };
    pel_source peek;
    pel_status s = pel_input_open(&peek, in->params->mask, &of_mask);
    if (s == PEL_OK && !peek.shape.oriented) {
        of_mask.assume = in->params->assume;
        of_mask.spacing = in->params->spacing;
    }
    if (s == PEL_OK)
        count_peak(in, pel_volume_bytes(shape_of(in)) + pel_volume_bytes(&peek.shape));
    pel_source_close(&peek);
    if (s == PEL_OK)
        s = load(in);
    if (s != PEL_OK || in->planning)
        return s;
    s = pel_input_read(&volume, in->params->mask, &of_mask, false);
    if (s == PEL_OK)
        s = pel_mask_apply(&in->volume, &volume);
    pel_volume_free(&volume);
    return s;
}

static pel_status tone(input *in)
{
    const char *steps = in->params->tone;
    if (!steps)
        return PEL_OK;
    pel_volume next = { 0 };
    pel_status s = load(in);
    if (s == PEL_OK && in->planning) {
        s = pel_volume_copy_shape(&next, &in->volume);
        next.dtype = PEL_FLOAT32;
    } else if (s == PEL_OK)
        s = pel_tone(&next, &in->volume, steps);
    return replace(in, &next, s);
}

static pel_status resize(input *in)
{
    const pel_numbers *voxels = &in->params->resize;
    if (voxels->count == 0)
        return PEL_OK;
    if (!in->loaded)
        return pel__resize_source(&in->source, voxels);
    pel_volume next = { 0 };
    pel_status s = in->planning ? pel__resize_shape(&next, &in->volume, voxels)
                                : pel_resize(&next, &in->volume, voxels);
    return replace(in, &next, s);
}

static pel_status crop(input *in)
{
    const char *slices = in->params->crop;
    pel__pick picks[3];
    if (!slices)
        return PEL_OK;
    pel_status s = pel__crop_parse(picks, slices, shape_of(in)->dims);
    return s == PEL_OK ? take_picks(in, picks) : s;
}

static pel_status prepare(input *in, bool scalar)
{
    pel_status s = pel_schema_check(&pel_input_schema, in->params);
    // what is wrong in the words is said before a large file is read
    if (s == PEL_OK && in->params->tone)
        s = pel_tone_check(in->params->tone);
    if (s == PEL_OK)
        s = open_path(in);
    if (s != PEL_OK)
        return s;
    s = choose_frame(in, scalar);
    if (s == PEL_OK)
        s = choose_channel(in, scalar);
    if (s == PEL_OK)
        s = set_spacing(in);
    if (s == PEL_OK)
        s = assume_axes(in);
    pel_status (*const steps[])(input *) = { orient, mask, tone, resize, crop };
    for (size_t i = 0; i < sizeof steps / sizeof *steps && s == PEL_OK; i++)
        s = steps[i](in);
    return pel__during(s, "%s", in->path);
}

/* ---- what is asked for ---- */

static pel_status open_prepared(pel_source *out, const char *path, const pel_input_params *params,
                                bool scalar)
{
    input in = { .path = path, .params = params };
    *out = (pel_source){ 0 };
    pel_status s = prepare(&in, scalar);
    if (s == PEL_OK && in.loaded)
        s = pel_source_take(&in.source, &in.volume);
    if (s == PEL_OK) {
        *out = in.source;
        in.source = (pel_source){ 0 };
    }
    input_close(&in);
    return s;
}

pel_status pel_input_open(pel_source *out, const char *path, const pel_input_params *params)
{
    return open_prepared(out, path, params, false);
}

pel_status pel_input_open_scalar(pel_source *out, const char *path, const pel_input_params *params)
{
    return open_prepared(out, path, params, true);
}

pel_status pel_input_read(pel_volume *out, const char *path, const pel_input_params *params,
                          bool all_frames)
{
    input in = { .path = path, .params = params };
    *out = (pel_volume){ 0 };
    pel_status s = prepare(&in, !all_frames);
    if (s == PEL_OK)
        s = load(&in);
    if (s == PEL_OK) {
        *out = in.volume;
        in.volume = (pel_volume){ 0 };
    }
    input_close(&in);
    return s;
}

pel_status pel_input_plan(pel_input_cost *out, const char *path, const pel_input_params *params,
                          bool all_frames)
{
    input in = { .path = path, .params = params, .planning = true };
    *out = (pel_input_cost){ 0 };
    pel_status s = prepare(&in, !all_frames);
    if (s == PEL_OK) {
        out->in_memory = in.loaded;
        out->buffer_bytes = in.loaded ? 0 : in.source.buffer_bytes;
        s = pel_volume_copy_shape(&out->shape, shape_of(&in));
    }
    if (s == PEL_OK) {
        int64_t bytes = pel_volume_bytes(&out->shape);
        out->read_bytes = in.read;
        out->open_bytes = in.loaded ? in.peak : out->buffer_bytes;
        count_peak(&in, out->buffer_bytes + bytes);
        out->memory_bytes = in.peak;
    }
    input_close(&in);
    return s;
}
