#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare_meshes.py PROGRAM: meshes that pellucid writes, as nibabel and VTK open them; the numbers must be the same.

With $PELLUCID_DATA the surfaces are fsaverage5's, else a sphere. Skips (77) where neither library is installed."""
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import nibabel
    import numpy as np
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM = os.path.abspath(sys.argv[1])
READERS = {"ply": vtk.vtkPLYReader, "stl": vtk.vtkSTLReader, "obj": vtk.vtkOBJReader, "vtk": vtk.vtkPolyDataReader,
           "vtp": vtk.vtkXMLPolyDataReader}


def run(*words):
    subprocess.run([PROGRAM, *map(str, words), "--quiet"], check=True)


def with_vtk(path):
    """Points, triangles and arrays of points as VTK reads them."""
    reader = READERS[path.suffix[1:]]()
    reader.SetFileName(str(path))
    reader.Update()
    data = reader.GetOutput()
    arrays = {data.GetPointData().GetArrayName(i): vtk_to_numpy(data.GetPointData().GetArray(i))
              for i in range(data.GetPointData().GetNumberOfArrays())}
    return vtk_to_numpy(data.GetPoints().GetData()), vtk_to_numpy(data.GetPolys().GetData()).reshape(-1, 4)[:, 1:], arrays


def corners(points, triangles):
    return points[triangles]


def surfaces(folder):
    data = pathlib.Path(os.environ.get("PELLUCID_DATA", "none")) / "9_surfaces" / "fsaverage5_gifti"
    if data.is_dir():
        yield from ((data / f"{name}_left.gii.gz", data / "curv_left.gii.gz") for name in ("pial", "infl", "flat"))
        return
    run("surface", "phantom:sphere", "-o", folder / "ball.gii")
    run("mesh", folder / "ball.gii", "-o", folder / "ball.curv", "--curvature", "--scalar", "curvature_mean")
    yield folder / "ball.gii", folder / "ball.curv"


def compare(folder, surface, values):
    first = folder / "first.gii"
    run("mesh", surface, "-o", first, "--add", values)
    known = nibabel.load(first)
    points, triangles = (known.agg_data(intent) for intent in ("pointset", "triangle"))
    curv = known.darrays[2].data
    if surface.suffix == ".gz":
        import gzip
        own = nibabel.GiftiImage.from_bytes(gzip.decompress(surface.read_bytes()))
        assert np.array_equal(own.agg_data("pointset"), points) and np.array_equal(own.agg_data("triangle"), triangles)
    for ending in READERS:
        for form in ((), ("--ascii",)) if ending != "obj" else ((),):
            path = folder / f"x.{ending}"
            run("mesh", first, "-o", path, *form)
            p, t, arrays = with_vtk(path)
            assert np.array_equal(corners(p, t), corners(points, triangles)), path
            if ending in ("vtk", "vtp"):
                assert any(np.array_equal(a, curv) for a in arrays.values()), path
    run("mesh", first, "-o", folder / "lh.x")
    p, t = nibabel.freesurfer.read_geometry(folder / "lh.x")
    assert np.array_equal(p.astype("f4"), points) and np.array_equal(t, triangles), "FreeSurfer"
    run("mesh", first, "-o", folder / "lh.x.curv")
    assert np.array_equal(nibabel.freesurfer.read_morph_data(folder / "lh.x.curv"), curv), "curv"
    run("mesh", folder / "lh.x", "-o", folder / "again.gii", "--add", folder / "lh.x.curv", "--ascii")
    again = nibabel.load(folder / "again.gii")
    assert np.array_equal(again.agg_data("pointset"), points) and np.array_equal(again.darrays[2].data, curv), "ascii GIFTI"
    print(f"{surface.name}: {len(points)} points, {len(triangles)} triangles, the same in every format")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for surface, values in surfaces(folder):
            compare(folder, surface, values)


main()
