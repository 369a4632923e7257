#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""reduce_meshopt.py LIBPELLUCID MESH.ply [FRACTION]: reduce a mesh by pellucid and by meshoptimizer.

Prints seconds, triangles, the two-sided distance from the mesh (pel_mesh_distance() of both results)
and how many pairs of triangles pass through each other. Needs Debian's libmeshoptimizer-dev.

To a tenth, two threads of a Zen 3, meshoptimizer 0.18 (one thread) in the same run, nothing beside:

  surface (triangles)                     pellucid                         meshoptimizer
  wavy ball of isosurface.py (459 460)    0.32 s, 0.091 mm, mean 0.017     0.36 s, 0.288 mm, mean 0.032, 122 crossings
  HD-BET's mask (217 476)                 0.17 s, 0.519 mm, mean 0.070     0.17 s, 0.579 mm, mean 0.077, 73 crossings
  head in its noise (2 908 354), to 1/4   3.5 s, 1.20 mm, mean 0.070       3.1 s, 11.3 mm, mean 0.066
  the same, to a tenth, near its last     5.6 s, 7.20 mm, mean 0.418       3.5 s, 11.5 mm, mean 0.155

Ours keeps bounds of the error, tests that disks lie over each other, and looks for crossings.
Rounds over all points, with lists of triangles made anew each time, took 2.5 and 0.49 s."""
import ctypes
import pathlib
import sys
import tempfile
import time

import numpy as np


class Mesh:
    """A pel_mesh behind a buffer that is large enough."""

    def __init__(self, lib, path):
        self.lib, self.raw = lib, ctypes.create_string_buffer(1 << 16)
        if lib.pel_read_mesh(self.raw, path.encode()):
            sys.exit(f"{path}: cannot be read")

    def crossings(self):
        pairs = ctypes.c_int64()
        self.lib.pel_mesh_crossings(ctypes.byref(pairs), self.raw)
        return pairs.value

    def distance(self, other):
        apart = (ctypes.c_double * 3)()
        self.lib.pel_mesh_distance(apart, self.raw, other.raw)
        return f"most {apart[0]:.4f} mm, found {apart[1]:.4f}, mean {apart[2]:.5f}"


def read_ply(path):
    data = open(path, "rb").read()
    at = data.index(b"end_header\n") + 11
    count = [int(data[:at].split(b"element " + name)[1].split()[0]) for name in (b"vertex", b"face")]
    points = np.frombuffer(data, "<f4", 3 * count[0], at).reshape(-1, 3).copy()
    faces = np.frombuffer(data, np.dtype([("n", "u1"), ("t", "<u4", 3)]), count[1], at + 12 * count[0])
    return points, np.ascontiguousarray(faces["t"])


def write_ply(path, points, faces):
    table = np.zeros(len(faces), np.dtype([("n", "u1"), ("t", "<u4", 3)]))
    table["n"], table["t"] = 3, faces
    with open(path, "wb") as out:
        out.write((f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n"
                   "property float x\nproperty float y\nproperty float z\n"
                   f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n").encode())
        out.write(points.tobytes() + table.tobytes())


def simplify(points, faces, wanted):
    lib = ctypes.CDLL("libmeshoptimizer.so")
    lib.meshopt_simplify.restype = ctypes.c_size_t
    out, error = np.empty(faces.size, np.uint32), ctypes.c_float()
    start = time.perf_counter()
    count = lib.meshopt_simplify(
        out.ctypes.data_as(ctypes.c_void_p), faces.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_size_t(faces.size), points.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_size_t(len(points)), ctypes.c_size_t(12), ctypes.c_size_t(3 * wanted),
        ctypes.c_float(1e9), ctypes.c_uint(0), ctypes.byref(error))
    return out[:count].reshape(-1, 3), time.perf_counter() - start


class Reduce(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("keep_fraction", ctypes.c_double),
                ("max_error", ctypes.c_double), ("sum_errors", ctypes.c_bool)]


def main():
    lib, path = ctypes.CDLL(sys.argv[1]), sys.argv[2]
    fraction = float(sys.argv[3]) if len(sys.argv) > 3 else 0.1
    first, ours = Mesh(lib, path), Mesh(lib, path)
    points, faces = read_ply(path)
    lib.pel_reduce_defaults.restype = Reduce
    params = lib.pel_reduce_defaults()
    params.keep_fraction, params.sum_errors = fraction, True
    found = (ctypes.c_int64 * 4)()
    start = time.perf_counter()
    lib.pel_reduce(ours.raw, found, ctypes.byref(params))
    seconds = time.perf_counter() - start
    print(f"pellucid      {seconds:7.3f} s {found[1]:8d} triangles, crossings {ours.crossings()}, "
          f"{ours.distance(first)}")
    left, seconds = simplify(points, faces, found[1])
    with tempfile.TemporaryDirectory() as folder:
        name = str(pathlib.Path(folder) / "left.ply")
        write_ply(name, points, left)
        theirs = Mesh(lib, name)
    print(f"meshoptimizer {seconds:7.3f} s {len(left):8d} triangles, crossings {theirs.crossings()}, "
          f"{theirs.distance(first)}")


main()
