# SPDX-License-Identifier: Apache-2.0
"""Lines that are wrong, work that fails, and what a line means when it is right."""
import json
import os
import signal
import subprocess
import time
import unittest

from harness import PROGRAM, SANITIZED, Cli


class WrongLines(Cli):
    def test_misspelt_words_get_a_suggestion(self):
        self.fails(2, "did you mean convert?", "convrt", "a.nii", "-o", "b.nii")
        self.fails(2, "did you mean --threads?", "info", "a.nii", "--treads", "2")
        self.fails(2, "did you mean --json?", "info", "a.nii", "--jso")

    def test_an_option_of_another_command_is_told(self):
        self.fails(2, "of histogram", "info", "a.nii", "--bins", "5")

    def test_a_file_in_place_of_a_command_is_told(self):
        (self.folder / "head.nii").write_bytes(b"")
        self.fails(2, "pellucid info head.nii", "head.nii")

    def test_what_is_missing_is_named(self):
        self.fails(2, "IN is missing", "info")
        self.fails(2, "-o FILE is missing", "convert", "a.nii")
        self.fails(2, "-o wants a file", "convert", "a.nii", "-o")
        self.fails(2, "--threads wants a value", "info", "a.nii", "--threads")
        self.fails(2, "--threads wants a value", "info", "a.nii", "--threads", "--json")

    def test_what_is_too_much_is_refused(self):
        self.fails(2, "one word too many", "info", "a.nii", "b.nii")
        self.fails(2, "-o has no use here", "info", "a.nii", "-o", "b.nii")
        self.fails(2, "--sidecar writes beside", "convert", "a.nii", "-o", "-", "--sidecar")

    def test_values_out_of_range_name_the_range(self):
        self.fails(2, "0 to 256", "info", "a.nii", "--threads", "257")
        self.fails(2, "a whole number", "info", "a.nii", "--threads", "1.5")
        self.fails(2, "auto, always, never", "info", "a.nii", "--progress", "sometimes")
        self.fails(2, "a size such as 512M", "info", "a.nii", "--memory", "lots")

    def test_standard_output_takes_one_thing(self):
        self.fails(2, "--json and -o -", "convert", "a.nii", "-o", "-", "--json")


class FailedWork(Cli):
    def test_a_missing_file_is_named(self):
        self.fails(1, "nowhere.nii", "info", "nowhere.nii")

    def test_what_is_no_volume_is_refused_and_nothing_is_written(self):
        (self.folder / "notes.nii").write_text("not a volume at all, only words")
        self.fails(1, "notes.nii", "convert", "notes.nii", "-o", "out.nii")
        self.assertEqual(self.listing(), ["notes.nii"])

    def test_a_folder_that_is_not_there_is_named_with_its_remedy(self):
        self.fails(1, "make the folder first", "convert", "phantom:ramp", "-o", "no/out.nii")

    def test_a_full_disk_is_a_failure_and_leaves_nothing(self):
        def small():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self.fails(1, "out.nii", "convert", "phantom:ramp", "-o", "out.nii", preexec_fn=small)
        self.assertEqual(self.listing(), [])

    def test_full_or_closed_standard_output_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = self.run_cli("info", "phantom:ramp", "--json", stdout=full)
            self.assertEqual(done.returncode, 1, done.stderr)
            done = self.run_cli("help", stdout=full)
            self.assertEqual(done.returncode, 1, done.stderr)
        reading, writing = os.pipe()
        os.close(reading)
        done = self.run_cli("convert", "phantom:ramp", "-o", "-", stdout=writing)
        os.close(writing)
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_an_output_that_is_an_input_is_refused_by_any_name(self):
        self.phantom("head.nii")
        os.link(self.folder / "head.nii", self.folder / "hard.nii")
        os.symlink("head.nii", self.folder / "soft.nii")
        before = (self.folder / "head.nii").read_bytes()
        for name in ("head.nii", "./head.nii", "hard.nii", "soft.nii", self.folder / "head.nii"):
            self.fails(2, "also an input", "convert", "head.nii", "-o", name)
        self.fails(2, "also mask", "convert", "phantom:ramp", "--mask", "head.nii", "-o", "head.nii")
        self.assertEqual((self.folder / "head.nii").read_bytes(), before)
        self.phantom("a::b.nii")
        self.fails(2, "also an input", "convert", "a::b.nii", "-o", "a::b.nii")
        self.ok("render", "head.nii", "-o", "x.png", "--size", 9, "--save-look", "look.json")
        self.fails(2, "also look", "render", "head.nii", "-o", "x.png", "--look", "look.json", "--save-look", "look.json")
        self.fails(2, "also overlay", "slice", "head.nii", "-o", "x.png", "--overlay", "x.png,hot")

    def test_two_outputs_of_one_name_are_refused(self):
        for layers in (("depth=a.npy",), ("depth=b.npy", "value=b.npy")):
            words = [word for layer in layers for word in ("--layer", layer)]
            self.fails(2, "one name", "render", "phantom:sphere?dims=9", "-o", "a.npy", "--size", 9, *words)
        self.assertEqual(self.listing(), [])

    def test_the_partner_of_a_pair_is_an_input_too(self):
        self.phantom("head.hdr")
        self.assertEqual(self.listing(), ["head.hdr", "head.img"])
        self.fails(2, "also an input", "convert", "head.hdr", "-o", "head.img")

    def test_memory_beyond_the_limit_is_refused_before_work(self):
        done = self.fails(1, "--memory 1M", "slice", "phantom:sphere?dims=64,64,64", "-o", "a.png", "--memory", "1M")
        self.assertIn("MB", done.stderr)
        self.assertEqual(self.listing(), [])


class Options(Cli):
    def dims(self, *words):
        return self.json("info", *words, "--json")["dims"]

    def test_input_options_act_wherever_they_stand(self):
        whole = self.dims("phantom:ramp")
        self.assertEqual(self.dims("--crop", ":5,:6,:7", "phantom:ramp")[:3], [5, 6, 7])
        self.assertEqual(self.dims("phantom:ramp", "--crop", ":5,:6,:7")[:3], [5, 6, 7])
        # an option after the input wins over the one for all
        self.assertEqual(self.dims("--crop", ":5,:6,:7", "phantom:ramp", "--crop", ":4,:,:")[:3],
                         [4, *whole[1:3]])

    def test_order_typed_does_not_matter_and_equals_works(self):
        one = self.ok("convert", "phantom:ramp", "--crop", ":9,:9,:9", "--tone", "mul 2", "-o", "-", binary=True)
        two = self.ok("convert", "-o", "-", "phantom:ramp", "--tone=mul 2", "--crop=:9,:9,:9", binary=True)
        self.assertEqual(one, two)

    def test_words_after_two_dashes_are_inputs(self):
        self.phantom("--odd.nii")
        self.assertEqual(len(self.json("info", "--json", "--", "--odd.nii")["dims"]), 3)

    def test_standard_input_and_output_stream(self):
        bytes_ = self.ok("convert", "phantom:ramp", "-o", "-", binary=True)
        done = self.run_cli("info", "-", "--json", input=bytes_, binary=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["dims"], self.dims("phantom:ramp"))
        self.fails(2, "read only once", "render", "-", "-", "-o", "a.png")

    def test_quiet_says_nothing(self):
        done = self.run_cli("convert", "phantom:ramp", "-o", "a.nii", "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_numbers_are_read_the_same_in_any_locale(self):
        line = ("convert", "phantom:ramp", "--tone", "mul 0.5", "--crop", ":9,:9,:9", "-o", "-")
        plain = self.ok(*line, binary=True)
        comma = self.ok(*line, binary=True, env={**os.environ, "LC_ALL": "de_DE.UTF-8"})
        self.assertEqual(plain, comma)


class Reports(Cli):
    BALL = "phantom:sphere?radius=30&dims=40&spacing=2"
    LINES = {
        "info": ("info", "phantom:ramp"),
        "convert": ("convert", "phantom:ramp", "-o", "a.nii"),
        "slice": ("slice", "phantom:ramp", "-o", "a.png"),
        "histogram": ("histogram", "phantom:ramp", "-o", "a.png"),
        "render": ("render", "phantom:ramp", "-o", "a.png", "--size", "64x64"),
        "mask": ("mask", "phantom:ramp", "-o", "a.nii", "--otsu", "--steps", "close 3vx; fill; keep >9vx", "--grey",
                 "tophat 2vx", "--values", "b.nii"),
        "denoise": ("denoise", "phantom:ramp?noise=3", "-o", "a.nii", "--search", "1"),
        "bias": ("bias", "phantom:head?spacing=4", "-o", "a.nii", "--field", "b.nii", "--levels", "2"),
        "brain": ("brain", "phantom:head?spacing=4", "-o", "a.nii", "--brain", "b.nii"),
        "vessels": ("vessels", "phantom:ramp", "-o", "a.nii", "--mask-out", "b.nii", "--scale-out", "c.nii", "--within",
                    "made.nii", "--scales", "1:2", "--skeleton", "d.csv"),
        "voxels": ("voxels", "phantom:ramp", "-o", "a.png", "--size", "8cm"),
        "surface": ("surface", "phantom:sphere", "-o", "a.ply", "--largest", "--smooth", "5", "--keep-fraction", "0.5",
                    "--receipt", "a.json"),
        "mesh": ("mesh", "ball.ply", "-o", "a.gii", "--cut-sphere", "0,0,40,25", "--curvature"),
        "probe": ("probe", "ball.ply", "phantom:ramp", "-o", "a.ply", "--depth", "-1:1", "--stat", "max,argmax"),
        "flatten": ("flatten", "patch.ply", "-o", "a.ply", "--report", "a.json", "--image", "a.png", "--sample", "phantom:ramp"),
        "cortex": ("cortex", BALL, "-o", "maps", "--mask", BALL, "--radius", "20", "--pixel", "1", "--scales", "2"),
        "shell": ("shell", "phantom:ramp", "-o", "a.ply", "--normals", "--contours", "a.csv"),
        "phantom": ("phantom", "ramp", "-o", "a.nii"),
        "replay": ("replay", "made.nii", "-o", "a.nii"),
    }

    def setUp(self):
        super().setUp()
        self.phantom("made.nii")
        self.ok("surface", "phantom:sphere", "-o", "ball.ply", "--quiet")
        self.patch("patch.ply")

    def test_every_command_has_a_line_here(self):
        commands = {c["name"] for c in self.json("help", "--json")["commands"]}
        self.assertEqual(commands, set(self.LINES))

    def test_every_report_has_the_common_keys_and_nothing_else_is_printed(self):
        for name, line in self.LINES.items():
            report = self.json(*line, "--json")
            self.assertLessEqual({"command", "version", "inputs", "outputs", "seconds", "peak_memory"},
                                 set(report), name)
            self.assertEqual(report["command"], name)
            self.assertLessEqual({"total", "read", "write"}, set(report["seconds"]), name)
            self.assertGreater(report["peak_memory"], 1e6)
            steps = sum(v for k, v in report["seconds"].items()
                        if k != "total" and isinstance(v, (int, float)))
            self.assertLessEqual(steps, report["seconds"]["total"] + 0.02, name)
            if "-o" in line:
                self.assertIn(line[line.index("-o") + 1], report["outputs"], name)
            # JSON has no NaN and no infinity
            self.assertNotRegex(json.dumps(report), r"NaN|Infinity")

    def test_a_report_of_failed_work_is_not_printed(self):
        done = self.run_cli("info", "nowhere.nii", "--json")
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_a_plan_does_nothing_and_tells_steps_and_memory(self):
        for name, line in self.LINES.items():
            words = self.ok(*line, "--plan")
            self.assertRegex(words, r"memory +at most \d", name)
            plan = self.json(*line, "--plan", "--json")["plan"]
            self.assertGreater(plan["memory_bytes"], 0)
            self.assertTrue(all(s["memory_bytes"] >= 0 for s in plan["steps"]))
        self.assertEqual(self.listing(), ["ball.ply", "made.nii", "patch.ply"])

    @unittest.skipIf(SANITIZED, "sanitizers hold memory of their own")
    def test_measured_memory_stays_within_a_tenth_of_the_plan(self):
        self.phantom("big.nii", "sphere?dims=160,160,160")
        for name, line in self.LINES.items():
            line = tuple("big.nii" if w == "phantom:ramp" else w for w in line)
            planned = self.json(*line, "--plan", "--json")["plan"]["memory_bytes"]
            peak = self.json(*line, "--json")["peak_memory"]
            self.assertLessEqual(peak, 1.1 * planned, name)

    def test_a_sidecar_tells_how_the_output_was_made_and_names_no_file(self):
        self.phantom("patient.nii")
        self.ok("convert", "patient.nii", "--tone", "mul 2", "-o", "out.nii", "--sidecar")
        made = json.loads((self.folder / "out.nii.json").read_text())
        self.assertEqual(made["command"], "convert")
        self.assertRegex(made["inputs"][0]["xxh3_128"], r"^[0-9a-f]{32}$")
        self.assertEqual(made["inputs"][0]["params"], {"tone": "mul 2"})
        self.assertNotIn("patient", json.dumps(made))
        self.ok("convert", "patient.nii", "-o", "out.nii", "--sidecar", "--provenance", "full")
        self.assertIn("patient.nii", (self.folder / "out.nii.json").read_text())
        self.fails(2, "--provenance none", "convert", "patient.nii", "-o", "out.nii", "--sidecar",
                   "--provenance", "none")


class Figures(Cli):
    def test_the_name_of_an_overlay_is_in_a_figure_on_request_only(self):
        self.phantom("a.nii", "sphere?dims=9")
        for name in ("b.nii", "c.nii"):
            self.phantom(name, "ramp?dims=9")
        def figure(overlay, *options):
            self.ok("slice", "a.nii", "-o", "s.png", "--dpi", 50, "--colorbar", "--overlay", f"{overlay},hot,1:4", *options)
            return (self.folder / "s.png").read_bytes()
        self.assertEqual(figure("b.nii"), figure("c.nii"))
        self.assertNotEqual(figure("b.nii", "--provenance", "full"), figure("c.nii", "--provenance", "full"))


class Signals(Cli):
    def slow(self, *more):
        return subprocess.Popen([PROGRAM, "render", "phantom:head", "-o", "a.png", "--size", "4000x4000",
                                 "--quality", "reference", "--threads", "1", *more],
                                cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_an_interrupt_ends_the_work_and_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            work = self.slow()
            time.sleep(1)
            work.send_signal(number)
            began = time.monotonic()
            _, errors = work.communicate(timeout=60)
            self.assertEqual(work.returncode, 1, errors)
            self.assertIn("cancelled", errors)
            self.assertLess(time.monotonic() - began, 20 if SANITIZED else 3)
            self.assertEqual(self.listing(), [])

    def test_progress_is_lines_when_piped_and_asked(self):
        work = self.slow("--progress", "always")
        line = work.stderr.readline()
        work.send_signal(signal.SIGINT)
        work.communicate(timeout=60)
        self.assertRegex(line, r"pellucid: render: \w+ \d+%")


if __name__ == "__main__":
    unittest.main()
