#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_text.py PELLUCID: what `convert` writes as NRRD, MetaImage and MGH, others read.

teem's unu (NRRD), VTK (MetaImage, with its spacing) and nibabel (MGH, with its affine) read the same
voxels that nibabel put into a NIfTI file.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

try:
    import nibabel as nib
    import numpy as np
except ImportError:
    print("SKIP: nibabel or numpy is not installed")
    sys.exit(77)
try:
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy
except ImportError:
    vtk = None
warnings.simplefilter("ignore")

UNU = shutil.which("teem-unu") or shutil.which("unu")
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]
passed = failed = 0


def check(name, holds, why):
    global passed, failed
    passed += bool(holds)
    failed += not holds
    if not holds:
        print(f"FAILED {name}: {why}")


def convert(program, source, target, *options):
    ran = subprocess.run([program, "convert", source, "-o", target, "--quiet", *options], capture_output=True, text=True)
    check(target, ran.returncode == 0, ran.stderr)
    return ran.returncode == 0


def by_unu(path, want):
    out = path + ".out.nrrd"
    ran = subprocess.run([UNU, "save", "-f", "nrrd", "-e", "raw", "-i", path, "-o", out], capture_output=True, text=True)
    check(path, ran.returncode == 0, "unu: " + ran.stderr)
    if ran.returncode == 0:
        with open(out, "rb") as file:
            check(path, file.read().endswith(b"\n\n" + want.tobytes(order="F")), "unu reads other voxels")


def by_vtk(reader, path, want, affine):
    reader.SetFileName(path)
    reader.Update()
    image = reader.GetOutput()
    scalars = image.GetPointData().GetScalars()
    check(path, scalars is not None, "VTK reads nothing")
    if scalars is None:
        return
    check(path, vtk_to_numpy(scalars).tobytes() == want.tobytes(order="F"), "VTK reads other voxels")
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    check(path, np.allclose(image.GetSpacing(), spacing, rtol=1e-6), f"VTK's spacing {image.GetSpacing()}")


def main():
    program = os.path.abspath(sys.argv[1])
    rng = np.random.default_rng(2)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    affine = nib.affines.from_matvec(turn * [0.75, 1.25, 3], [10, -20, 30]).astype("f4").astype("f8")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for n, dtype in enumerate(TYPES):
            kind = np.dtype(dtype)
            array = (rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, (9, 8, 7), kind, endpoint=True)
                     if kind.kind in "ui" else rng.normal(size=(9, 8, 7)).astype(kind))
            nib.save(nib.Nifti1Image(array, affine, dtype=kind), "x.nii")
            for name in ("x.nrrd", "x.nhdr", "x.mha", "x.mhd", "y.nrrd", "y.mha"):
                raw = ("--encoding", "raw") if name[0] == "y" else ()
                if not convert(program, "x.nii", name, *raw):
                    continue
                if UNU and name.endswith(("nrrd", "nhdr")):
                    by_unu(name, array)
                # VTK has other names for 64 bits; Debian's reads NRRD with MPI only
                if vtk and kind.itemsize < 8 and name.endswith(("mha", "mhd")):
                    by_vtk(vtk.vtkMetaImageReader(), name, array, affine)
            if dtype in ("u1", "i2", "i4", "f4"):
                for name in ("x.mgh", "x.mgz"):
                    if convert(program, "x.nii", name):
                        got = nib.load(name)
                        check(name, np.asarray(got.dataobj).tobytes() == array.astype(">" + dtype).tobytes(),
                              "nibabel reads other voxels")
                        check(name, np.abs(got.affine - affine).max() < 1e-5, "nibabel's affine is off")
        frames = rng.integers(0, 99, (5, 4, 3, 6), dtype="i2")
        image = nib.Nifti1Image(frames, affine)
        image.header.set_zooms((0.75, 1.25, 3, 2.5))
        image.header.set_xyzt_units("mm", "sec")
        nib.save(image, "t.nii")
        if convert(program, "t.nii", "t.mgz"):
            got = nib.load("t.mgz")
            check("t.mgz", (np.asarray(got.dataobj) == frames).all(), "frames differ")
            check("t.mgz", got.header.get_zooms()[3] == 2500, f"TR {got.header.get_zooms()}")
        if convert(program, "t.nii", "t.nrrd") and UNU:
            by_unu("t.nrrd", frames)
    print(f"{passed} passed, {failed} failed; unu {'ran' if UNU else 'is not here'}, VTK {'ran' if vtk else 'is not here'}")
    return 1 if failed else 0


sys.exit(main())
