#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""isosurface.py BENCH_ISOSURFACE [VOLUME LEVEL]: the same surface by pellucid, VTK (Flying Edges, quadric decimation) and
scikit-image, in one run, two threads each; triangles and seconds. Needs python3-vtk9 python3-skimage python3-nibabel."""
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import nibabel as nib
    import numpy as np
    import vtk
    from skimage.measure import marching_cubes
    from vtk.util.numpy_support import numpy_to_vtk
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

bench = sys.argv[1]
if len(sys.argv) > 3:
    path, level = sys.argv[2], float(sys.argv[3])
else:
    # a wavy ball, 256^3
    x, y, z = np.ogrid[:256, :256, :256]
    r = np.sqrt((x - 127.3) ** 2 + (y - 127.5) ** 2 + (z - 127.5) ** 2)
    field = (110 - r + 2 * np.sin(x * 0.15) * np.sin(y * 0.13) * np.sin(z * 0.11)).astype(np.float32)
    path, level = tempfile.mkdtemp() + "/wavy.nii", 0.0
    nib.save(nib.Nifti1Image(field, np.eye(4)), path)
print(subprocess.run([bench, path, str(level)], capture_output=True, text=True, check=True).stdout, end="")

image = nib.load(path)
voxels = np.asanyarray(image.dataobj)
spacing = [float(s) for s in image.header.get_zooms()[:3]]
data = vtk.vtkImageData()
data.SetDimensions(voxels.shape)
data.SetSpacing(spacing)
data.GetPointData().SetScalars(numpy_to_vtk(voxels.ravel(order="F"), deep=True))
vtk.vtkSMPTools.Initialize(2)


def timed(name, run, count, repeats):
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    print(f"{name},{1e3 * min(seconds):.2f} ms,{count(result)} triangles", flush=True)
    return result


def flying_edges():
    f = vtk.vtkFlyingEdges3D()
    f.SetInputData(data)
    f.SetValue(0, level)
    f.ComputeNormalsOff()
    f.ComputeGradientsOff()
    f.ComputeScalarsOff()
    f.Update()
    return f


def decimate():
    d = vtk.vtkQuadricDecimation()
    d.SetInputData(surface.GetOutput())
    d.SetTargetReduction(0.9)
    d.Update()
    return d


polys = lambda f: f.GetOutput().GetNumberOfPolys()
surface = timed("VTK FlyingEdges3D", flying_edges, polys, 5)
if surface.GetOutput().GetNumberOfPolys() < 1e6:
    timed("VTK QuadricDecimation to 0.1", decimate, polys, 1)
timed("scikit-image marching_cubes", lambda: marching_cubes(voxels.astype(np.float32), level, spacing=spacing),
      lambda r: len(r[1]), 1)
