/* SPDX-License-Identifier: Apache-2.0 */
/* tone.c: bring out the tissue of a scan and write it: tone [SCAN [OUTPUT.nii.gz]]. */
#include <stdio.h>

#include <pellucid/pellucid.h>

int main(int count, char **words)
{
    const char *in = count > 1 ? words[1] : "phantom:torus";
    const char *out = count > 2 ? words[2] : "toned.nii.gz";

    pel_input_params params = pel_input_defaults();
    pel_volume scan = { 0 }, toned = { 0 };
    pel_status s = pel_input_read(&scan, in, &params, false);
    if (s == PEL_OK)
        s = pel_tone(&toned, &scan, "percentile 1 99; clip 0 1; pow 0.5");
    if (s == PEL_OK)
        s = pel_write_volume(out, &toned, NULL, NULL);
    if (s == PEL_OK)
        printf("%s: %lld voxels\n", out, (long long)pel_volume_count(&toned));
    else
        fprintf(stderr, "tone: %s\n", pel_error());
    pel_volume_free(&toned);
    pel_volume_free(&scan);
    return s == PEL_OK ? 0 : 1;
}
