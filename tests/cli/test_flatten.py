# SPDX-License-Identifier: Apache-2.0
"""The flatten command: what it writes, what it tells, what it refuses."""
import json
import unittest

from harness import Cli


class Flatten(Cli):
    def setUp(self):
        super().setUp()
        self.patch("patch.ply")

    def test_the_report_is_the_same_on_standard_output_and_in_its_file(self):
        told = self.json("flatten", "patch.ply", "-o", "flat.ply", "--report", "r.json", "--json")
        kept = json.loads((self.folder / "r.json").read_text())
        self.assertEqual(told["distortion"], kept)
        self.assertEqual(told["outputs"], ["r.json", "flat.ply"])
        self.assertEqual((kept["flips"], kept["overlap_mm2"]), (0, 0))
        self.assertLess(kept["distance_mean_error"], 0.02)
        self.assertGreater(kept["stretch_spread"], 0.9 * kept["stretch_spread_bound"])

    def test_the_map_keeps_the_way_back(self):
        self.ok("flatten", "patch.ply", "-o", "flat.ply", "--ascii")
        header, _, body = (self.folder / "flat.ply").read_text().partition("end_header\n")
        for name in ("surface_mm_0", "surface_mm_2", "point"):
            self.assertIn(f" {name}\n", header)
        first = [float(v) for v in body.split("\n")[0].split()]
        self.assertEqual(first[2:6], [0, -30, -30, 55.6776428])
        self.assertIn("comment flat map: mm", header)
        self.assertNotIn("coordinates: RAS mm\n", header)

    def test_a_view_wants_a_camera_and_a_camera_wants_a_view(self):
        self.fails(2, "--method view", "flatten", "patch.ply", "-o", "a.ply", "--elev", "20")
        self.fails(2, "--method plane", "flatten", "patch.ply", "-o", "a.ply", "--normal", "0,0,1")
        told = self.json("flatten", "patch.ply", "-o", "a.ply", "--method", "view", "--view", "top", "--json")
        self.assertEqual(told["flips"], 0)

    def test_what_is_closed_is_refused_with_the_remedy(self):
        self.ok("surface", "phantom:sphere", "-o", "ball.ply")
        self.fails(1, "cut a patch", "flatten", "ball.ply", "-o", "a.ply")
        self.fails(2, ".json", "flatten", "patch.ply", "-o", "a.ply", "--report", "a.txt")
        self.fails(2, "also an input", "flatten", "patch.ply", "-o", "patch.ply")


if __name__ == "__main__":
    unittest.main()
