/* SPDX-License-Identifier: Apache-2.0 */
/* volume.h: the noun: voxels on a grid in millimetres; and a source: a volume as a promise. */
#ifndef PELLUCID_VOLUME_H
#define PELLUCID_VOLUME_H

#include <pellucid/base.h>

PEL_BEGIN

/** Voxel types: the list gives enum, name (numpy's words) and bytes. */
#define PEL_DTYPE_LIST(X)                                                                          \
    X(PEL_UINT8, "uint8", 1)                                                                       \
    X(PEL_INT8, "int8", 1)                                                                         \
    X(PEL_UINT16, "uint16", 2)                                                                     \
    X(PEL_INT16, "int16", 2)                                                                       \
    X(PEL_UINT32, "uint32", 4)                                                                     \
    X(PEL_INT32, "int32", 4)                                                                       \
    X(PEL_UINT64, "uint64", 8)                                                                     \
    X(PEL_INT64, "int64", 8)                                                                       \
    X(PEL_FLOAT32, "float32", 4)                                                                   \
    X(PEL_FLOAT64, "float64", 8)

typedef enum pel_dtype {
#define PEL_DTYPE_NAME(name, text, bytes) name,
    PEL_DTYPE_LIST(PEL_DTYPE_NAME)
#undef PEL_DTYPE_NAME
        PEL_DTYPE_COUNT
} pel_dtype;

/** Its numpy name, the bytes of one number, and whether it is a float. */
PEL_API const char *pel_dtype_name(pel_dtype dtype);
PEL_API int64_t pel_dtype_bytes(pel_dtype dtype);
PEL_API bool pel_dtype_is_float(pel_dtype dtype);

/** Lowest and highest value a type holds (floats: +-infinity). */
PEL_API void pel_dtype_range(pel_dtype dtype, double *lo, double *hi);

/** The type with this numpy name; PEL_EPARAM when there is none. */
PEL_API pel_status pel_dtype_parse(pel_dtype *out, const char *name);

/** What the channels of a voxel are. */
typedef enum pel_meaning {
    PEL_SCALAR,  /* one channel, or several without a meaning */
    PEL_RGB,     /* three: red green blue */
    PEL_RGBA,    /* four: red green blue alpha, not premultiplied */
    PEL_COMPLEX, /* two: real imaginary */
} pel_meaning;

/** A block of bytes a file format carries beside voxels (NIfTI header extension). */
typedef struct pel_extension {
    int32_t code; /* as registered for NIfTI: 4 AFNI, 6 comment, ... */
    int64_t size; /* of bytes, without the eight of esize and ecode */
    uint8_t *bytes;
} pel_extension;

/**
 * What a file says beside voxels and grid: kept from reader to writer, so that a conversion loses
 * nothing. Zeroed is valid.
 */
typedef struct pel_fields {
    char format[24];      /* "NIfTI-1", "Analyze 7.5", "NRRD", "npy", "raw"... */
    char description[81]; /* NIfTI descrip */
    char aux_file[25];
    char intent_name[17];
    int intent_code;
    double intent[3];
    double display_lo, display_hi; /* cal_min, cal_max */
    double step[4], step_offset;   /* of axes 4 to 7 (seconds when time), toffset */
    int64_t extra_dims[4];         /* axes 4 to 7; their product is the frame count; 0: as 1 */
    int axes;      /* how many the file itself has (channels apart); 0: not from a file */
    int time_unit; /* NIfTI code: 8 s, 16 ms, 24 us, 32 Hz, 40 ppm, 48 rad/s; 0 unknown */
    int slice_code, slice_dim, freq_dim, phase_dim;
    int64_t slice_start, slice_end;
    double slice_duration;
    int qform_code, sform_code; /* 0: absent */
    pel_affine qform, sform;    /* mm_from_ijk as each said it */
    pel_extension *extensions;  /* owned */
    int extension_count;
    char hash[33]; /* XXH3-128 of the file's bytes in hex; "" until all were read */
    int64_t bytes; /* of the file(s) */
} pel_fields;

/**
 * Voxels on a grid. x (i) runs fastest, then y, z, frame; the channels of a voxel lie together.
 * value = slope*stored + inter. The voxel centre (i,j,k) lies at mm_from_ijk (i,j,k,1).
 * Zeroed is valid and empty. `data` NULL with dims set is a shape.
 */
typedef struct pel_volume {
    int64_t dims[3];        /* voxels along i, j, k */
    int64_t frames;         /* 1 for a plain volume; 0 counts as 1 */
    int channels;           /* 0 counts as 1 */
    pel_meaning meaning;    /* of the channels */
    pel_dtype dtype;        /* of a stored channel */
    double slope, inter;    /* slope 0 counts as 1, inter then as 0 */
    pel_affine mm_from_ijk; /* RAS+ mm; all zero counts as identity */
    bool oriented;          /* false: nobody knows which way the axes point (P4) */
    bool unit_known;        /* false: spacing is not known to be millimetres */
    pel_fields fields;
    void *data; /* owned; pel_volume_bytes() bytes, 64-byte aligned */
} pel_volume;

/** Voxels in all frames (not channels); -1 when it does not fit 63 bits or a dim is negative. */
PEL_API int64_t pel_volume_count(const pel_volume *volume);

/** Bytes of all voxels and channels; -1 as above. */
PEL_API int64_t pel_volume_bytes(const pel_volume *volume);

/** Voxel edge lengths in mm: the lengths of the columns of mm_from_ijk. */
PEL_API pel_vec3 pel_volume_spacing_mm(const pel_volume *volume);

/**
 * Which way i, j, k point: the nearest anatomical letters, "RAS", "LPI"...; "unknown" when not
 * `oriented`. As nibabel's aff2axcodes.
 */
PEL_API void pel_volume_orientation(const pel_volume *volume, char out[8]);

/** Make `out` an empty-data volume shaped as `like`, of `dtype` (slope 1), voxels zeroed; fields
 * are copied. */
PEL_API pel_status pel_volume_like(pel_volume *out, const pel_volume *like, pel_dtype dtype);

/** Copy a shape (with fields, without data). */
PEL_API pel_status pel_volume_copy_shape(pel_volume *out, const pel_volume *in);

/** Free what the volume owns and zero it; twice is harmless. */
PEL_API void pel_volume_free(pel_volume *volume);

/** The value (slope and inter applied) of channel 0 at a voxel of frame 0; NaN outside. */
PEL_API double pel_volume_at(const pel_volume *volume, int64_t i, int64_t j, int64_t k);

/** Trilinear value at ijk (voxel centres at integers); clamped up to half a voxel outside, NaN
 * beyond. */
PEL_API double pel_volume_sample(const pel_volume *volume, pel_vec3 ijk);

/** Convert `count` stored numbers to values: out = slope*in + inter, in double, rounded to float
 * once. */
PEL_API void pel_values_from_stored(float *out, const void *in, pel_dtype dtype, int64_t count,
                                    double slope, double inter);

/** Value statistics of channel 0..n over all voxels; NaN is counted and left out, infinities count.
 */
typedef struct pel_stats {
    double min, max, mean; /* NaN when there is no finite voxel */
    int64_t count, nan_count;
} pel_stats;

/* ---- source: a volume as a promise ---- */

/**
 * A volume that need not be in memory. `shape` says what will come (its data is NULL). Slices are
 * those of all frames in file order: slice s is k = s % dims[2] of frame s / dims[2].
 * Open fills it, pel_source_close() ends it; a zeroed source is valid and closed.
 */
typedef struct pel_source {
    pel_volume shape;
    /* stored voxels of `count` slices from `first` into `out`. A stream may refuse to go back
     * (PEL_EUNSUPPORTED) */
    pel_status (*read_slab)(struct pel_source *source, void *out, int64_t first, int64_t count);
    /* learn shape.fields.hash by reading what is left; NULL: nothing to learn */
    pel_status (*finish)(struct pel_source *source);
    void (*close)(struct pel_source *source);
    void *state;
    bool seekable;        /* slabs may come in any order, cheaply */
    bool unproven;        /* compressed or piped: less may come than the shape says */
    int64_t slab;         /* slices that are read best at a time; 0: as many as are wanted */
    int64_t buffer_bytes; /* what the source itself holds while it is read */
} pel_source;

/** Slices of all frames. */
PEL_API int64_t pel_source_slices(const pel_source *source);

/** Bytes of one slice, all channels. */
PEL_API int64_t pel_source_slice_bytes(const pel_source *source);

/** Read everything into a new volume; the source stays open. */
PEL_API pel_status pel_source_read(pel_volume *out, pel_source *source);

/** A source over a volume in memory, which must outlive it. */
PEL_API pel_status pel_source_of_volume(pel_source *out, const pel_volume *volume);

/** A source that owns the volume (which becomes empty). */
PEL_API pel_status pel_source_take(pel_source *out, pel_volume *volume);

/** End a source and zero it; twice is harmless. */
PEL_API void pel_source_close(pel_source *source);

/** Statistics in one pass over the source, memory bounded by a few slices. */
PEL_API pel_status pel_source_stats(pel_stats *out, pel_source *source);

/** Most fractions that pel_source_quantiles() takes. */
enum { PEL_MOST_QUANTILES = 16 };

/**
 * Statistics, and the value below which `fraction[i]` (0 to 1) of the values lie, for each of
 * `count`; numpy.quantile's linear rule over all values that are not NaN; NaN when there are none.
 * Memory: a few slices and 10 MB. Types of 8 and 16 bits take one pass and are exact. Others are
 * exact to a float32's precision in two passes; a stream that cannot be read twice gives them
 * within 1/2000 of the value.
 */
PEL_API pel_status pel_source_quantiles(pel_stats *stats, double *out, const double *fraction,
                                        int count, pel_source *source);

PEL_END

#endif
