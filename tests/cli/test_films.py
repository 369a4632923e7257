# SPDX-License-Identifier: Apache-2.0
"""Films as people make them: frames and files counted by their own bytes, what is refused, and nothing half-written."""
import json
import os
import shutil
import signal
import struct
import subprocess
import time
import unittest

from harness import PROGRAM, SANITIZED, Cli

HEAD = "phantom:head?dims=30,38,34&spacing=6"
SMALL = ("--size", "48x40", "--quiet")


def png_chunks(data):
    at = 8
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8:at + 8 + size]
        at += 12 + size


def gif_delays(data):
    """Delays of a GIF's frames, walking its blocks."""
    at, delays = 13 + 768, []
    while data[at] != 0x3b:
        if data[at] == 0x21:
            if data[at + 1] == 0xf9:
                delays.append(struct.unpack_from("<H", data, at + 4)[0])
            at += 2
        else:
            at += 11
        while data[at]:
            at += 1 + data[at]
        at += 1
    return delays


class Films(Cli):
    def film(self, name, *words):
        self.ok("render", HEAD, "-o", name, *SMALL, *words)
        return (self.folder / name).read_bytes()

    def test_an_apng_has_its_frames_and_says_how_it_was_made(self):
        chunks = list(png_chunks(self.film("a.apng", "--turntable", "5", "--fps", "10")))
        names = [name for name, _ in chunks]
        self.assertEqual(names.count(b"fcTL"), 5)
        self.assertEqual(names.count(b"fdAT"), 4)
        made = json.loads(dict(chunks)[b"tEXt"].split(b"\0", 1)[1])
        self.assertEqual((made["frames"], made["fps"], len(made["cameras"])), (5, 10, 5))
        self.assertEqual(made["provenance"]["params"]["turntable"], "5")
        eyes = {tuple(c["eye_mm"]) for c in made["cameras"]}
        self.assertEqual(len(eyes), 5)
        self.assertEqual(len({c["mm_per_pixel"] for c in made["cameras"]}), 1)

    def test_a_gif_has_its_frames_and_plays_as_long_as_it_should(self):
        delays = gif_delays(self.film("a.gif", "--turntable", "12", "--fps", "24"))
        self.assertEqual(len(delays), 12)
        self.assertEqual(sum(delays), 50)

    def test_there_and_back_shows_the_ends_once(self):
        self.ok("render", HEAD, "-o", "f/%02d.png", "--turntable", "4", "--arc", "60", "--ping-pong",
                "--size", "32", "--quiet", "--provenance", "none")
        frames = [(self.folder / f"f/{n:02d}.png").read_bytes() for n in range(6)]
        self.assertEqual(len(os.listdir(self.folder / "f")), 6)
        self.assertEqual(len(set(frames[:4])), 4)
        self.assertEqual([frames[2], frames[1]], frames[4:])

    def test_numbered_pictures_are_those_of_render(self):
        self.ok("render", HEAD, "-o", "f/%d.png", "--turntable", "3", "--mm-per-pixel", "5",
                "--azim", "90", "--layer", "depth=f/d%d.npy", *SMALL)
        self.ok("render", HEAD, "-o", "one.png", "--mm-per-pixel", "5", "--azim", "210", *SMALL,
                "--layer", "depth=one.npy")
        # the same picture but for the last bits of an angle
        turned = (self.folder / "f/d1.npy").read_bytes()
        self.assertEqual(len(turned), len((self.folder / "one.npy").read_bytes()))
        self.assertEqual(sorted(os.listdir(self.folder / "f")),
                         ["0.png", "1.png", "2.png", "d0.npy", "d1.npy", "d2.npy"])

    def test_a_lightbox_holds_the_frames(self):
        report = self.json("render", HEAD, "-o", "s.png", "--turntable", "5", "--lightbox", "3x2",
                           "--size", "20x30", "--json")
        width, height = struct.unpack_from(">II", (self.folder / "s.png").read_bytes(), 16)
        self.assertEqual((width, height), (60, 60))
        self.assertEqual(report["frames"], 5)
        self.fails(2, "fewer cells", "render", HEAD, "-o", "s.png", "--turntable", "5", "--lightbox", "2x2")

    def test_a_lightbox_by_itself_goes_once_around(self):
        for name, turns in (("a.png", []), ("b.png", ["--turntable", "6"])):
            self.ok("render", HEAD, "-o", name, "--lightbox", "3x2", *turns, "--size", "20", "--provenance", "none")
        self.assertEqual((self.folder / "a.png").read_bytes(), (self.folder / "b.png").read_bytes())

    def test_a_fade_begins_and_ends_in_whole_looks(self):
        self.ok("render", HEAD, "-o", "f%d.png", "--fade", "xray", "--frames", "3", "--look", "gray",
                *SMALL, "--provenance", "none")
        for name, look in (("f0.png", "gray"), ("f2.png", "xray")):
            self.ok("render", HEAD, "-o", "one.png", "--look", look, *SMALL, "--provenance", "none")
            self.assertEqual((self.folder / name).read_bytes(), (self.folder / "one.png").read_bytes(), name)

    def test_a_sweep_shows_every_slice_once(self):
        report = self.json("slice", HEAD, "-o", "s.apng", "--axis", "x", "--dpi", "40", "--json")
        self.assertEqual(report["frames"], 30)
        self.fails(2, "more than there are slices", "slice", HEAD, "-o", "s.gif", "--frames", "35")
        self.fails(2, "all slices of one axis", "slice", HEAD, "-o", "s.gif", "--ortho")
        self.fails(2, "--frames is for films", "slice", HEAD, "-o", "s.png", "--frames", "5")

    def test_a_report_times_every_frame(self):
        report = self.json("render", HEAD, "-o", "a.gif", "--turntable", "4", "--size", "32", "--json")
        self.assertEqual(len(report["seconds"]["frames"]), 4)
        self.assertGreaterEqual(report["seconds"]["encode"], 0)
        self.assertEqual(len(report["cameras"]), 4)
        self.assertEqual(report["outputs"], ["a.gif"])

    def test_bytes_do_not_depend_on_threads(self):
        for name in ("a.apng", "a.gif"):
            films = {self.film(name, "--turntable", "5", "--threads", n) for n in (1, 2, 7)}
            self.assertEqual(len(films), 1, name)

    def test_lines_that_make_no_film_say_why(self):
        self.fails(2, "needs frames", "render", HEAD, "-o", "a.mp4")
        self.fails(2, "columns and rows", "render", HEAD, "-o", "a.png", "--lightbox", "2y2")
        self.fails(2, "wants a film", "render", HEAD, "-o", "a.png", "--turntable", "5")
        self.fails(2, "wants a film", "render", HEAD, "-o", "a%d%d.png", "--turntable", "5")
        self.fails(2, "%03d in FILE", "render", HEAD, "-o", "a.gif", "--turntable", "5", "--layer", "depth=d.npy")
        self.fails(2, "at most 50", "render", HEAD, "-o", "a.gif", "--turntable", "5", "--fps", "60")
        self.fails(2, "--axis", "render", HEAD, "-o", "a.gif", "--turntable", "5", "--axis", "Q")
        self.assertEqual(self.listing(), [])

    def test_a_volume_may_lie_beside_pictures_named_after_it(self):
        self.phantom("head.nii", "head?dims=30,38,34&spacing=6")
        self.ok("render", "head.nii", "-o", "head%d.png", "--turntable", "2", *SMALL)
        self.assertEqual(self.listing(), ["head.nii", "head0.png", "head1.png"])

    def test_an_anatomical_axis_needs_an_orientation(self):
        self.ok("convert", HEAD, "-o", "flat.npy", "--quiet")
        self.fails(1, "--assume", "render", "flat.npy", "-o", "a.gif", "--turntable", "5", "--axis", "S", *SMALL)
        self.ok("render", "flat.npy", "-o", "a.gif", "--turntable", "3", "--axis", "y", *SMALL)

    def test_without_ffmpeg_its_films_are_refused_with_the_package(self):
        for name in ("a.mp4", "a.webm"):
            done = self.fails(1, "install the package ffmpeg", "render", HEAD, "-o", name, "--turntable", "3",
                              env={**os.environ, "PATH": str(self.folder)})
            self.assertIn(".apng", done.stderr)
        self.assertEqual(self.listing(), [])

    def fake_ffmpeg(self, script):
        (self.folder / "bin").mkdir(exist_ok=True)
        path = self.folder / "bin/ffmpeg"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}

    def test_an_ffmpeg_that_dies_is_told_by_its_last_line(self):
        env = self.fake_ffmpeg("case $* in *-encoders*) echo ' V..... libx264  x'; exit 0;; esac\n"
                               "echo first >&2; echo 'no such luck' >&2; exit 3\n")
        self.fails(1, "no such luck", "render", HEAD, "-o", "a.mp4", "--turntable", "3", "--quiet", env=env)
        self.assertEqual(self.listing(), ["bin"])
        env = self.fake_ffmpeg("case $* in *-encoders*) echo ' V..... none  x'; exit 0;; esac\nexit 0\n")
        self.fails(1, "no encoder", "render", HEAD, "-o", "a.webm", "--turntable", "3", "--quiet", env=env)

    def test_transparent_films_are_not_for_mp4(self):
        if not shutil.which("ffmpeg"):
            self.skipTest("ffmpeg is not here")
        self.fails(2, "--background", "render", HEAD, "-o", "a.mp4", "--turntable", "3", "--background",
                   "transparent", *SMALL)
        self.film("a.gif", "--turntable", "3", "--background", "transparent")

    @unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not here")
    def test_the_same_frames_give_the_same_film_of_ffmpeg(self):
        for name in ("a.mp4", "a.webm"):
            films = {self.film(name, "--turntable", "5", "--threads", n) for n in (1, 3)}
            self.assertEqual(len(films), 1, name)

    def test_a_full_disk_leaves_nothing(self):
        def small():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        for name in ("a.apng", "a.gif", "a.mp4"):
            if name == "a.mp4" and not shutil.which("ffmpeg"):
                continue
            done = self.run_cli("render", HEAD, "-o", name, "--turntable", "6", "--size", "200", "--quiet",
                                preexec_fn=small)
            self.assertEqual(done.returncode, 1, name)
            self.assertEqual(self.listing(), [], name)

    @unittest.skipIf(SANITIZED, "too slow to be hit in the middle")
    def test_a_killed_run_leaves_at_most_a_hidden_temporary_and_an_interrupted_one_nothing(self):
        for how in (signal.SIGINT, signal.SIGKILL):
            child = subprocess.Popen([PROGRAM, "render", "phantom:head", "-o", "a.apng", "--turntable", "500",
                                      "--size", "100", "--quiet"], cwd=self.folder, stderr=subprocess.PIPE)
            until = time.monotonic() + 60
            while not self.listing() and time.monotonic() < until:
                time.sleep(0.02)
            child.send_signal(how)
            child.communicate(timeout=60)
            left = [name for name in self.listing() if not name.startswith(".")]
            self.assertEqual(left, [], how)
            if how == signal.SIGINT:
                self.assertEqual(self.listing(), [])


if __name__ == "__main__":
    unittest.main()
