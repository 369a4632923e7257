/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: the noun: a picture and its layers; colour maps, looks, the camera, a figure's drawing
 * list. */
#ifndef PELLUCID_IMAGE_H
#define PELLUCID_IMAGE_H

#include <pellucid/volume.h>

PEL_BEGIN

/* ---- camera ---- */

/**
 * Where a picture was taken from. Pixel (0,0) is top left, pixel centres at half-integers. The ray
 * of (u,v) starts on the eye plane (orthographic) or at the eye (perspective); depth is mm along
 * the ray.
 */
typedef struct pel_camera {
    int64_t width, height;
    bool perspective;
    pel_vec3 eye_mm; /* the eye; orthographic: where the picture's centre meets the eye plane */
    pel_vec3 right, down, forward; /* unit vectors in world mm */
    double mm_per_pixel;           /* orthographic; NaN in perspective */
    double focal_px;   /* perspective: distance of the picture plane; NaN in orthographic */
    bool has_lens;     /* what follows counts; else pixels are square around the picture's middle */
    double focal_y_px; /* along v; focal_px is along u */
    double principal_px[2]; /* where the axis `forward` meets the picture */
    double distortion[8];   /* k1 k2 p1 p2 k3 k4 k5 k6, OpenCV's */
} pel_camera;

/**
 * How a person says where to look from. Start from pel_camera_defaults(). Angles are matplotlib's,
 * in world axes: the viewer stands in direction (cos elev cos azim, cos elev sin azim, sin elev) of
 * the centre, z up. Views are anatomical (RAS): front has the viewer before the face, so that the
 * patient's left is on the picture's right; back, left and right stand behind him and at his own
 * left and right, head up; top looks down on the head with the nose up, bottom looks up from the
 * feet with the nose up (patient's left on the picture's right).
 */
typedef struct pel_camera_params {
    size_t size;
    int view;                /* 0: none given; 1.. front back left right top bottom */
    double elev, azim;       /* degrees; win over `view`. NAN: 30, and -60 (120 when `oriented`, so
                                that the face, +y, looks at the viewer) */
    double roll;             /* degrees, clockwise turns of the picture */
    double fov;              /* degrees, vertical; NAN: orthographic */
    double zoom;             /* 1 fits the scene */
    pel_numbers center;      /* mm, world; none: middle of the scene */
    double mm_per_pixel;     /* orthographic scale; NAN: fit */
    const char *camera;      /* file of a camera, or its JSON; then nothing above may be given */
    const char *save_camera; /* file for the camera as used (the caller writes it); NULL: none */
} pel_camera_params;

PEL_API extern const pel_schema pel_camera_schema;
PEL_API pel_camera_params pel_camera_defaults(void);

/**
 * Aim at a scene. `corners_mm` are the eight corners of its box in the world; at zoom 1 the box as
 * seen fits the picture with a margin of 2 % on each side. With `camera` it is that one, scaled to
 * the picture, which must have its shape to a pixel. The orthographic eye plane lies before
 * the centre by the distance of the farthest corner, rounded up to a power of two mm: it, and so
 * the sample grid, depends on the box and the centre, never on the voxels or the angle.
 * `oriented` false refuses `view` with PEL_EDATA. No result depends on the machine's libm.
 */
PEL_API pel_status pel_camera_aim(pel_camera *out, const pel_camera_params *params, int64_t width,
                                  int64_t height, const pel_vec3 corners_mm[8], bool oriented);

/**
 * A camera as JSON text, malloc'd, as pictures and reports hold it; numbers come back exactly.
 */
PEL_API char *pel_camera_to_json(const pel_camera *camera);

/**
 * From pel_camera_to_json() (alone, or within a report or a picture's metadata under "camera"), or
 * from a calibrated camera in OpenCV's terms: "width" and "height" (or "size"), "K" of 3x3 or "fx"
 * "fy" "cx" "cy" in pixels whose centres are whole numbers (here they are halves: converted),
 * "distortion" k1 k2 p1 p2 k3 k4 k5 k6 (none, 4, 5 or 8 of them), and "R" and "t", which turn world
 * RAS mm into camera axes (x right, y down, z forward): x = R*world + t. PEL_EFORMAT says what is
 * missing or wrong; PEL_EUNSUPPORTED: a skewed K.
 */
PEL_API pel_status pel_camera_from_json(pel_camera *out, const char *json);

/** The camera in a file, or in JSON text itself (it starts with {). */
PEL_API pel_status pel_camera_load(pel_camera *out, const char *file_or_json);

/**
 * The ray of picture point (u,v): where it starts and its unit direction, world mm. A lens'
 * distortion is undone by Newton's method to 1e-10 pixels; a point that no direction is mapped to
 * gets the direction opposite to `forward`.
 */
PEL_API void pel_camera_ray(const pel_camera *camera, double u, double v, pel_vec3 *origin_mm,
                            pel_vec3 *direction);

/** Where a world point lands in the picture, and its depth along its ray; false: behind the eye. */
PEL_API bool pel_camera_project(const pel_camera *camera, pel_vec3 point_mm, double *u, double *v,
                                double *depth_mm);

/* ---- picture ---- */

/** A data layer on the grid of its picture: float32, NaN where nothing is there. */
typedef struct pel_layer {
    char name[16]; /* value depth position voxel normal opacity */
    int channels;  /* interleaved: position voxel normal have 3 */
    float *data;   /* owned; width*height*channels */
} pel_layer;

/** A picture. Rows from the top; channels of a pixel together: 1 grey or data, 2 grey alpha, 3 RGB,
 * 4 RGBA. */
typedef struct pel_image {
    int64_t width, height;
    int channels;
    pel_dtype dtype; /* UINT8, UINT16 or FLOAT32. RGBA is not premultiplied */
    void *data;      /* owned */
    bool scalar; /* one channel of data values: value = slope*stored + inter; in integers stored 0
                    is nothing there */
    double slope, inter;
    double mm_per_pixel; /* exact; NaN: unknown or perspective */
    double dpi;          /* print density that was asked for; 0: none */
    bool has_camera;
    pel_camera camera;
    int layer_count;
    pel_layer layer[8];
    char *provenance; /* JSON text, malloc'd, owned; NULL: none */
} pel_image;

/** A picture of zeros, 1 to 4 channels; the caller frees it. PEL_EPARAM on a size below 1. */
PEL_API pel_status pel_image_new(pel_image *out, int64_t width, int64_t height, int channels,
                                 pel_dtype dtype);
PEL_API void pel_image_free(pel_image *image);

/**
 * Mix `with` into a picture: parts - part of its own, part of the other's, of each number (of RGBA
 * by its opacity). Both RGB or RGBA uint8 of one size, else PEL_EPARAM.
 */
PEL_API pel_status pel_image_blend(pel_image *image, const pel_image *with, int64_t part,
                                   int64_t parts);

/** Lay the pixels of `tile` into a picture of its type, their top left at (x, y); PEL_EPARAM when
 * they do not fit. Layers are left out. */
PEL_API pel_status pel_image_paste(pel_image *image, const pel_image *tile, int64_t x, int64_t y);

/** Add a layer of `channels`, filled with NaN; the image owns it. */
PEL_API pel_status pel_image_add_layer(pel_image *image, const char *name, int channels,
                                       float **data);

/** Numbers of the layer of that name, which stay the image's; NULL: there is none. */
PEL_API const float *pel_image_layer(const pel_image *image, const char *name);

/* ---- colours, colour maps, looks ---- */

/**
 * 256 colours of a colour map, display values 0 to 1: viridis magma inferno plasma cividis turbo
 * gray hot bone coolwarm, label tables, or a file (256 lines of `r g b`, 0 to 1 or 0 to 255).
 */
PEL_API pel_status pel_colormap(float rgb[256][3], const char *name);

/** The names of the built-in colour maps, ended by NULL. */
PEL_API const char *const *pel_colormap_names(void);

enum { PEL_LOOK_POINTS = 64 };

/** A point of a piecewise linear function: at `value` the numbers `v`. */
typedef struct pel_look_point {
    double value;
    double v[4];
} pel_look_point;

/**
 * One look for every kind of picture (P6): value -> colour and opacity, and the light. Functions
 * are linear between their points and constant beyond them; of points at one value the last holds
 * from there on. Opacity is extinction per mm: a length L of it lets exp(-opacity*L) through.
 */
typedef struct pel_look {
    char name[32];
    char tone[256];   /* tone steps before anything else; "" none */
    double window[2]; /* values shown as the ends of the colour map; NaN: from the data */
    char colormap[256];
    int point_count; /* > 0: `points` (r g b opacity) stand for colormap and opacity */
    pel_look_point points[PEL_LOOK_POINTS];
    int opacity_count; /* value, opacity per mm in v[0]; 0: from 0 to 0.05 over the window */
    pel_look_point opacity[PEL_LOOK_POINTS];
    bool opacity_in_window; /* values of opacity, points and gradient are over 0 to 1 of the window,
                               not data units; pel_look_fit() turns them into data units */
    bool opacity_per_voxel; /* opacity is per voxel edge; pel_look_fit() turns it to per mm */
    /* values of points, opacity and gradient are Hounsfield units, which pel_look_fit() turns into
       the file's own numbers where it knows how */
    bool in_hounsfield;
    bool window_in_hounsfield; /* so is the window */
    bool labels;        /* values are labels: never interpolated; colour of the map = label % 256 */
    int gradient_count; /* gradient magnitude (value per mm), factor of opacity in v[0]; 0: none */
    pel_look_point gradient[PEL_LOOK_POINTS];
    bool unlit;
    double ambient, diffuse, specular, power; /* Blinn-Phong, two-sided */
    char light[64];    /* head: where the eye is; or the direction to it, X,Y,Z: right, up, near */
    float map[256][3]; /* the colour map's colours, filled by pel_look_fit() */
    bool map_known;
} pel_look;

/** How a person chooses a look and changes it. Start from pel_look_defaults(). */
typedef struct pel_look_params {
    size_t size;
    const char *look;     /* built-in or file; NULL: auto */
    const char *colormap; /* what follows wins over the look; NULL and NAN: as the look says */
    pel_numbers window;
    bool unlit;
    double ambient, diffuse, specular, power;
    const char *light;
    const char *save_look; /* file for the look as used (the caller writes it); NULL: none */
} pel_look_params;

PEL_API extern const pel_schema pel_look_schema;
PEL_API pel_look_params pel_look_defaults(void);

/** A built-in look, one in a file (name ends in .json), or JSON text itself (it starts with {). */
PEL_API pel_status pel_look_load(pel_look *out, const char *name_or_file);

/** The look that `params` ask for: loaded, then changed by what they give; not yet fitted. */
PEL_API pel_status pel_look_choose(pel_look *out, const pel_look_params *params);

/** The names of the built-in looks, ended by NULL. */
PEL_API const char *const *pel_look_names(void);

/** The look as JSON text, malloc'd; numbers come back exactly. */
PEL_API char *pel_look_to_json(const pel_look *look);

/** Missing keys have the defaults of the look `gray`; unknown ones are refused by name. */
PEL_API pel_status pel_look_from_json(pel_look *out, const char *json);

/**
 * Make a look ready for pel_look_colour() on the values of a volume (after its tone): choose what
 * `auto` leaves open, fill an unset window, turn points into data units per mm, load the colour
 * map. Fitting a fitted look again changes nothing.
 */
PEL_API pel_status pel_look_fit(pel_look *look, const pel_volume *volume);

/**
 * Colour (display values) and opacity per mm of a value under a fitted look; gradient and light
 * not counted. Colours are linear between the 256 of the map. NaN: black, opacity 0.
 */
PEL_API void pel_look_colour(const pel_look *look, double value, float rgb[3],
                             float *opacity_per_mm);

/* ---- figures: a drawing list in points (1/72 inch), y down ---- */

typedef enum pel_draw_kind {
    PEL_DRAW_LINE,
    PEL_DRAW_AREA,
    PEL_DRAW_TEXT,
    PEL_DRAW_IMAGE
} pel_draw_kind;

/** One thing to draw, in list order. */
typedef struct pel_draw {
    pel_draw_kind kind;
    pel_colour colour;
    double width;        /* of a line, pt; 0 in an area: filled */
    int point_count;     /* LINE: a polyline; AREA: a closed polygon */
    double (*points)[2]; /* owned */
    char *text;          /* owned, UTF-8 */
    double size;         /* of text, pt */
    double turn;         /* of text, degrees counter-clockwise */
    double anchor_x,
        anchor_y; /* which point of the text lies on points[0]: 0 left/top, 1 right/bottom */
    pel_image
        image; /* owned; drawn over the box points[0] (top left) to points[1], never smoothed */
    bool bold;
} pel_draw;

typedef struct pel_figure {
    double width_pt, height_pt;
    double dpi;            /* of PNG output; pixels = pt * dpi / 72 */
    pel_colour background; /* a = 0: transparent */
    int count, capacity;
    pel_draw *item;   /* owned */
    double mm_per_pt; /* scale of the main picture; 0: none */
    char *provenance; /* as of pel_image */
} pel_figure;

PEL_API void pel_figure_free(pel_figure *figure);
PEL_API pel_status pel_figure_line(pel_figure *figure, const double (*points)[2], int count,
                                   double width_pt, pel_colour colour);
PEL_API pel_status pel_figure_area(pel_figure *figure, const double (*points)[2], int count,
                                   pel_colour colour);
PEL_API pel_status pel_figure_text(pel_figure *figure, double x, double y, const char *text,
                                   double size_pt, double anchor_x, double anchor_y, double turn,
                                   pel_colour colour);
/** Takes the image (it becomes empty). */
PEL_API pel_status pel_figure_image(pel_figure *figure, double x, double y, double width_pt,
                                    double height_pt, pel_image *image);

PEL_END

#endif
