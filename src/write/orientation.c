/* SPDX-License-Identifier: Apache-2.0 */
/* orientation.c: a grid in the world as NIfTI says it. */
#include "write/orientation.h"

#include <math.h>

#include "base/maths.h"
#include "volume/volume.h"

enum { ALIGNED = 2 };

// axes this near to right angles still count as such: matrices are often typed with few digits
static const double NEAR = 1e-3;

// float32 leaves either nothing for a, or far more than this
static const double HALF_TURN = 1e-6;

// row r, column c of the rotation of a unit quaternion
static void rotation(double out[3][3], double a, const double q[3])
{
    double b = q[0], c = q[1], d = q[2];
    out[0][0] = a * a + b * b - c * c - d * d;
    out[0][1] = 2 * (b * c - a * d);
    out[0][2] = 2 * (b * d + a * c);
    out[1][0] = 2 * (b * c + a * d);
    out[1][1] = a * a + c * c - b * b - d * d;
    out[1][2] = 2 * (c * d - a * b);
    out[2][0] = 2 * (b * d - a * c);
    out[2][1] = 2 * (c * d + a * b);
    out[2][2] = a * a + d * d - b * b - c * c;
}

// Shepperd's method: divide by the largest of the four, so that nothing cancels
static double quaternion_from(double bcd[3], double m[3][3])
{
    double q[4] = { 1 + m[0][0] + m[1][1] + m[2][2], 1 + m[0][0] - m[1][1] - m[2][2],
                    1 - m[0][0] + m[1][1] - m[2][2], 1 - m[0][0] - m[1][1] + m[2][2] };
    int most = 0;
    for (int i = 1; i < 4; i++)
        most = q[i] > q[most] ? i : most;
    double root = 2 * sqrt(q[most]);
    double v[4][4] = {
        { root * root / 4, m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1] },
        { m[2][1] - m[1][2], root * root / 4, m[0][1] + m[1][0], m[0][2] + m[2][0] },
        { m[0][2] - m[2][0], m[0][1] + m[1][0], root * root / 4, m[1][2] + m[2][1] },
        { m[1][0] - m[0][1], m[0][2] + m[2][0], m[1][2] + m[2][1], root * root / 4 },
    };
    // the stored three stand for a fourth that is not negative
    double sign = v[most][0] < 0 ? -1 : 1, sum = 0, scaled[4];
    for (int i = 0; i < 4; i++) {
        scaled[i] = sign * v[most][i] / root;
        sum += scaled[i] * scaled[i];
    }
    for (int i = 0; i < 3; i++)
        bcd[i] = scaled[i + 1] / sqrt(sum);
    return scaled[0] / sqrt(sum);
}

bool pel__quaternion_of(pel__quaternion *out, pel_affine grid)
{
    double m[3][3], back[3][3], off = 0;
    out->handed = pel__determinant(grid) < 0 ? -1 : 1;
    for (int c = 0; c < 3; c++) {
        pel_vec3 unit = pel__unit(pel__column(grid, c));
        double flip = c == 2 ? out->handed : 1;
        m[0][c] = flip * unit.x;
        m[1][c] = flip * unit.y;
        m[2][c] = flip * unit.z;
    }
    out->a = quaternion_from(out->bcd, m);
    rotation(back, out->a, out->bcd);
    for (int r = 0; r < 3; r++) {
        out->offset[r] = grid.m[r][3];
        for (int c = 0; c < 3; c++)
            off = fmax(off, fabs(back[r][c] - m[r][c]));
    }
    return off < NEAR;
}

static double squares(const float v[3])
{
    return (double)v[0] * v[0] + (double)v[1] * v[1] + (double)v[2] * v[2];
}

void pel__quaternion_round(float bcd[3], const pel__quaternion *q)
{
    int most = 0;
    for (int i = 0; i < 3; i++) {
        bcd[i] = (float)q->bcd[i];
        most = fabsf(bcd[i]) > fabsf(bcd[most]) ? i : most;
    }
    while (q->a < HALF_TURN && squares(bcd) > 0.5 && squares(bcd) < 1)
        bcd[most] = nextafterf(bcd[most], bcd[most] > 0 ? 2.0f : -2.0f);
}

static bool same_grid(pel_affine a, pel_affine b)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            if (a.m[r][c] != b.m[r][c])
                return false;
    return true;
}

// let the form that did not give the grid follow the one that did: both moved by the same ijk
// change
static pel_affine follow(pel_affine form, pel_affine leader, pel_affine leader_now, bool *followed)
{
    pel_affine back;
    *followed = pel_affine_invert(&back, leader);
    return pel_affine_multiply(form, pel_affine_multiply(back, leader_now));
}

pel__orientation pel__orientation_of(const pel_volume *shape)
{
    const pel_fields *f = &shape->fields;
    pel_affine now = pel__volume_affine(shape), qform = now;
    pel__orientation out = { .q.a = 1, .q.handed = 1, .spacing_mm = pel_volume_spacing_mm(shape) };
    if (!shape->oriented)
        return out;
    out.sform = now;
    bool said_q = f->qform_code > 0, said_s = f->sform_code > 0, has_q = true;
    if (!said_q && !said_s)
        out.qform_code = out.sform_code = ALIGNED;
    else if ((said_s && same_grid(now, f->sform)) || (said_q && same_grid(now, f->qform))) {
        out.qform_code = f->qform_code;
        out.sform_code = f->sform_code;
        qform = f->qform;
        out.sform = f->sform;
        has_q = said_q;
    } else {
        out.qform_code = said_q ? f->qform_code : f->sform_code;
        out.sform_code = said_s ? f->sform_code : f->qform_code;
        if (said_q && said_s)
            qform = follow(f->qform, f->sform, now, &has_q);
    }
    if (has_q && pel__quaternion_of(&out.q, qform)) {
        pel_volume grid = { .mm_from_ijk = qform };
        out.spacing_mm = pel_volume_spacing_mm(&grid);
        return out;
    }
    // readers that know no matrix still find the nearest quaternion, under code 0
    out.qform_code = 0;
    if (!pel__quaternion_of(&out.q, now))
        out.q = (pel__quaternion){ .a = 1, .handed = 1 };
    return out;
}
