#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""smooth_vtk.py LIBPELLUCID MESH.ply [STEPS]: smooth a mesh by pellucid and by VTK's windowed sinc, as many steps, the same
pass band, two threads each; seconds, mean shift of the points (mm), volume after / before. Needs python3-vtk9."""
import ctypes
import sys
import time

try:
    import numpy as np
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class Smooth(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("smooth", ctypes.c_int64), ("pass_band", ctypes.c_double),
                ("max_shift", ctypes.c_double)]


class Mesh(ctypes.Structure):
    """The first members of a pel_mesh, and room for the others."""

    _fields_ = [("points", ctypes.c_int64), ("triangles", ctypes.c_int64), ("room", ctypes.c_int64 * 2),
                ("point_mm", ctypes.POINTER(ctypes.c_float)), ("triangle", ctypes.POINTER(ctypes.c_int32)),
                ("others", ctypes.c_char * 4096)]

    def coordinates(self):
        return np.ctypeslib.as_array(self.point_mm, (self.points, 3)).astype(float)


def volume(points, faces):
    a, b, c = (points[faces[:, i]] for i in range(3))
    return np.einsum("ij,ij->", a, np.cross(b, c)) / 6


def tell(name, seconds, before, after, faces):
    shift = np.linalg.norm(after - before, axis=1)
    print(f"{name:10} {seconds:7.3f} s, mean shift {shift.mean():.4f} mm, most {shift.max():.4f}, "
          f"volume {volume(after, faces) / volume(before, faces):.5f}")


def main():
    lib, path, steps = ctypes.CDLL(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 20
    lib.pel_smooth_defaults.restype = Smooth
    params, mesh = lib.pel_smooth_defaults(), Mesh()
    params.smooth = steps
    if lib.pel_read_mesh(ctypes.byref(mesh), path.encode()):
        sys.exit(f"{path}: cannot be read")
    before = mesh.coordinates()
    faces = np.ctypeslib.as_array(mesh.triangle, (mesh.triangles, 3)).copy()
    start = time.perf_counter()
    lib.pel_smooth(ctypes.byref(mesh), None, ctypes.byref(params))
    tell("pellucid", time.perf_counter() - start, before, mesh.coordinates(), faces)
    vtk.vtkSMPTools.Initialize(2)
    reader, smooth = vtk.vtkPLYReader(), vtk.vtkWindowedSincPolyDataFilter()
    reader.SetFileName(path)
    reader.Update()
    smooth.SetInputData(reader.GetOutput())
    smooth.SetNumberOfIterations(steps)
    smooth.SetPassBand(params.pass_band)
    smooth.NormalizeCoordinatesOn()
    smooth.FeatureEdgeSmoothingOff()
    start = time.perf_counter()
    smooth.Update()
    seconds = time.perf_counter() - start
    tell("VTK", seconds, before, vtk_to_numpy(smooth.GetOutput().GetPoints().GetData()).astype(float), faces)


main()
