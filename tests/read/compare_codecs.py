#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_codecs.py DUMP_CODEC [DATA] [--time]: frames of DICOM files are decoded as dcmtk and GDCM do.

Pictures of 8, 12 and 16 bits, grey and in colour, are compressed by the tools of dcmtk and GDCM that
are here. What they compress without loss must come back exactly; what loses something must be within
1 of what the same package decompresses. Then DATA/5_dicom/dcm_qa_ts: one image in nine transfer
syntaxes, exactly. --time prints megabytes of pixels a second beside those of the package's program,
less the time it takes for a small file (it also reads and writes)."""
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

try:
    import numpy as np
    import pydicom
    from pydicom.encaps import generate_pixel_data_frame
    from pydicom.uid import ExplicitVRLittleEndian
except ImportError:
    print("SKIP: numpy or pydicom is not installed")
    sys.exit(77)
warnings.simplefilter("ignore")

KINDS = {"1.2.840.10008.1.2.5": "RLE", "1.2.840.10008.1.2.4.50": "JPEG", "1.2.840.10008.1.2.4.51": "JPEG",
         "1.2.840.10008.1.2.4.57": "JPEG", "1.2.840.10008.1.2.4.70": "JPEG",
         "1.2.840.10008.1.2.4.80": "JPEG-LS", "1.2.840.10008.1.2.4.81": "JPEG-LS",
         "1.2.840.10008.1.2.4.90": "JPEG 2000", "1.2.840.10008.1.2.4.91": "JPEG 2000"}
program, folder = sys.argv[1], tempfile.mkdtemp()
timing = "--time" in sys.argv
passed = failed = 0


def path(name):
    return os.path.join(folder, name)


def check(name, holds, why):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {why}")


def picture(size, samples, bits):
    y, x = np.mgrid[0:size, 0:size + 13].astype(float)
    random = np.random.default_rng(bits * samples)
    planes = [0.5 + 0.35 * np.sin(x / (19 + 5 * s)) * np.cos(y / 23) + 0.1 * ((x // 31 + y // 17) % 2)
              for s in range(samples)]
    top = (1 << bits) - 1
    values = np.stack(planes, -1) * top + random.normal(0, 0.004 * top, (*x.shape, samples))
    return np.clip(np.round(values), 0, top).astype(np.uint8 if bits <= 8 else np.uint16)


def write_plain(name, values, bits):
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    d = pydicom.dataset.FileDataset(name, {}, file_meta=meta, preamble=bytes(128))
    d.is_little_endian, d.is_implicit_VR = True, False
    d.SOPClassUID, d.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    d.PatientName, d.PatientID, d.Modality = "a", "a", "OT"
    d.StudyInstanceUID, d.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.6"
    d.Rows, d.Columns, d.SamplesPerPixel = *values.shape[:2], values.shape[2]
    d.BitsAllocated, d.BitsStored, d.HighBit = values.itemsize * 8, bits, bits - 1
    d.PixelRepresentation = 0
    d.PhotometricInterpretation = "MONOCHROME2" if values.shape[2] == 1 else "RGB"
    if values.shape[2] == 3:
        d.PlanarConfiguration = 0
    d.PixelData = values.tobytes() + bytes(values.nbytes % 2)
    d.save_as(name, write_like_original=False)


def decode(file, times=1):
    """The pixels, and milliseconds."""
    d = pydicom.dcmread(file)
    frame = next(generate_pixel_data_frame(d.PixelData, int(d.get("NumberOfFrames", 1))))
    with open(path("frame"), "wb") as out:
        out.write(frame)
    ran = subprocess.run([program, KINDS[d.file_meta.TransferSyntaxUID], str(d.Rows), str(d.Columns),
                          str(d.SamplesPerPixel), str(d.BitsAllocated), path("frame"), path("out"), str(times)],
                         capture_output=True, text=True)
    if ran.returncode:
        return None, ran.stderr.strip()
    kind = np.uint8 if d.BitsAllocated == 8 else np.uint16
    return np.fromfile(path("out"), kind).reshape(d.Rows, d.Columns, d.SamplesPerPixel), float(ran.stdout)


def plain(file):
    d = pydicom.dcmread(file)
    values = np.frombuffer(d.PixelData, np.uint8 if d.BitsAllocated == 8 else np.uint16)
    count = d.Rows * d.Columns * d.SamplesPerPixel
    values = values[:count]
    if d.SamplesPerPixel == 3 and d.PlanarConfiguration == 1:
        return values.reshape(3, d.Rows, d.Columns).transpose(1, 2, 0)
    return values.reshape(d.Rows, d.Columns, d.SamplesPerPixel)


def commands(samples, bits):
    """(name, compressor, decompressor or None where nothing is lost)"""
    yield "dcmcrle", ["dcmcrle"], None
    yield "dcmcjpeg lossless", ["dcmcjpeg", "+e1"], None
    for selection in range(1, 8):
        yield (f"dcmcjpeg selection {selection}",
               ["dcmcjpeg", "+el", "+sv", str(selection)], None)
    for name, order in (("line", "+il"), ("sample", "+is"), ("none", "+in")):
        yield f"dcmcjpls {name}", ["dcmcjpls", order], None
    yield "dcmcjpls thresholds", ["dcmcjpls", "+pc", "+t1", "5", "+t2", "9", "+t3", "40", "+rs", "31"], None
    yield "dcmcjpls near", ["dcmcjpls", "+en", "+md", "3"], ["dcmdjpls"]
    yield "gdcmconv rle", ["gdcmconv", "--rle"], None
    yield "gdcmconv jpeg", ["gdcmconv", "--jpeg"], None
    yield "gdcmconv jpegls", ["gdcmconv", "--jpegls"], None
    yield "gdcmconv j2k", ["gdcmconv", "--j2k"], None
    yield "gdcmconv j2k tiles", ["gdcmconv", "--j2k", "-t", "64,64"], None
    yield "gdcmconv j2k lossy", ["gdcmconv", "--j2k", "--lossy", "-q", "45"], ["gdcmconv", "--raw"]
    if bits == 8:
        for how in (["+s4"], ["+s2"], ["+n1"], ["+cr", "+s4"], ["+q", "60", "+np"]):
            yield "dcmcjpeg baseline " + " ".join(how), ["dcmcjpeg", "+eb", *how], ["dcmdjpeg", "+cn"]
    if bits <= 12:
        yield "dcmcjpeg extended", ["dcmcjpeg", "+ee", "+q", "90"], ["dcmdjpeg", "+cn"]


def fastest(command):
    """Milliseconds of the fastest of some runs."""
    best = 1e9
    for _ in range(5 if timing else 1):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        best = min(best, 1e3 * (time.perf_counter() - start))
    return best


def time_small(compress, undo, samples, bits):
    write_plain(path("small.dcm"), picture(16, samples, bits), bits)
    subprocess.run([*compress, path("small.dcm"), path("small_packed.dcm")], capture_output=True, check=True)
    return fastest([*undo, path("small_packed.dcm"), path("small_unpacked.dcm")])


def compare_generated():
    for samples, bits in ((1, 8), (1, 12), (1, 16), (3, 8)):
        values = picture(1024 if timing else 187, samples, bits)
        write_plain(path("plain.dcm"), values, bits)
        for name, compress, decompress in commands(samples, bits):
            if not shutil.which(compress[0]):
                continue
            name = f"{name}, {samples} x {bits} bits"
            for old in ("packed.dcm", "unpacked.dcm"):
                if os.path.exists(path(old)):
                    os.remove(path(old))
            ran = subprocess.run([*compress, path("plain.dcm"), path("packed.dcm")], capture_output=True)
            if ran.returncode or not os.path.exists(path("packed.dcm")):
                print(f"skipped {name}: {compress[0]} does not do that")
                continue
            got, ms = decode(path("packed.dcm"), 5)
            if got is None:
                check(name, False, ms)
                continue
            undo = decompress or ["gdcmconv", "--raw"] if compress[0] == "gdcmconv" else decompress or {
                "dcmcrle": ["dcmdrle"], "dcmcjpeg": ["dcmdjpeg"], "dcmcjpls": ["dcmdjpls"]}[compress[0]]
            took = 0
            if decompress or timing:
                took = fastest([*undo, path("packed.dcm"), path("unpacked.dcm")])
            if decompress:
                want, most = plain(path("unpacked.dcm")), 1
            else:
                want, most = values, 0
            apart = int(np.abs(got.astype(int) - want.astype(int)).max())
            check(name, apart <= most, f"differs by {apart}")
            if timing:
                took = max(took - time_small(compress, undo, samples, bits), 0.1)
                print(f"{name:45s} {values.nbytes / ms / 1e3:5.0f} MB/s, {undo[0]:8s} "
                      f"{values.nbytes / took / 1e3:5.0f} MB/s")


def compare_real(data):
    source = os.path.join(data, "5_dicom", "dcm_qa_ts", "In")
    if not os.path.isdir(source):
        print(f"{source} is not here")
        return
    want = plain(os.path.join(source, "1.dcm"))
    for name in sorted(os.listdir(source)):
        d = pydicom.dcmread(os.path.join(source, name))
        if d.file_meta.TransferSyntaxUID in KINDS:
            got, why = decode(os.path.join(source, name))
            check(name, got is not None and np.array_equal(got, want), why)


compare_generated()
words = [word for word in sys.argv[2:] if not word.startswith("--")]
if words:
    compare_real(words[0])
shutil.rmtree(folder)
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0 or passed == 0)
