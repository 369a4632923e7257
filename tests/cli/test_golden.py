# SPDX-License-Identifier: Apache-2.0
"""Same bits: rasters and data have the hashes kept here at any number of threads and CPU level.

test_golden.py --write prints the table anew; look at the pictures before keeping it."""
import hashlib
import os
import pathlib
import shlex
import sys
import tempfile
import unittest

from harness import Cli

# once is enough at other CPU levels
THREADS = (2,) if "PELLUCID_CPU" in os.environ else (1, 2, 7)
HEAD = "phantom:head?dims=48,56,50&spacing=4"
TABLE = pathlib.Path(__file__).with_name("golden.txt")
# name: command line; the output is numbers; pictures with text depend on a machine's fonts
LINES = {
    "cortex/flat.ply": 'cortex HEAD --mask phantom:sphere?radius=60&spacing=4&dims=40 --radius 25 --vessels 0 --pixel 2',
    "convert.nii": 'convert HEAD --tone seed',
    "convert-i16.npy": 'convert phantom:sphere?dims=40,40,40 --dtype int16 --resize 33',
    "histogram.csv": 'histogram HEAD --bins 40',
    "mask.npy": 'mask HEAD --otsu --smooth 1mm --steps "open 5mm; largest; close 12mm; fill"',
    "render-composite.npy": 'render HEAD --size 96x80 --look mr-head',
    "render-mip.npy": 'render HEAD --size 96x80 --mode mip',
    "render-minip.npy": 'render phantom:torus?dims=40,40,40 --size 64x64 --mode minip --elev 20 --azim 40',
    "render-fov.npy": 'render phantom:letters --size 64x64 --fov 40 --unlit',
    "render-keep.npy": 'render HEAD --size 64x64 --keep "z < x - y + 5" --roll 10',
    "render-first.npy": 'render HEAD --size 64x64 --mode first --keep "mm: z < 20"',
    "render-band.npy": 'render HEAD --size 64x64 --mode band --level 60 --depth 2:9.5 --stat mean --fov 30',
    "render-scene.npy": 'render HEAD --look xray phantom:torus?dims=40,40,40 --size 64x64',
    "render-points.npy": 'render HEAD --look xray points.ply --point-size 9 --opacity 0.5 --size 64x64',
    "render-discs.npy": 'render points.ply --point-size 5px --point-shape disc --size 64x64 --fov 40',
    "render-edges.npy": 'render skin.ply --edge navy --edge-width 1.5px --opacity 0.5 --size 64x64 --fov 30',
    "render-wireframe.npy": 'render skin.ply --wireframe --edge-width 1.2 --size 64x64',
    "render-smooth.png": 'render skin.ply --look ct-bone points.ply --face tan --size 64x64',
    "slice.npy": 'slice HEAD --axis x --at 0',
    "turntable.apng": 'render HEAD --size 40x32 --turntable 5 --axis 0,1,2 --fov 30',
    "denoise.npy": 'denoise HEAD --noise 4 --search 2 --law rician',
    "bias.npy": 'bias HEAD --levels 3',
    "vessels.npy": 'vessels HEAD --scales 3:6',
    "vessels-frangi.npy": 'vessels HEAD --scales 4 --method frangi --polarity dark --shape sheet',
    "vessels-oof.npy": 'vessels HEAD --scales 4:8:2 --method oof --within phantom:sphere?radius=70&spacing=4&dims=40',
    "surface.ply": 'surface HEAD --level 40 --largest --smooth 5 --max-error 1',
    "surface-mask.stl": 'surface phantom:sphere?dims=30&spacing=2&radius=20 --as mask --level 0.5',
    "surface-labels.ply": 'surface labels.nii.gz --as labels --smooth 4 --keep-fraction 0.5',
    "mesh.obj": 'mesh ball.ply --cut-plane 0,0,1,0,0.1,1 --curvature --sulcal-depth',
    "probe.vtk": 'probe ball.ply HEAD --depth -2:3 --stat mean,p90,argmax',
    "fade.gif": 'render HEAD --size 40x32 --fade xray --frames 4 --ping-pong --dither',
}
# what some of them read
MADE = [f"shell {HEAD} --range 60: --normals -o points.ply", f"surface {HEAD} --level 60 -o skin.ply",
        "phantom head?dims=24,28,25&spacing=8 -o small.nii.gz --truth .",
        "surface phantom:sphere?dims=40&spacing=2&radius=30 --level 0.5 -o ball.ply"]


def kept():
    pairs = (line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#"))
    return {name: digest for name, digest in pairs}


class Golden(Cli):
    def digest(self, name, line, threads):
        words = [HEAD if word == "HEAD" else word for word in shlex.split(line)]
        # a folder would keep what is done
        name = f"{threads}-{name}" if "/" in name else name
        self.ok(*words, "-o", name.split("/")[0], "--threads", threads, "--quiet", "--provenance", "none")
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()[:32]

    def make(self):
        for line in MADE:
            self.ok(*shlex.split(line), "--quiet")

    def test_every_line_gives_the_kept_bits_at_any_number_of_threads(self):
        self.make()
        table = kept()
        self.assertEqual(set(table), set(LINES))
        for name, line in LINES.items():
            for threads in THREADS:
                with self.subTest(name=name, threads=threads):
                    self.assertEqual(self.digest(name, line, threads), table[name])

    def test_figures_are_the_same_at_any_number_of_threads(self):
        for line in ("slice HEAD --ortho", "histogram HEAD", "render HEAD --size 64x64",
                     "voxels HEAD --size 300px --edge #0008 --hidden hide"):
            digests = {self.digest("a.png", line, threads) for threads in THREADS}
            self.assertEqual(len(digests), 1, line)


def write():
    test = Golden()
    with tempfile.TemporaryDirectory() as folder:
        test.folder = pathlib.Path(folder)
        test.make()
        print("# sha256, cut to 32 digits, of what each line of test_golden.py writes")
        for name, line in LINES.items():
            print(name, test.digest(name, line, 1))


if __name__ == "__main__":
    write() if "--write" in sys.argv else unittest.main()
