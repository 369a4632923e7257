/* SPDX-License-Identifier: Apache-2.0 */
/* bench_raycast.c: one frame of a head, 1024x1024, by mode and look. */
#include "bench.h"

int main(void)
{
    static const struct {
        const char *name, *look;
        int mode;
    } cases[] = {
        { "raycast/composite mr-head", "mr-head", PEL_COMPOSITE },
        { "raycast/composite seed", "seed", PEL_COMPOSITE },
        { "raycast/mip", "gray", PEL_MIP },
        { "raycast/mean", "gray", PEL_MEAN },
    };
    pel_volume head;
    BENCH_OK(pel_phantom(&head, "head"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_raycast_params params = pel_raycast_defaults();
        pel_camera_params aim = pel_camera_defaults();
        pel_look look;
        pel_scene *scene;
        pel_camera camera;
        params.mode = cases[i].mode;
        BENCH_OK(pel_look_load(&look, cases[i].look));
        BENCH_OK(pel_scene_new(&scene, &head, &look, &params));
        BENCH_OK(pel_scene_aim(&camera, scene, &aim));
        BENCH(cases[i].name, (double)pel_volume_bytes(&head), {
            pel_image frame;
            BENCH_OK(pel_scene_frame(&frame, scene, &camera, NULL));
            pel_image_free(&frame);
        });
        pel_scene_free(scene);
    }
    pel_volume_free(&head);
    return 0;
}
