# SPDX-License-Identifier: Apache-2.0
"""replay: everything that says how it was made is made again, to the same bytes."""
import os
import shlex
import shutil
import struct
import unittest

from harness import Cli

# the output's name: how it is made; what is not on standard input, a scene or an option is a file of setUp
LINES = {
    "a.nii.gz": "convert head.nii.gz --tone 'window 0 100; pow 0.5' --crop 5:-5,::-1",
    "masked.nii.gz": "convert head.nii.gz --mask ball.nii.gz --dtype float32",
    "like.nrrd": "convert head.nii.gz --like ball.nii.gz --interp nearest",
    "a.mha": "convert head.nii.gz --encoding raw",
    "a.tif": "convert head.nii.gz --orient LPS",
    "three.png": "slice head.nii.gz --ortho --at 1.25,-3,7 --overlay ball.nii.gz,hot,0.5:2 --colorbar",
    "mosaic.svg": "slice head.nii.gz --mosaic 3x2 --radiological --title 'a < b & c'",
    "page.pdf": "slice head.nii.gz --title 'a (b) \\ c: 5 µm' --look bone.json",
    "plain.pdf": "slice head.nii.gz --title 'a (b) \\ c'",
    "one.nii": "slice head.nii.gz --index 7",
    "one.tif": "slice head.nii.gz --axis y",
    "bars.png": "histogram head.nii.gz --bins 33 --log --colormap magma",
    "head.png": "render head.nii.gz --size 60 --keep '(z < x - y + 5) or x > 3' --background #12345680 "
                "--layer depth=depth.tif --layer position=position.nii",
    "depth.tif": None,
    "position.nii": None,
    "mip.tif": "render head.nii.gz --size 60 --mode mip --mm-per-pixel 3.3",
    "mip16.png": "render head.nii.gz --size 60 --mode mip --bits 16 --look bone.json",
    "scene.png": "render 'phantom:torus?dims=30&spacing=2.5' --size 50 --fov 30",
    "spin.apng": "render head.nii.gz --size 40 --turntable 4 --axis 0,1,1 --fps 12.5",
    "spin.gif": "render head.nii.gz --size 40 --turntable 4 --arc 90 --ping-pong --dither",
    "fade.gif": "render head.nii.gz --size 40 --fade ball.nii.gz --frames 3",
    "fade.apng": "render head.nii.gz --size 40 --fade bone.json --turntable 3",
    "sheet.png": "render head.nii.gz --size 20 --turntable 4 --lightbox 2x2",
    "sweep.gif": "slice head.nii.gz --frames 4 --dpi 40 --axis x",
    "voxels.png": "voxels head.nii.gz --crop ::6,::6,::6 --size 5cm --opacity 0.5",
    "bent.png": "voxels few.nii --corners X.npy,Y.npy,Z.npy --size 3cm",
    "veiled.png": "voxels few.nii --opacity few.nii --colors rgba.npy --size 3cm",
    "lit.png": "render head.nii.gz ball.ply --edge navy --size 40 --layer depth=d.npy",
    "points.ply": "shell head.nii.gz --range 60: --normals --thin 500 --contours outlines.csv",
    "surface.ply": "surface head.nii.gz --level 40 --largest --smooth 3 --max-error 1 --receipt r.json",
    "probed.ply": "probe ball.ply head.nii.gz --depth -2:1 --stat p90 ball.nii.gz --labels --name inside",
    "quiet.nii.gz": "denoise head.nii.gz --search 1 --noise 5",
    "even.nii.gz": "bias head.nii.gz --levels 2 --within ball.nii.gz",
    "brain.nii.gz": "brain head.nii.gz --border 1 --prior ball.nii.gz",
    "vessels.nii.gz": "vessels head.nii.gz --scales 4:8:4 --within ball.nii.gz",
    "cut.ply": "mesh ball.ply --cut-sphere 0,0,50,50 --curvature",
    "flat.ply": "flatten cap.ply --up superior",
    "both.nii.gz": "mask head.nii.gz --range 30: --steps 'and ball.nii.gz; erode 3mm ; minus ball.nii.gz'",
    "mask.nii.gz": "mask head.nii.gz --range 30:90 --steps 'open 6mm; largest'",
    "scene.nii.gz": "phantom 'sphere?radius=20&dims=20' --gzip-level 9",
}
WITH_BALL = ("masked.nii.gz", "even.nii.gz", "like.nrrd", "three.png", "fade.gif", "vessels.nii.gz",
             "brain.nii.gz")
OTHERS = {"both.nii.gz": ("head.nii.gz", "ball.nii.gz", "ball.nii.gz"),
          "probed.ply": ("ball.ply", "head.nii.gz", "ball.nii.gz"),
          "bent.png": ("few.nii", "X.npy", "Y.npy", "Z.npy"), "lit.png": ("head.nii.gz", "ball.ply"),
          "veiled.png": ("few.nii", "rgba.npy", "few.nii"), "cut.ply": ("ball.ply",), "flat.ply": ("cap.ply",)}
SCENES = ("scene.png", "scene.nii.gz")


class Replays(Cli):
    def setUp(self):
        super().setUp()
        self.ok("convert", "phantom:head?dims=45,56,50&spacing=4", "-o", "head.nii.gz", "--quiet")
        self.ok("convert", "phantom:sphere?dims=45,56,50&spacing=4&radius=60", "-o", "ball.nii.gz", "--quiet")
        self.ok("surface", "ball.nii.gz", "-o", "ball.ply", "--quiet")
        self.ok("mesh", "ball.ply", "-o", "cap.ply", "--cut-sphere", "0,0,60,40", "--quiet")
        self.ok("convert", "phantom:ramp?dims=4,3,2", "-o", "few.nii", "--quiet")
        for axis, name in enumerate(("X.npy", "Y.npy", "Z.npy")):
            self.corners(name, axis)
        self.npy("rgba.npy", "(4, 3, 2, 4)", [i / 96 for i in range(96)])
        self.ok("render", "head.nii.gz", "--look", "ct-bone", "--save-look", "bone.json", "-o", "x.png",
                "--size", "20", "--quiet")

    def corners(self, name, axis):
        """Corners of 4x3x2 voxels, a little bent."""
        places = [(i, j, k) for i in range(5) for j in range(4) for k in range(3)]
        self.npy(name, "(5, 4, 3)", [p[axis] + 0.1 * p[axis - 1] * p[axis - 1] for p in places])

    def npy(self, name, shape, numbers):
        head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
        (self.folder / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode()
                                         + struct.pack(f"<{len(numbers)}d", *numbers))

    def make(self, name, *words):
        if LINES[name]:
            self.ok(*shlex.split(LINES[name]), "-o", name, "--quiet", *words)

    def inputs_of(self, name):
        if name in OTHERS:
            return OTHERS[name]
        return () if name in SCENES else ("head.nii.gz",) + ("ball.nii.gz",) * (name in WITH_BALL)

    def same(self, name, *inputs, **options):
        self.ok("replay", name, *inputs, "-o", "again_" + name, "--quiet", **options)
        self.assertEqual((self.folder / name).read_bytes(), (self.folder / ("again_" + name)).read_bytes(), name)

    def test_files_of_steps_are_inputs_and_nobody_reads_their_names(self):
        self.make("both.nii.gz", "--sidecar")
        made = (self.folder / "both.nii.gz.json").read_text()
        self.assertNotIn("ball", made)
        self.assertIn("and @; erode 3mm ; minus @", made)
        self.assertEqual(made.count("xxh3_128"), 3)
        self.fails(1, "has changed", "replay", "both.nii.gz", "head.nii.gz", "ball.nii.gz", "head.nii.gz", "-o", "b.nii.gz")
        self.fails(1, "input 3, its operand", "replay", "both.nii.gz", "head.nii.gz", "ball.nii.gz", "-o", "b.nii.gz")

    def test_a_folder_of_flat_maps_is_made_again_from_any_of_its_files(self):
        self.ok("cortex", "head.nii.gz", "-o", "maps", "--mask", "ball.nii.gz", "--radius", "20", "--pixel", "2",
                "--vessels", "0", "--quiet")
        self.ok("replay", "maps/map1.png", "head.nii.gz", "ball.nii.gz", "-o", "again", "--quiet")
        for name in os.listdir(self.folder / "maps"):
            self.assertEqual((self.folder / "maps" / name).read_bytes(), (self.folder / "again" / name).read_bytes(), name)

    def test_everything_is_made_again_to_the_same_bytes(self):
        for name in LINES:
            with self.subTest(name=name):
                self.make(name)
                self.same(name, *self.inputs_of(name))

    def test_a_file_per_label_is_made_again_by_itself(self):
        self.ok("phantom", "head?dims=20,24,22&spacing=9", "-o", "small.nii.gz", "--truth", ".", "--quiet")
        report = self.json("surface", "labels.nii.gz", "-o", "part_%d.ply", "--as", "labels", "--receipt", "r.json",
                           "--smooth", "5", "--keep-fraction", "0.5", "--json")
        self.assertTrue(all(label["watertight"] for label in report["labels"].values()))
        self.assertEqual(set(report["labels"]), set(__import__("json").loads((self.folder / "r.json").read_text())))
        names = [name for name in report["outputs"] if name.endswith(".ply")]
        self.assertEqual(names, [f"part_{label}.ply" for label in report["labels"]])
        self.assertGreater(len(names), 5)
        for name in names[:2]:
            self.same(name, "labels.nii.gz")

    def test_films_of_ffmpeg_and_webp_too(self):
        names = ["spin.mp4", "spin.webm"] if shutil.which("ffmpeg") else []
        for name in names + ["spin.webp"]:
            done = self.run_cli("render", "head.nii.gz", "-o", name, "--turntable", "4", "--size", "40", "--quiet")
            if "built without" not in done.stderr:
                self.assertEqual(done.returncode, 0, done.stderr)
                self.same(name, "head.nii.gz")

    def test_what_has_no_room_for_it_is_made_again_from_its_sidecar(self):
        for name, line in (("v.csv", "histogram head.nii.gz --bins 9"), ("m.npy", "render head.nii.gz --mode mip --size 30")):
            self.ok(*shlex.split(line), "-o", name, "--sidecar", "--quiet")
            self.fails(1, "--sidecar", "replay", name, "head.nii.gz", "-o", "again_" + name)
            self.ok("replay", name + ".json", "head.nii.gz", "-o", "again_" + name, "--quiet")
            self.assertEqual((self.folder / name).read_bytes(), (self.folder / ("again_" + name)).read_bytes())

    def test_every_command_that_writes_is_replayed_here(self):
        import json
        writes = {c["name"] for c in json.loads(self.ok("help", "--json"))["commands"]
                  if any(o["name"] == "-o" for o in c["options"])} - {"replay"}
        # a folder has a test of its own
        here = {"cortex"} | {line.split()[0] for line in LINES.values() if line}
        self.assertEqual(writes - here, set())

    def test_names_that_were_kept_find_the_inputs(self):
        self.make("masked.nii.gz", "--provenance", "full")
        self.same("masked.nii.gz")
        os.rename(self.folder / "ball.nii.gz", self.folder / "mask.nii.gz")
        self.fails(1, "ball.nii.gz, its mask", "replay", "masked.nii.gz", "-o", "b.nii.gz")
        self.ok("replay", "masked.nii.gz", "--input", "ball.nii.gz=mask.nii.gz", "-o", "b.nii.gz")

    def test_inputs_are_named_by_number_or_in_order(self):
        self.make("masked.nii.gz")
        self.same("masked.nii.gz", "--input", "2=ball.nii.gz", "--input", "1=head.nii.gz")
        self.same("masked.nii.gz", "--input", "2=ball.nii.gz", "head.nii.gz")
        self.fails(1, "input 1", "replay", "masked.nii.gz", "-o", "b.nii.gz")
        self.fails(1, "input 2", "replay", "masked.nii.gz", "head.nii.gz", "-o", "b.nii.gz")
        self.fails(2, "fewer inputs", "replay", "masked.nii.gz", "head.nii.gz", "ball.nii.gz", "head.nii.gz",
                   "-o", "b.nii.gz")

    def test_an_input_that_changed_is_named_and_refused(self):
        self.make("masked.nii.gz")
        done = self.fails(1, "has changed", "replay", "masked.nii.gz", "head.nii.gz", "head.nii.gz", "-o", "b.nii.gz")
        self.assertIn("head.nii.gz", done.stderr)
        self.assertNotIn("b.nii.gz", self.listing())
        done = self.run_cli("replay", "masked.nii.gz", "head.nii.gz", "head.nii.gz", "-o", "b.nii.gz", "--changed")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("has changed", done.stderr)

    def test_without_an_output_it_checks_and_prints_the_line(self):
        self.make("head.png")
        line = self.ok("replay", "head.png", "head.nii.gz")
        self.assertTrue(line.startswith("pellucid render head.nii.gz "), line)
        self.assertIn("'--keep=(z < x - y + 5) or x > 3'", line)
        self.assertNotIn("again", " ".join(self.listing()))

    def test_no_file_name_is_kept_of_masks_looks_and_overlays(self):
        for name in ("masked.nii.gz", "like.nrrd", "three.png", "fade.gif", "page.pdf", "mip16.png"):
            self.make(name, "--sidecar")
            text = (self.folder / (name + ".json")).read_text()
            for word in ("ball", "bone.json", "head.nii"):
                self.assertNotIn(word, text, name)

    def test_a_plan_tells_the_memory_of_the_run(self):
        self.make("a.nii.gz")
        plan = self.json("replay", "a.nii.gz", "head.nii.gz", "--plan", "--json")["plan"]
        self.assertGreater(len(plan["steps"]), 0)

    def test_what_says_nothing_or_nonsense_is_refused(self):
        (self.folder / "words.txt").write_text("no")
        self.fails(1, "does not say how it was made", "replay", "words.txt", "-o", "b.png")
        self.fails(1, "nowhere.png", "replay", "nowhere.png", "-o", "b.png")
        (self.folder / "bad.json").write_text('{"pellucid":"1","command":"render","params":5,"inputs":[]}')
        self.fails(1, "damaged", "replay", "bad.json", "-o", "b.png")
        (self.folder / "odd.json").write_text('{"pellucid":"1","command":"fly","params":{},"inputs":[]}')
        self.fails(1, "'fly'", "replay", "odd.json", "-o", "b.png")
        self.ok("render", "head.nii.gz", "-o", "none.png", "--size", "20", "--provenance", "none", "--quiet")
        self.fails(1, "--provenance none", "replay", "none.png", "-o", "b.png")


if __name__ == "__main__":
    unittest.main()
