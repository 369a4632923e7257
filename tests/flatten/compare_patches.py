# SPDX-License-Identifier: Apache-2.0
"""compare_patches.py PELLUCID SURFACE...: flat maps of patches cut at random out of closed surfaces.

Not one triangle may be turned over. Run by hand; --count N patches in all (1000), --seed S. Needs numpy. SURFACE is a
.ply of pellucid; patches have radii of 8 to --most mm (40), and each method in turn. Prints what was refused, by its reason."""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

METHODS = ("isometric", "isometric", "isometric", "area", "minimax", "conformal")


def points_of(path):
    import numpy as np
    data = path.read_bytes()
    head, _, body = data.partition(b"end_header\n")
    lines = head.decode().split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("element vertex"))
    size, fields = int(lines[start].split()[2]), []
    for line in lines[start + 1:]:
        if not line.startswith("property"):
            break
        kind, name = line.split()[1:]
        fields.append((name, {"float": "<f4", "int": "<i4", "uchar": "u1", "double": "<f8"}[kind]))
    rows = np.frombuffer(body, dtype=fields, count=size)
    return np.column_stack([rows["x"], rows["y"], rows["z"]])


def run(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr.strip()


def main():
    import numpy as np
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("surface", nargs="+", type=pathlib.Path)
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--most", type=float, default=40)
    args = options.parse_args()
    random = np.random.default_rng(args.seed)
    points = [points_of(path) for path in args.surface]
    refused, made, flips, worst = collections.Counter(), 0, 0, 0.0
    with tempfile.TemporaryDirectory() as name:
        patch, flat = pathlib.Path(name, "patch.ply"), pathlib.Path(name, "flat.ply")
        for n in range(args.count):
            which = n % len(points)
            at = points[which][random.integers(len(points[which]))]
            radius, method = random.uniform(8, args.most), METHODS[random.integers(len(METHODS))]
            where = ",".join(f"{v:.4f}" for v in at) + f",{radius:.2f}"
            failed, _, says = run(args.program, "mesh", args.surface[which], "-o", patch, "--cut-geodesic", where, "--quiet")
            if not failed:
                failed, told, says = run(args.program, "flatten", patch, "-o", flat, "--method", method, "--threads", "1",
                                         "--quiet", "--json")
            if failed:
                reason = says.split(": ")[-1][:70]
                refused["".join(c for c in reason if not c.isdigit())] += 1
                continue
            report = json.loads(told)
            made += 1
            flips += report["flips"]
            worst = max(worst, report["distance_mean_error"] or 0) if method == "isometric" else worst
            if report["flips"]:
                print(f"turned: {args.surface[which]} {where} {method}: {report['flips']}", flush=True)
            if made % 50 == 0:
                print(f"{made} maps, {flips} triangles turned over", file=sys.stderr, flush=True)
    for reason, count in refused.most_common():
        print(f"refused {count}: {reason}")
    print(f"{made} maps of {args.count} patches, {flips} triangles turned over; "
          f"worst mean distance error of isometric {100*worst:.1f} %")
    return flips != 0 or made < 0.5*args.count


if __name__ == "__main__":
    sys.exit(main())
