/* SPDX-License-Identifier: Apache-2.0 */
/* dump_camera.c CAMERA.json: for each "X Y Z" (world mm) of standard input, u v and depth, and how
 * far (mm) the ray of (u,v) passes from the point. */
#include <math.h>
#include <stdio.h>

#include <pellucid/pellucid.h>

int main(int count, char **words)
{
    pel_camera camera;
    double x, y, z;
    if (count != 2 || pel_camera_load(&camera, words[1]) != PEL_OK) {
        fprintf(stderr, "%s\n", pel_error());
        return 1;
    }
    while (scanf("%lf %lf %lf", &x, &y, &z) == 3) {
        double u, v, depth;
        pel_vec3 o, d;
        pel_camera_project(&camera, (pel_vec3){ x, y, z }, &u, &v, &depth);
        pel_camera_ray(&camera, u, v, &o, &d);
        double px = x - o.x, py = y - o.y, pz = z - o.z;
        double along = px * d.x + py * d.y + pz * d.z;
        px -= along * d.x;
        py -= along * d.y;
        pz -= along * d.z;
        double away = sqrt(px * px + py * py + pz * pz);
        printf("%.17g %.17g %.17g %.17g\n", u, v, depth, along > 0 ? away : INFINITY);
    }
    return 0;
}
