# SPDX-License-Identifier: Apache-2.0
"""The look that auto finds for real images, when they are there."""
import json
import os
import pathlib
import unittest

from harness import Cli

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("PELLUCID_DATA", ROOT.parent / "shared" / "data"))

WANTED = {
    "1_t1_heads/chris_t1.nii.gz": "mr-head",
    "1_t1_heads/philips_mprage_t1_uint8.nii.gz": "mr-head",
    "1_t1_heads/head_1p6mm.nii.gz": "mr-head",
    "1_t1_heads/philips_mprage_hdbet_mask.nii.gz": "labels",
    "3_ct/ct_head_phantom_shear.nii.gz": "ct-bone",
    "3_ct/headsq_ct.nii.gz": "ct-bone",
    "3_ct/lidc2_chest_ct.nii.gz": "ct-bone",
    "8_vessels/chris_mra.nii.gz": "vessels",
    "8_vessels/mr_gd_brain.nii.gz": "mr-brain",
}
PHANTOMS = {
    "phantom:head?spacing=3": "mr-head",
    "phantom:head?spacing=3&snr=15&bias=20": "mr-head",
    "phantom:head?spacing=3&part=brain": "mr-brain",
    "phantom:head?spacing=3&contrast=ct": "ct-bone",
}


class Looks(Cli):
    def found(self, path, *words):
        self.ok("render", path, *words, "-o", "a.npy", "--size", "8x8", "--save-look", "look.json")
        return json.loads((self.folder / "look.json").read_text())

    def test_auto_knows_the_phantoms(self):
        for spec, name in PHANTOMS.items():
            with self.subTest(spec):
                self.assertEqual(self.found(spec)["name"], name)

    @unittest.skipUnless(DATA.is_dir(), "no images")
    def test_auto_knows_real_images(self):
        for path, name in WANTED.items():
            with self.subTest(path):
                self.assertEqual(self.found(DATA / path)["name"], name)

    @unittest.skipUnless(DATA.is_dir(), "no images")
    def test_a_scanner_s_own_numbers_are_taken_as_such_and_said_so(self):
        path = DATA / "3_ct/headsq_ct.nii.gz"
        done = self.run_cli("render", path, "-o", "a.npy", "--size", "8x8", "--look", "ct-skin")
        self.assertIn("+ 1024", done.stderr)


if __name__ == "__main__":
    unittest.main()
