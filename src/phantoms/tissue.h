/* SPDX-License-Identifier: Apache-2.0 */
/* tissue.h: what the head scene is made of, and how bright it is in each contrast. */
#ifndef PEL_PHANTOMS_TISSUE_H
#define PEL_PHANTOMS_TISSUE_H

/* X(constant, name, T1, T1 with gadolinium, T2, FLAIR, PD, T2*, CT in Hounsfield units) */
#define PEL__TISSUES(X)                                                                            \
    X(AIR, "air", 3, 3, 3, 3, 3, 2, -1000)                                                         \
    X(SKIN, "skin", 105, 112, 80, 90, 110, 80, 20)                                                 \
    X(FAT, "fat", 205, 200, 165, 150, 175, 120, -95)                                               \
    X(MUSCLE, "muscle", 84, 92, 48, 68, 105, 72, 55)                                               \
    X(BONE, "bone", 18, 18, 12, 14, 18, 6, 1250)                                                   \
    X(MARROW, "marrow", 112, 108, 90, 85, 105, 50, 420)                                            \
    X(DURA, "dura", 62, 120, 45, 62, 82, 60, 65)                                                   \
    X(FLUID, "cerebrospinal fluid", 36, 36, 232, 24, 168, 218, 6)                                  \
    X(GREY, "grey matter", 108, 110, 132, 134, 178, 138, 38)                                       \
    X(WHITE, "white matter", 165, 166, 88, 106, 145, 112, 29)                                      \
    X(DEEP, "deep grey matter", 124, 126, 116, 124, 164, 118, 36)                                  \
    X(PALLIDUM, "pallidum", 146, 146, 78, 96, 136, 68, 37)                                         \
    X(FOLIA, "cerebellar grey matter", 104, 106, 130, 132, 174, 136, 37)                           \
    X(ARBOR, "cerebellar white matter", 160, 161, 88, 104, 144, 110, 30)                           \
    X(STEM, "brain stem", 154, 155, 92, 110, 146, 112, 30)                                         \
    X(VENTRICLE, "ventricle", 34, 34, 236, 20, 170, 222, 5)                                        \
    X(EYE, "vitreous body", 42, 42, 238, 26, 166, 220, 8)                                          \
    X(LENS, "lens", 98, 98, 42, 62, 108, 60, 80)                                                   \
    X(NERVE, "optic nerve", 145, 146, 86, 96, 138, 102, 32)                                        \
    X(MUCOSA, "mucosa", 82, 185, 190, 140, 175, 110, 45)                                           \
    X(TOOTH, "tooth", 10, 10, 8, 8, 10, 3, 2300)                                                   \
    X(VEIN, "vein", 70, 165, 28, 36, 62, 26, 55)                                                   \
    X(ARTERY, "artery", 78, 185, 18, 26, 48, 110, 50)                                              \
    X(SINUS, "venous sinus", 74, 210, 24, 40, 58, 30, 58)

enum {
    PEL__NOTHING,
#define PEL__TISSUE(name, ...) PEL__##name,
    PEL__TISSUES(PEL__TISSUE)
#undef PEL__TISSUE
        PEL__TISSUE_COUNT
};

#define PEL__CONTRASTS "t1|t1gd|t2|flair|pd|t2star|ct"
enum { PEL__T1, PEL__T1GD, PEL__T2, PEL__FLAIR, PEL__PD, PEL__T2STAR, PEL__CT };

#endif
