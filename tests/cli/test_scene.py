# SPDX-License-Identifier: Apache-2.0
"""Scenes on the command line: several inputs with options of their own, meshes, cameras, pixels."""
import json
import struct
import unittest

from harness import SANITIZED, Cli

BALL = "phantom:sphere?dims=40,40,40"
# a tetrahedron of 20 mm, with a number on each corner
PLY = """ply
format ascii 1.0
comment coordinates: RAS mm
element vertex 4
property float x
property float y
property float z
property float height
element face 4
property list uchar int vertex_indices
end_header
-20 -20 -20 0
20 -20 -20 1
0 20 -20 2
0 0 20 3
3 0 2 1
3 0 1 3
3 1 2 3
3 2 0 3
"""


class Scene(Cli):
    def setUp(self):
        super().setUp()
        (self.folder / "tetra.ply").write_text(PLY)

    def numbers(self, name):
        """The float32 numbers of an npy file, C order."""
        data = (self.folder / name).read_bytes()
        start = 10 + struct.unpack("<H", data[8:10])[0]
        return struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])

    def draw(self, name, *words):
        self.ok("render", *words, "-o", name, "--size", "40", "--provenance", "none")
        return (self.folder / name).read_bytes()

    def test_options_after_an_input_are_its_own(self):
        one = self.draw("a.npy", BALL, "--unlit", "tetra.ply", "--face", "red")
        two = self.draw("b.npy", BALL, "tetra.ply", "--face", "red", "--unlit")
        self.assertNotEqual(one, two)
        before = self.draw("c.npy", "--unlit", BALL, "tetra.ply", "--face", "red")
        both = self.draw("d.npy", BALL, "--unlit", "tetra.ply", "--face", "red", "--unlit")
        self.assertEqual(before, both)

    def test_a_mesh_alone_is_a_picture_with_triangles(self):
        self.draw("a.npy", "tetra.ply", "--view", "left", "--unlit", "--face", "#336699", "--layer",
                  "triangle=t.npy")
        triangles = {t for t in self.numbers("t.npy") if t == t}
        self.assertEqual(triangles, {3.0})
        colours = {tuple(round(v, 3) for v in self.numbers("a.npy")[i:i + 4]) for i in range(0, 6400, 4)}
        self.assertEqual(colours, {(0, 0, 0, 0), (0.2, 0.4, 0.6, 1)})

    def test_a_scalar_is_named_and_one_that_is_not_there_is_told(self):
        self.draw("a.npy", "tetra.ply", "--scalar", "height", "--window", "0,3", "--mode", "first")
        values = [v for v in self.numbers("a.npy") if v == v]
        self.assertTrue(0 <= min(values) < 0.5 and 2.5 < max(values) <= 3)
        self.fails(2, "it has: height", "render", "tetra.ply", "--scalar", "width", "-o", "b.png")

    def test_what_has_no_effect_is_refused(self):
        self.fails(2, "of meshes", "render", BALL, "--opacity", "0.5", "-o", "a.png")
        self.fails(2, "a mesh has none", "render", "tetra.ply", "--mode", "mip", "-o", "a.png")
        self.fails(2, "give one input", "render", BALL, "tetra.ply", "--fade", "xray", "-o", "a.gif")
        self.fails(2, "write it after the one", "render", BALL, BALL, "--save-look", "l.json", BALL,
                   "--save-look", "l.json", "-o", "a.png")

    def test_provenance_holds_both_hashes_and_no_names(self):
        self.phantom("ball.nii", "sphere?dims=30,30,30")
        self.ok("render", "ball.nii", "tetra.ply", "--opacity", "0.5", "-o", "a.png", "--size", "30",
                "--sidecar")
        made = json.loads((self.folder / "a.png.json").read_text())
        self.assertEqual(len(made["inputs"]), 2)
        self.assertEqual(len({i["xxh3_128"] for i in made["inputs"]}), 2)
        self.assertEqual(made["inputs"][1]["params"], {"opacity": "0.5"})
        self.assertNotIn("tetra", json.dumps(made))

    @unittest.skipIf(SANITIZED, "sanitizers hold memory of their own")
    def test_measured_memory_stays_within_a_tenth_of_the_plan(self):
        n = 120
        with open(self.folder / "big.ply", "wb") as out:
            head = f"ply\nformat binary_little_endian 1.0\nelement vertex {n * n}\n"
            head += "".join(f"property float {a}\n" for a in "xyz")
            head += f"element face {(n - 1) ** 2}\nproperty list uchar int vertex_indices\nend_header\n"
            out.write(head.encode())
            for i in range(n * n):
                out.write(struct.pack("<3f", i % n, i // n, (i * 7919) % 13))
            for i in range(n - 1):
                for j in range(n - 1):
                    at = i * n + j
                    out.write(struct.pack("<B4i", 4, at, at + 1, at + n + 1, at + n))
        line = ("render", "big.ply", BALL, "-o", "a.png", "--size", "64")
        planned = self.json(*line, "--plan", "--json")["plan"]["memory_bytes"]
        peak = self.json(*line, "--json")["peak_memory"]
        self.assertLessEqual(peak, 1.1 * planned)


class Camera(Cli):
    def test_a_saved_camera_takes_the_same_picture(self):
        for fov in ([], ["--fov", "35"]):
            self.ok("render", BALL, "-o", "a.npy", "--size", "50x40", "--elev", "20", "--roll", "10",
                    "--zoom", "1.4", "--save-camera", "c.json", *fov)
            report = self.json("render", BALL, "-o", "b.npy", "--camera", "c.json", "--json")
            self.assertEqual((self.folder / "a.npy").read_bytes(), (self.folder / "b.npy").read_bytes())
            (self.folder / "report.json").write_text(json.dumps(report))
            self.ok("render", BALL, "-o", "c.npy", "--camera", "report.json")
            self.assertEqual((self.folder / "a.npy").read_bytes(), (self.folder / "c.npy").read_bytes())

    def test_a_photographs_camera_sees_what_opencv_says(self):
        # the ball's middle is the world's origin: 300 mm along the axis, which is pixel (30, 20)
        camera = {"width": 61, "height": 41, "K": [[200, 0, 30], [0, 200, 20], [0, 0, 1]],
                  "distortion": [0.1, 0, 0, 0], "R": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "t": [0, 0, 300]}
        (self.folder / "c.json").write_text(json.dumps(camera))
        report = self.json("render", BALL, "-o", "a.npy", "--camera", "c.json", "--mode", "first",
                           "--json")
        self.assertIsNone(report["mm_per_pixel"])
        self.assertEqual(report["camera"]["principal_px"], [30.5, 20.5])
        data = (self.folder / "a.npy").read_bytes()
        start = 10 + struct.unpack("<H", data[8:10])[0]
        values = struct.unpack("<2501f", data[start:])
        seen = [i for i, v in enumerate(values) if v == v]
        self.assertAlmostEqual(sum(i % 61 for i in seen) / len(seen), 30, delta=0.01)
        self.assertAlmostEqual(sum(i // 61 for i in seen) / len(seen), 20, delta=0.01)

    def test_what_a_camera_says_is_not_said_twice(self):
        (self.folder / "c.json").write_text("{}")
        self.fails(2, "leave out --elev", "render", BALL, "-o", "a.png", "--camera", "c.json", "--elev", "5",
                   "--size", "30")
        self.fails(1, "size of its picture", "render", BALL, "-o", "a.png", "--camera", "c.json")
        self.fails(2, ".json", "render", BALL, "-o", "a.png", "--save-camera", "c.txt")


class Pixel(Cli):
    def test_a_pixel_tells_its_ray_and_what_layers_hold(self):
        self.ok("render", BALL, "-o", "a.png", "--size", "50x40", "--mode", "first", "--layer",
                "position=p.tif", "--layer", "depth=d.npy", "--layer", "voxel=v.nii.gz")
        report = self.json("info", "a.png", "--pixel", "25,20", "--layer", "position=p.tif", "--layer",
                           "depth=d.npy", "--layer", "voxel=v.nii.gz", "--json")
        pixel, camera = report["pixel"], report["camera"]
        self.assertEqual(pixel["uv_px"], [25.5, 20.5])
        self.assertEqual(report["mm_per_pixel"], camera["mm_per_pixel"])
        for a in range(3):
            self.assertAlmostEqual(pixel["ray_from_mm"][a] + pixel["depth_mm"] * pixel["ray_along"][a],
                                   pixel["mm"][a], delta=1e-3)
        self.assertEqual(len(pixel["colour"]), 3)
        self.assertEqual(len(pixel["voxel"]), 3)
        words = self.ok("info", "a.png", "--pixel", "25.5,20.5")
        self.assertIn("ray_from_mm", words)
        self.assertIn("mm per pixel", words)

    def test_a_data_picture_tells_its_value(self):
        self.ok("render", BALL, "-o", "a.tif", "--size", "50x40", "--mode", "mip")
        report = self.json("info", "a.tif", "--pixel", "25,20", "--json")
        self.assertGreater(report["pixel"]["value"], 0)

    def test_a_layer_tells_its_own_numbers(self):
        self.ok("render", BALL, "-o", "a.png", "--size", "50x40", "--mode", "first", "--layer", "position=p.tif")
        layer = self.json("info", "p.tif", "--pixel", "25,20", "--json")["pixel"]
        picture = self.json("info", "a.png", "--pixel", "25,20", "--layer", "position=p.tif", "--json")["pixel"]
        self.assertEqual(layer["mm"], picture["mm"])
        self.assertNotIn("colour", layer)

    def test_a_pixel_that_is_not_there_is_refused(self):
        self.ok("render", BALL, "-o", "a.png", "--size", "50x40")
        self.fails(2, "outside", "info", "--quiet", "a.png", "--pixel", "50,0")
        self.fails(2, "two numbers", "info", "a.png", "--pixel", "50")
        self.fails(2, "NAME=FILE", "info", "a.png", "--pixel", "5,5", "--layer", "depth")
        self.fails(2, "give --pixel", "info", "a.png", "--layer", "depth=d.npy")
        self.phantom("b.nii")
        self.fails(2, "no picture with a camera", "info", "--quiet", "b.nii", "--pixel", "5,5")


if __name__ == "__main__":
    unittest.main()
