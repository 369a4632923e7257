#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_dicom.py DUMP_VOLUME [DATA]: DICOM is read as dcm2niix and pydicom read it.

Voxels and affine equal the reference NIfTI files under DATA/5_dicom, and what dcm2niix makes of other
series where it is installed; stored numbers equal pydicom's, on its own test files and on files made
here, and what dcmtk and gdcm compressed without loss. Files cut at 200 places are refused, or all
pixels are there.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile

try:
    import nibabel as nib
    import numpy as np
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.pixel_data_handlers.util import convert_color_space
    from pydicom.uid import (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian,
                             ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid)
except ImportError:
    print("SKIP: nibabel, numpy or pydicom is not installed")
    sys.exit(77)
warnings.simplefilter("ignore")

PLAIN = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian,
         DeflatedExplicitVRLittleEndian]
# what changes files and keeps their numbers: the words before IN and OUT
PACKERS = {"RLE": ["dcmcrle"], "JPEG lossless": ["dcmcjpeg", "+e1"], "JPEG SV6": ["dcmcjpeg", "+el", "+sv", "6"],
           "JPEG-LS": ["dcmcjpls"], "JPEG-LS of gdcm": ["gdcmconv", "--jpegls"],
           "JPEG 2000": ["gdcmconv", "--j2k"], "RLE of gdcm": ["gdcmconv", "--rle"]}


class Failures:
    def __init__(self):
        self.count = self.passed = 0

    def check(self, name, holds, why):
        self.passed += bool(holds)
        self.count += not holds
        if not holds:
            print(f"FAILED {name}: {why}")


def dump(program, path, folder, series=None):
    """Report and voxels [frame, k, j, i(, channel)]; None and the message."""
    out = os.path.join(folder, "voxels.bin")
    line = f"{path}\t{out}" + (f"\t{series}" if series else "")
    ran = subprocess.run([program], input=line + "\n", capture_output=True, text=True)
    if ran.returncode != 0 or not ran.stdout:
        return None, f"status {ran.returncode}: {ran.stderr[-300:]}"
    report = json.loads(ran.stdout.splitlines()[0])
    if report.get("error"):
        return None, ran.stderr.strip()
    shape = [report["frames"], *report["dims"][::-1]] + ([report["channels"]] if report["channels"] > 1 else [])
    return report, np.fromfile(out, dtype=report["dtype"]).reshape(shape)


def affine_of(report):
    return np.array(report["affine"]).reshape(4, 4)


def against_nifti(failures, name, got, voxels, path):
    """Same grid, same numbers; world positions agree to what float32 holds."""
    if got is None:
        failures.check(name, False, voxels)
        return
    image = nib.load(path)
    want = np.asarray(image.dataobj)
    want = want.reshape(want.shape + (1,) * (4 - want.ndim)).transpose(3, 2, 1, 0)
    values = voxels * (got["slope"] or 1) + got["inter"] if (got["slope"], got["inter"]) != (1, 0) else voxels
    failures.check(name, values.shape == want.shape, f"shape {values.shape}, not {want.shape}")
    if values.shape != want.shape:
        return
    failures.check(name, np.array_equal(values, want), "voxels differ")
    corners = np.array([[i, j, k, 1] for i in (0, want.shape[3]) for j in (0, want.shape[2])
                        for k in (0, want.shape[1])]).T
    error = np.abs(affine_of(got) @ corners - image.affine @ corners).max()
    failures.check(name, error < 2e-4, f"a corner is {error} mm off")
    if want.shape[0] > 1:
        step = float(image.header.get_zooms()[3])
        failures.check(name, abs(got["step"] - step) < 1e-6, f"step {got['step']}, not {step}")


def references(failures, program, data, folder):
    base = pathlib.Path(data) / "5_dicom"
    for path in sorted(base.glob("dcm_qa_ts/In/*.dcm")):
        got, voxels = dump(program, path, folder)
        against_nifti(failures, path.name, got, voxels, base / "dcm_qa_ts" / "Ref" / f"{path.stem}.nii")
    for path in base.glob("dcm_qa_enh/Ref/*.nii"):
        got, voxels = dump(program, base / "dcm_qa_enh/In/Siemens/XA10", folder)
        against_nifti(failures, "XA10", got, voxels, path)
    archive = pathlib.Path(data) / "6_conformance/i2nii/DICOM.zip"
    if archive.exists() and shutil.which("dcm2niix"):
        with zipfile.ZipFile(archive) as z:
            z.extractall(os.path.join(folder, "zip"))
        convert(os.path.join(folder, "zip"), folder, "zip_nii")
        got, voxels = dump(program, archive, folder)
        against_nifti(failures, archive.name, got, voxels, next(pathlib.Path(folder, "zip_nii").glob("*.nii")))


def convert(source, folder, name):
    out = pathlib.Path(folder) / name
    out.mkdir(exist_ok=True)
    subprocess.run(["dcm2niix", "-z", "n", "-b", "n", "-f", "x_%s", "-o", str(out), str(source)],
                   capture_output=True, check=False)
    return sorted(out.glob("*.nii"))


def against_pydicom(failures, program, path, folder, name):
    """Stored numbers of one file; 0 when pydicom cannot read it."""
    try:
        data = pydicom.dcmread(path, force=True)
        want = data.pixel_array
    except Exception:
        return 0
    if "YBR_FULL" in data.PhotometricInterpretation:
        want = convert_color_space(want, data.PhotometricInterpretation, "RGB")
    if "MOSAIC" in data.get("ImageType", []):
        return 0
    got, voxels = dump(program, path, folder)
    if got is None:
        failures.check(name, False, voxels)
        return 1
    if got["orientation"] != "unknown":
        voxels = voxels[:, :, ::-1]
    colour = data.get("SamplesPerPixel", 1) == 3
    want = np.asarray(want).reshape((-1,) + want.shape[-3 if colour else -2:])
    flat = voxels.reshape((-1,) + voxels.shape[2:])
    failures.check(name, flat.shape == want.shape, f"shape {flat.shape}, not {want.shape}")
    if flat.shape != want.shape:
        return 1
    # a dose grid may run downwards
    same = np.array_equal(flat, want) or np.array_equal(flat[::-1], want)
    lossy = data.file_meta.TransferSyntaxUID in ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91")
    near = lossy and np.abs(flat.astype(float) - want.astype(float)).max() <= 1
    failures.check(name, same or near, f"numbers differ from pydicom's ({data.file_meta.TransferSyntaxUID.name})")
    return 1


def own_files(failures, program, data, folder):
    count = 0
    roots = [pathlib.Path(data) / "5_dicom", pathlib.Path(pydicom.__file__).parent / "data"]
    for path in sorted(p for root in roots for p in root.rglob("*") if p.is_file()):
        if path.suffix not in (".py", ".pyc", ".json", ".md", ".txt", ".nii"):
            count += against_pydicom(failures, program, path, folder, path.name)
    return count


def image(n=0, rows=7, columns=6, syntax=ExplicitVRLittleEndian, position=(0, 0, 0),
          orientation=(1, 0, 0, 0, 1, 0), **more):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    d = FileDataset("x", {}, file_meta=meta, preamble=bytes(128))
    d.is_little_endian, d.is_implicit_VR = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    d.SOPClassUID, d.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = "1.2.3.1", "1.2.3.2", "1.2.3.3"
    d.PatientName, d.Modality, d.SeriesNumber, d.InstanceNumber = "Doe^Jane", "CT", 5, n + 1
    d.ImageType, d.SeriesDescription = ["ORIGINAL", "PRIMARY", "AXIAL"], "made"
    d.StudyDate = d.SeriesDate = d.AcquisitionDate = "20200102"
    d.StudyTime = d.SeriesTime = d.AcquisitionTime = "101112"
    d.AcquisitionNumber, d.Manufacturer = 1, "SIEMENS"
    d.Rows, d.Columns, d.SamplesPerPixel, d.PhotometricInterpretation = rows, columns, 1, "MONOCHROME2"
    d.ImagePositionPatient, d.ImageOrientationPatient = list(position), list(orientation)
    d.PixelSpacing, d.SliceThickness = [0.75, 0.5], 2
    for key, value in more.items():
        setattr(d, key, value)
    return d


def put_pixels(d, numbers, stored=None):
    size = numbers.dtype.itemsize
    d.BitsAllocated, d.BitsStored = 8 * size, stored or 8 * size
    d.HighBit, d.PixelRepresentation = d.BitsStored - 1, int(numbers.dtype.kind == "i")
    raw = numbers.astype(numbers.dtype.newbyteorder("<" if d.is_little_endian else ">")).tobytes()
    d.PixelData = raw + bytes(len(raw) % 2)
    d["PixelData"].VR = "OB" if size == 1 else "OW"


def made_files(failures, program, folder):
    rng = np.random.default_rng(3)
    path = os.path.join(folder, "made.dcm")
    for syntax in PLAIN:
        for kind in ("u1", "i1", "u2", "i2", "u4", "i4"):
            for frames in (1, 3):
                info = np.iinfo(kind)
                d = image(syntax=syntax, NumberOfFrames=frames)
                put_pixels(d, rng.integers(info.min, info.max, (frames, 7, 6), dtype=kind, endpoint=True))
                d.save_as(path)
                against_pydicom(failures, program, path, folder, f"{syntax.name} {kind} x{frames}")
        for stored in (10, 12):
            for kind in ("u2", "i2"):
                lo = -(1 << stored - 1) if kind == "i2" else 0
                d = image(syntax=syntax)
                put_pixels(d, rng.integers(lo, lo + (1 << stored), (7, 6)).astype(kind), stored)
                d.save_as(path)
                against_pydicom(failures, program, path, folder, f"{syntax.name} {kind} of {stored} bits")
        for photometric in ("RGB", "YBR_FULL"):
            for planar in (0, 1):
                d = image(syntax=syntax, SamplesPerPixel=3, PlanarConfiguration=planar,
                          PhotometricInterpretation=photometric)
                put_pixels(d, rng.integers(0, 256, 7 * 6 * 3, dtype="u1"))
                d.save_as(path)
                against_pydicom(failures, program, path, folder, f"{syntax.name} {photometric} {planar}")


def ramp(n, rows=40, columns=36):
    y, x = np.mgrid[0:rows, 0:columns]
    noise = np.random.default_rng(n).integers(0, 50, (rows, columns))
    return (x * 20 + y * 9 + n * 31 + noise).astype("u2")


def write_series(folder, name, count, place, **more):
    out = pathlib.Path(folder) / name
    out.mkdir()
    for n in range(count):
        d = image(n, 40, 36, position=place(n), **more)
        put_pixels(d, ramp(n), 12)
        d.save_as(out / f"{(n * 7) % count:03}.dcm")
    return out


def made_series(failures, program, folder):
    """Against dcm2niix, which sorts, flips and scales in its own way."""
    rows = np.array([0.8, 0.6, 0]), np.array([0, 0, -1])
    normal = np.cross(*rows)
    oblique = [round(float(x), 6) for x in np.concatenate(rows)]
    cases = {
        "axial": (lambda n: [-5, 7, 3 * n], {}),
        "downwards": (lambda n: [-5, 7, -3 * n], {}),
        "oblique": (lambda n: [float(f"{x:.6f}") for x in (2.5 * n * normal + [1, 2, 3])],
                    {"ImageOrientationPatient": oblique}),
        "sagittal": (lambda n: [2 * n, 7, 3], {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}),
        "coronal": (lambda n: [2, 2 * n, 3], {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}),
        "rescaled": (lambda n: [0, 0, 2 * n], {"RescaleSlope": 2, "RescaleIntercept": -1024}),
    }
    for name, (place, more) in cases.items():
        made = write_series(folder, name, 8, place, **more)
        want = convert(made, folder, name + "_nii")
        if failures.check(name, len(want) == 1, f"dcm2niix makes {len(want)} files"):
            continue
        got, voxels = dump(program, made, folder)
        against_nifti(failures, name, got, voxels, want[0])


def packed_series(failures, program, folder):
    made = write_series(folder, "plain", 6, lambda n: [0, 0, 2 * n])
    want, numbers = dump(program, made, folder)
    for name, words in PACKERS.items():
        if not shutil.which(words[0]):
            print(f"{name}: {words[0]} is not installed")
            continue
        out = pathlib.Path(folder) / ("packed " + name)
        out.mkdir()
        for path in made.iterdir():
            subprocess.run([*words, str(path), str(out / path.name)], check=True, capture_output=True)
        got, voxels = dump(program, out, folder)
        failures.check(name, got is not None, voxels)
        if got is not None:
            failures.check(name, np.array_equal(voxels, numbers), "numbers differ")
            failures.check(name, got["affine"] == want["affine"], "affine differs")


def cut_files(failures, program, data, folder):
    """Each valid file cut at 200 places: refused, or the same voxels; soon, and in little memory."""
    for path in sorted((pathlib.Path(data) / "5_dicom/dcm_qa_ts/In").glob("*.dcm")):
        whole = path.read_bytes()
        _, want = dump(program, path, folder)
        lines = []
        for n in range(200):
            cut = pathlib.Path(folder) / f"cut{n}.dcm"
            cut.write_bytes(whole[:len(whole) * n // 200])
            lines.append(f"{cut}\t{folder}/cut{n}.bin\n")
        start = time.monotonic()
        ran = subprocess.run([program], input="".join(lines), capture_output=True, text=True)
        seconds = time.monotonic() - start
        failures.check(path.name, ran.returncode == 0 and ran.stdout.count("\n") == 200,
                       f"cut files end with status {ran.returncode}: {ran.stderr[-200:]}")
        for n, line in enumerate(ran.stdout.splitlines()):
            if not json.loads(line).get("error"):
                same = np.array_equal(np.fromfile(f"{folder}/cut{n}.bin", want.dtype), want.ravel())
                failures.check(path.name, same, f"cut to {n}/200 it is read otherwise")
        failures.check(path.name, seconds < 60, f"200 cut files take {seconds:.1f} s")
        failures.check(path.name, all(line.strip() for line in ran.stderr.splitlines()), "no reason is given")


def main():
    program, failures = sys.argv[1], Failures()
    data = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("PELLUCID_DATA", "")
    with tempfile.TemporaryDirectory() as folder:
        if os.path.isdir(os.path.join(data, "5_dicom")):
            references(failures, program, data, folder)
            cut_files(failures, program, data, folder)
        else:
            print("5_dicom is not there: its references are left out")
        count = own_files(failures, program, data, folder)
        made_files(failures, program, folder)
        if shutil.which("dcm2niix"):
            made_series(failures, program, folder)
        packed_series(failures, program, folder)
    print(f"{failures.passed} checks passed, {failures.count} failed; {count} files compared with pydicom")
    sys.exit(failures.count != 0)


if __name__ == "__main__":
    main()
