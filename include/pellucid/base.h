/* SPDX-License-Identifier: Apache-2.0 */
/* base.h: what everything stands on: status and message, the job at hand, small maths, parameter
 * tables. */
#ifndef PELLUCID_BASE_H
#define PELLUCID_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PEL_BEGIN extern "C" {
#define PEL_END   }
#else
#define PEL_BEGIN
#define PEL_END
#endif

#define PEL_API __attribute__((visibility("default")))

#define PEL_VERSION "0.1.0"

PEL_BEGIN

/* ---- status ---- */

/** Every status and the words for it, once. */
#define PEL_STATUS_LIST(X)                                                                         \
    X(PEL_OK, "done")                                                                              \
    X(PEL_EPARAM, "a parameter is missing or out of range")                                        \
    X(PEL_EMEMORY, "not enough memory")                                                            \
    X(PEL_EIO, "reading or writing failed")                                                        \
    X(PEL_EFORMAT, "the file is damaged or not what its name says")                                \
    X(PEL_EUNSUPPORTED, "this build or version cannot do that")                                    \
    X(PEL_EDATA, "the data cannot answer the question")                                            \
    X(PEL_ECANCELLED, "cancelled")

typedef enum pel_status {
#define PEL_STATUS_NAME(name, text) name,
    PEL_STATUS_LIST(PEL_STATUS_NAME)
#undef PEL_STATUS_NAME
} pel_status;

/** The words for a status; never NULL. */
PEL_API const char *pel_status_text(pel_status status);

/**
 * The whole story of the last failure on this thread: what, where, why, what to do.
 * One line, UTF-8, owned by the library, valid until the next failing call on this thread; ""
 * before any.
 */
PEL_API const char *pel_error(void);

/** The version of the library that runs, as PEL_VERSION is of the header. */
PEL_API const char *pel_version(void);

/* ---- the job at hand ---- */

/**
 * Limits and listeners of the work a thread is doing. Start from pel_job_defaults(), hand it to
 * pel_job_use(); calls made on this thread (and the workers they start) obey it until another one
 * is used. The caller owns it and keeps it alive that long.
 */
typedef struct pel_job {
    size_t size;          /* filled by pel_job_defaults() */
    int threads;          /* workers per parallel loop; 0: one per core. Never changes a result */
    int64_t memory_bytes; /* refuse to hold more than this; 0: three quarters of free memory */
    /* how far `step` has come, 0 to 1; called on the thread that used the job */
    void (*progress)(void *user, const char *step, double fraction);
    /* something a person should know that is no failure, one line */
    void (*note)(void *user, const char *text);
    void *user;    /* handed to both */
    int cancelled; /* set by pel_job_cancel() only */
} pel_job;

PEL_API pel_job pel_job_defaults(void);

/** Work under `job` on this thread from now on (NULL: defaults); returns the one used before. */
PEL_API pel_job *pel_job_use(pel_job *job);

/** Ask the work under `job` to stop: it fails soon with PEL_ECANCELLED. Safe in a signal handler.
 */
PEL_API void pel_job_cancel(pel_job *job);

/** Bytes the library holds now, in all threads: 0 when every noun has been freed. */
PEL_API int64_t pel_memory_in_use(void);

/* ---- small maths: world space is RAS+ millimetres ---- */

typedef struct pel_vec3 {
    double x, y, z;
} pel_vec3;

/** A 4x4 matrix, row major, float64; names say from where to where: mm_from_ijk. */
typedef struct pel_affine {
    double m[4][4];
} pel_affine;

/** The map that changes nothing, and the map that does `b` first and then `a`. */
PEL_API pel_affine pel_affine_identity(void);
PEL_API pel_affine pel_affine_multiply(pel_affine a, pel_affine b);

/** The inverse of an affine map (last row 0 0 0 1); false, and `out` the identity, when it is
 * singular. */
PEL_API bool pel_affine_invert(pel_affine *out, pel_affine a);

/** `a` applied to a point (translation counts) and to a direction (it does not). */
PEL_API pel_vec3 pel_affine_point(pel_affine a, pel_vec3 p);
PEL_API pel_vec3 pel_affine_direction(pel_affine a, pel_vec3 d);

/* ---- parameter tables: an operation describes itself once ---- */

/** A length as people write it: plain numbers are mm. */
typedef enum pel_unit { PEL_MM, PEL_VX, PEL_PX, PEL_CM, PEL_IN } pel_unit;

typedef struct pel_length {
    double value;
    pel_unit unit;
} pel_length;

/** Display values 0 to 1, not premultiplied. `set` is false where no colour was named. */
typedef struct pel_colour {
    float r, g, b, a;
    bool set;
} pel_colour;

/** `#rgb #rrggbb #rrggbbaa`, a CSS name, or `transparent`. */
PEL_API pel_status pel_colour_parse(pel_colour *out, const char *text);

/** Up to sixteen numbers written `1,2,3`; count 0: not given. */
typedef struct pel_numbers {
    int count;
    double value[16];
} pel_numbers;

/** The values of an option that may be given again and again. Items are borrowed from the caller.
 */
typedef struct pel_texts {
    int count;
    const char *item[32];
} pel_texts;

/** What a parameter is, hence the C type of its field. */
typedef enum pel_kind {
    PEL_KIND_SWITCH,  /* bool */
    PEL_KIND_INTEGER, /* int64_t; lo - 1 when it has no default and was not given */
    PEL_KIND_NUMBER,  /* double; NAN when it has no default and was not given */
    PEL_KIND_CHOICE,  /* int: which of the `choices` */
    PEL_KIND_TEXT,    /* const char *, borrowed from the caller; NULL when not given */
    PEL_KIND_FILE,    /* const char *, as a text; completed as a path */
    PEL_KIND_TEXTS,   /* pel_texts, repeatable */
    PEL_KIND_NUMBERS, /* pel_numbers */
    PEL_KIND_LENGTH,  /* pel_length; value NAN when not given */
    PEL_KIND_COLOUR,  /* pel_colour */
} pel_kind;

typedef struct pel_param {
    const char *name;    /* as in C: mm_per_pixel; on the command line --mm-per-pixel */
    pel_kind kind;       /* the C type of the field */
    size_t offset;       /* of the field in the params struct */
    const char *def;     /* the default as a person would type it; NULL: not given */
    double lo, hi;       /* range, both ends allowed; for each of NUMBERS too */
    const char *unit;    /* mm, degrees, ...; NULL: none */
    const char *choices; /* of a CHOICE: "linear|nearest" */
    const char *value;   /* what help calls the value: "X,Y,Z", "FILE"; "[N]": it may be left out on
                            the command line, and is then `lo` */
    const char *help;    /* one line, no full stop */
} pel_param;

struct pel_volume;

typedef struct pel_schema {
    const char *name;    /* the operation's one word */
    const char *summary; /* one line */
    size_t params_size;  /* of the params struct, whose first field is size_t size */
    const pel_param *params;
    int count;
    /* voxels the operation looks beyond a brick, on each side; NULL: none */
    int64_t (*halo)(const void *params);
    /* bytes held at the peak beyond the inputs; NULL: none */
    int64_t (*plan)(const void *params, const struct pel_volume *shape);
} pel_schema;

/** Fill a params struct with the defaults of its table. */
PEL_API void pel_schema_defaults(const pel_schema *schema, void *params);

/** Set one parameter from text, as the command line and JSON do; `name` with _ or -. Checks the
 * range. */
PEL_API pel_status pel_schema_set(const pel_schema *schema, void *params, const char *name,
                                  const char *text);

/** Find a parameter by name (with _ or -); NULL when the schema has none. */
PEL_API const pel_param *pel_schema_find(const pel_schema *schema, const char *name);

/** Check every range, and that the struct came from its defaults function. */
PEL_API pel_status pel_schema_check(const pel_schema *schema, const void *params);

/** One parameter's value as text that pel_schema_set() takes back: malloc'd; NULL when not given.
 */
PEL_API char *pel_schema_get(const pel_schema *schema, const void *params, const pel_param *param);

/** True when the parameter still has its default. */
PEL_API bool pel_schema_is_default(const pel_schema *schema, const void *params,
                                   const pel_param *param);

/* ---- outputs are whole or absent (P11) ---- */

/**
 * Write a text file: to a temporary beside it, fsynced, renamed; "-" is standard output.
 * PEL_EIO when that fails, and the file is then as it was.
 */
PEL_API pel_status pel_write_text(const char *path, const char *text);

/* ---- made how (P8) ---- */

/** One parameter set an output was made with. */
typedef struct pel_made_with {
    const pel_schema *schema;
    const void *params;
} pel_made_with;

/** One input an output was made from. */
typedef struct pel_made_from {
    const char *name; /* path; only its last part is kept, and only when `names` */
    const char *hash; /* XXH3-128 in hex; PEL_HASH_LATER when it is known only once all was read */
    pel_made_with with[4]; /* the input options; ends before the first schema NULL */
    const char *role;      /* the option that named it: "mask"; NULL: an input by itself */
} pel_made_from;

/** Stands for the hash of an input in provenance until the writer knows it; 32 characters. */
#define PEL_HASH_LATER "????????????????????????????????"

/**
 * What an output says of how it was made, as one line of JSON: version, command, parameters that
 * differ from the defaults, input hashes; never threads, memory, time, host or output name.
 * malloc'd; NULL when memory ran out. File names (parameters of kind FILE too) are left out unless
 * `names`. Files that options name (kind FILE) are inputs of `from`, with a role.
 */
PEL_API char *pel_provenance(const char *command, const pel_made_with *with, int with_count,
                             const pel_made_from *from, int from_count, bool names);

/* table rows: PEL_NUMBER(params type, field, default text, lo, hi, unit, help) and so on */
#define PEL_SWITCH(type, field, help)                                                              \
    {                                                                                              \
#field, PEL_KIND_SWITCH, offsetof(type, field), "no", 0, 1, NULL, NULL, NULL, help         \
    }
#define PEL_INTEGER(type, field, def, lo, hi, unit, help)                                          \
    {                                                                                              \
#field, PEL_KIND_INTEGER, offsetof(type, field), def, lo, hi, unit, NULL, "N", help        \
    }
#define PEL_NUMBER(type, field, def, lo, hi, unit, help)                                           \
    {                                                                                              \
#field, PEL_KIND_NUMBER, offsetof(type, field), def, lo, hi, unit, NULL, "X", help         \
    }
#define PEL_CHOICE(type, field, def, choices, help)                                                \
    {                                                                                              \
#field, PEL_KIND_CHOICE, offsetof(type, field), def, 0, 0, NULL, choices, NULL, help       \
    }
#define PEL_TEXT(type, field, def, value, help)                                                    \
    {                                                                                              \
#field, PEL_KIND_TEXT, offsetof(type, field), def, 0, 0, NULL, NULL, value, help           \
    }
#define PEL_FILE(type, field, help)                                                                \
    {                                                                                              \
#field, PEL_KIND_FILE, offsetof(type, field), NULL, 0, 0, NULL, NULL, "FILE", help         \
    }
#define PEL_TEXTS(type, field, value, help)                                                        \
    {                                                                                              \
#field, PEL_KIND_TEXTS, offsetof(type, field), NULL, 0, 0, NULL, NULL, value, help         \
    }
#define PEL_NUMBERS(type, field, def, lo, hi, unit, value, help)                                   \
    {                                                                                              \
#field, PEL_KIND_NUMBERS, offsetof(type, field), def, lo, hi, unit, NULL, value, help      \
    }
#define PEL_LENGTH(type, field, def, lo, hi, help)                                                 \
    {                                                                                              \
#field, PEL_KIND_LENGTH, offsetof(type, field), def, lo, hi, "mm, vx, px, cm or in", NULL, \
            "LENGTH", help                                                                         \
    }
#define PEL_COLOUR(type, field, def, help)                                                         \
    {                                                                                              \
#field, PEL_KIND_COLOUR, offsetof(type, field), def, 0, 0, NULL, NULL, "COLOUR", help      \
    }

#define PEL_SCHEMA(type, name, summary, table)                                                     \
    {                                                                                              \
        name, summary, sizeof(type), table, (int)(sizeof(table) / sizeof *(table)), NULL, NULL     \
    }

PEL_END

#endif
