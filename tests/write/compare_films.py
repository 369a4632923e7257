# SPDX-License-Identifier: Apache-2.0
"""compare_films.py PELLUCID: frames of films as PIL and ffmpeg read them, against the same frames as PNG.

APNG and lossless WebP: every pixel; GIF: within a mean of 1.5 of 255 (255 colours for the film); MP4 and WebM: within
a mean of 2 and without a shift of colour. Count, order, delays and loop too. Skips where PIL is not installed."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
    from PIL import Image, features
    try:
        import cv2
    except ImportError:
        cv2 = None
except ImportError:
    print("skipped: PIL and numpy are not installed")
    sys.exit(77)

PROGRAM = os.path.abspath(sys.argv.pop(1))
HEAD = "phantom:head?dims=60,75,67&spacing=3"
FRAMES = 9


def run(folder, *words):
    subprocess.run([PROGRAM, *words, "--quiet"], cwd=folder, check=True)


def film(folder, name, *more, size="121x97"):
    run(folder, "render", HEAD, "-o", name, "--turntable", str(FRAMES), "--size", size, "--fps", "16", *more)
    return folder / name


def read(path, mode="RGB"):
    frames, delays = [], []
    with Image.open(path) as picture:
        for n in range(picture.n_frames):
            picture.seek(n)
            frames.append(np.asarray(picture.convert(mode)).astype(int))
            delays.append(picture.info["duration"])
        return np.array(frames), delays, picture.info.get("loop")


def read_by_ffmpeg(path, width, height):
    # its name alone makes it one PNG
    form = ("-f", "apng") if path.suffix == ".apng" else ()
    raw = subprocess.run(["ffmpeg", "-v", "error", *form, "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-sws_flags",
                          "accurate_rnd+full_chroma_int", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3).astype(int)


class Films(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        film(cls.folder, "f/%03d.png")
        cls.want = np.array([np.asarray(Image.open(cls.folder / f"f/{n:03d}.png").convert("RGB")).astype(int)
                             for n in range(FRAMES)])

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_no_frame_is_shown_twice(self):
        for a in range(FRAMES):
            for b in range(a):
                self.assertTrue((self.want[a] != self.want[b]).any(), (a, b))

    def test_apng_is_exact(self):
        frames, delays, loop = read(film(self.folder, "a.apng", "--loop", "2"))
        np.testing.assert_array_equal(frames, self.want)
        self.assertEqual((delays, loop), ([62.5] * FRAMES, 2))

    def test_lossless_webp_is_exact(self):
        if not features.check("webp_anim") or "built without" in subprocess.run(
                [PROGRAM, "render", HEAD, "-o", "x.webp", "--turntable", "1", "--size", "16"], cwd=self.folder,
                capture_output=True, text=True).stderr:
            self.skipTest("no WebP")
        frames, delays, loop = read(film(self.folder, "a.webp"))
        np.testing.assert_array_equal(frames, self.want)
        self.assertEqual((sum(delays), loop), (round(FRAMES * 62.5), 0))
        lossy, _, _ = read(film(self.folder, "b.webp", "--film-quality", "90"))
        self.assertLess(abs(lossy - self.want).mean(), 2)
        self.assertLess((self.folder / "b.webp").stat().st_size, (self.folder / "a.webp").stat().st_size)

    def test_gif_has_the_nearest_of_its_colours(self):
        for name, more, most in (("a.gif", (), 1.5), ("b.gif", ("--dither",), 3)):
            frames, delays, loop = read(film(self.folder, name, *more))
            self.assertEqual(len(frames), FRAMES)
            error = abs(frames - self.want)
            print(f"{name}: mean error {error.mean():.3f}, largest {error.max()}, of 255")
            self.assertLess(error.mean(), most)
            # the background is what it was
            np.testing.assert_array_equal(frames[:, 0, 0], self.want[:, 0, 0])
            self.assertEqual((sum(delays), loop), (560, 0))

    def test_transparent_films_keep_what_is_not_there(self):
        film(self.folder, "t/%03d.png", "--background", "transparent")
        want = np.array([np.asarray(Image.open(self.folder / f"t/{n:03d}.png")).astype(int) for n in range(FRAMES)])
        frames, _, _ = read(film(self.folder, "t.apng", "--background", "transparent"), "RGBA")
        np.testing.assert_array_equal(frames, want)
        frames, _, _ = read(film(self.folder, "t.gif", "--background", "transparent"), "RGBA")
        np.testing.assert_array_equal(frames[..., 3] > 0, want[..., 3] >= 128)

    @unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
    def test_mp4_and_webm_have_the_colours_of_the_frames(self):
        for name in ("a.mp4", "a.webm"):
            # odd sizes become even by showing the last row and column twice
            frames = read_by_ffmpeg(film(self.folder, name, "--film-quality", "95"), 122, 98)[:, :97, :121]
            self.assertEqual(len(frames), FRAMES)
            difference = frames - self.want
            print(f"{name}: mean error {abs(difference).mean():.3f}, shift {abs(difference.mean(axis=(0, 1, 2))).max():.3f}")
            self.assertLess(abs(difference).mean(), 2)
            self.assertLess(abs(difference.mean(axis=(0, 1, 2))).max(), 1)
            for n in range(FRAMES):
                errors = [abs(frames[n] - other).mean() for other in self.want]
                self.assertEqual(int(np.argmin(errors)), n)

    @unittest.skipUnless(cv2 and shutil.which("ffmpeg"), "OpenCV or ffmpeg is not installed")
    def test_opencv_opens_an_mp4_with_its_rate_and_frames(self):
        film(self.folder, "c.mp4", "--film-quality", "95")
        video, frames = cv2.VideoCapture(str(self.folder / "c.mp4")), []
        self.assertAlmostEqual(video.get(cv2.CAP_PROP_FPS), 16, places=3)
        while (got := video.read())[0]:
            frames.append(got[1][:97, :121, ::-1].astype(int))
        video.release()
        self.assertEqual(len(frames), FRAMES)
        # its conversion leaves the range of colours to guess
        for n in range(FRAMES):
            errors = [abs(frames[n] - other).mean() for other in self.want]
            self.assertEqual(int(np.argmin(errors)), n)
            self.assertLess(min(errors), 4)

    @unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
    def test_ffmpeg_reads_gif_and_apng_as_pil_does(self):
        for name in ("a.gif", "a.apng"):
            frames = read_by_ffmpeg(film(self.folder, name), 121, 97)
            np.testing.assert_array_equal(frames, read(self.folder / name)[0], name)


if __name__ == "__main__":
    unittest.main()
