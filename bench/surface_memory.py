#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""surface_memory.py LIBPELLUCID VOLUME,LEVEL...: memory of pel_isosurface() beside what it must hold.

Prints for each volume (a file or phantom:...) MiB of its voxels, of the mesh, of the peak above the empty
process, the peak as a share of volume + mesh, and the peak once topology was measured too, as the command
`surface` does. Each is a process of its own."""
import ctypes
import multiprocessing
import resource
import sys

ROOM, KIB = 1 << 16, 1 << 10


class Isosurface(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("level", ctypes.c_double), ("open", ctypes.c_bool),
                ("by_faces", ctypes.c_bool)]


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB


def measure(path, name, level):
    lib = ctypes.CDLL(path)
    for call in "pel_volume_bytes", "pel_mesh_bytes":
        getattr(lib, call).restype = ctypes.c_int64
    lib.pel_isosurface_defaults.restype = Isosurface
    volume, mesh, topology = (ctypes.create_string_buffer(ROOM) for _ in range(3))
    params, before = lib.pel_isosurface_defaults(), peak_mib()
    params.level = level
    kind, _, rest = name.partition(":")
    failed = lib.pel_phantom(volume, rest.encode()) if kind == "phantom" else lib.pel_read_volume(volume, name.encode(), None)
    made = peak_mib() - before
    if failed or lib.pel_isosurface(mesh, volume, ctypes.byref(params)):
        sys.exit(f"{name}: no surface")
    held = lib.pel_volume_bytes(volume) / KIB ** 2, lib.pel_mesh_bytes(mesh) / KIB ** 2
    peak = peak_mib() - before
    lib.pel_mesh_topology(topology, mesh)
    print(f"{name},{held[0]:.1f},{made:.1f},{held[1]:.1f},{peak:.1f},{peak / sum(held):.2f},{peak_mib() - before:.1f}", flush=True)


def main():
    print("volume,voxels,peak while made or read,mesh,peak,peak/(voxels + mesh),peak with topology")
    for word in sys.argv[2:]:
        name, _, level = word.rpartition(",")
        child = multiprocessing.get_context("spawn").Process(target=measure, args=(sys.argv[1], name, float(level)))
        child.start()
        child.join()


if __name__ == "__main__":
    main()
