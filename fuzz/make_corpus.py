#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_corpus.py FOLDER: write the small seeds of fuzz/corpus; the standard library only."""
import gzip
import io
import os
import struct
import sys
import zipfile
import zlib

import mesh_seeds


def nifti1(big=False, dims=(3, 2, 2), code=4, bits=16, pair=False, extension=b"", offset=352,
           scale=(0.0, 0.0), forms=(1, 1), units=2, magic=None):
    e = ">" if big else "<"
    header = bytearray(348)
    struct.pack_into(e + "i", header, 0, 348)
    struct.pack_into(e + "8h", header, 40, len(dims), *dims, *([1] * (7 - len(dims))))
    struct.pack_into(e + "4h", header, 68, 0, code, bits, 0)
    struct.pack_into(e + "8f", header, 76, -1, 1.5, 2, 2.5, 1, 0, 0, 0)
    struct.pack_into(e + "3f", header, 108, 0 if pair else offset + len(extension), *scale)
    header[123] = units | 8
    header[148:152] = b"seed"
    struct.pack_into(e + "2h6f", header, 252, *forms, 0, 0.6, 0.8, 1, 2, 3)
    struct.pack_into(e + "12f", header, 280, 1.5, 0, 0, -4, 0, 2, 0, -5, 0, 0, 2.5, -6)
    header[344:348] = magic or (b"ni1\0" if pair else b"n+1\0")
    voxels = 1
    for n in dims:
        voxels *= n
    data = bytes(i * 7 & 255 for i in range(min(voxels * bits // 8, 256)))
    flag = bytes([1 if extension else 0, 0, 0, 0])
    return bytes(header), flag + extension, data


def nifti2(big=False, dims=(2, 2, 3), code=16, bits=32):
    e = ">" if big else "<"
    header = bytearray(540)
    struct.pack_into(e + "i", header, 0, 540)
    header[4:12] = b"n+2\0\r\n\x1a\n"
    struct.pack_into(e + "2h", header, 12, code, bits)
    struct.pack_into(e + "8q", header, 16, len(dims), *dims, *([1] * (7 - len(dims))))
    struct.pack_into(e + "8d", header, 104, 1, 1, 1, 1, 1, 0, 0, 0)
    struct.pack_into(e + "q2d", header, 168, 544, 2.0, -1.0)
    struct.pack_into(e + "2i", header, 344, 1, 0)
    struct.pack_into(e + "i", header, 500, 3)
    size = bits // 8
    for n in dims:
        size *= n
    return bytes(header) + bytes(4) + bytes(i * 5 & 255 for i in range(size))


def npy(descr, shape, order="False", version=1, count=None):
    text = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n" % (descr, order, shape)
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    total = 1
    for n in shape:
        total *= n
    item = {"b1": 1, "c16": 16}.get(descr.lstrip("<>|="), int(descr[-1]))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text.encode() + bytes(
        i & 255 for i in range(total * item))


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def ply(form, types="f", index="i", colours=False):
    """A square of two triangles or one quad, with colours and a mark on its faces."""
    names = {"f": "float", "d": "double", "i": "int", "H": "ushort", "B": "uchar"}
    e = ">" if form == "binary_big_endian" else "<"
    head = f"ply\nformat {form} 1.0\ncomment seed\nelement vertex 4\n"
    head += "".join(f"property {names[types]} {a}\n" for a in "xyz")
    if colours:
        head += "".join(f"property uchar {c}\n" for c in ("red", "green", "blue"))
    head += f"element face 2\nproperty list uchar {names[index]} vertex_indices\nproperty int mark\nend_header\n"
    rows = []
    for i in range(4):
        row = [(types, i & 1), (types, i >> 1), (types, 0.5 * i)]
        rows.append(row + [("B", 80 * i)] * 3 if colours else row)
    rows.append([("B", 3)] + [(index, i) for i in (0, 1, 2)] + [("i", -5)])
    rows.append([("B", 4)] + [(index, i) for i in (0, 1, 3, 2)] + [("i", 6)])
    if form == "ascii":
        body = "".join(" ".join(f"{v:g}" for _, v in row) + "\n" for row in rows).encode()
    else:
        body = b"".join(struct.pack(e + t, v) for row in rows for t, v in row)
    return head.encode() + body


LONG_VRS = (b"OB", b"OW", b"SQ", b"UN", b"OF")


def element(tag, vr, value, implicit=False, big=False):
    """`value`: bytes, text, or a list of items (bytes) that make a sequence of unknown length."""
    e = ">" if big else "<"
    head = struct.pack(e + "HH", tag >> 16, tag & 0xffff)
    if isinstance(value, str):
        value = value.encode()
    size = 0xffffffff
    if isinstance(value, list):
        item, ends = struct.pack(e + "HHI", 0xfffe, 0xe000, size), struct.pack(e + "HHI", 0xfffe, 0xe00d, 0)
        value = b"".join(item + v + ends for v in value) + struct.pack(e + "HHI", 0xfffe, 0xe0dd, 0)
    else:
        value += bytes(len(value) % 2)
        size = len(value)
    if implicit:
        return head + struct.pack(e + "I", size) + value
    if vr in LONG_VRS:
        return head + vr + struct.pack(e + "HI", 0, size) + value
    return head + vr + struct.pack(e + "H", size) + value


def fragments(*parts):
    items = b"".join(struct.pack("<HHI", 0xfffe, 0xe000, len(p)) + p for p in parts)
    return struct.pack("<HH2sHI", 0x7fe0, 0x10, b"OB", 0, 0xffffffff) + items + struct.pack("<HHI", 0xfffe, 0xe0dd, 0)


def dicom(uid="1.2.840.10008.1.2.1", bits=16, samples=1, colours="MONOCHROME2", frames=1, more=(), pixels=None,
          bare=False):
    """4x3 pixels; `more`: further elements as (tag, vr, value)."""
    implicit, big = uid == "1.2.840.10008.1.2", uid == "1.2.840.10008.1.2.2"

    def short(n):
        return struct.pack(">H" if big else "<H", n)
    rows = {0x00080060: (b"CS", "MR"), 0x0020000e: (b"UI", "1.2.3"), 0x00200013: (b"IS", "1"),
            0x00200032: (b"DS", "1\\2\\3"), 0x00200037: (b"DS", "1\\0\\0\\0\\1\\0"),
            0x00280002: (b"US", short(samples)), 0x00280004: (b"CS", colours), 0x00280008: (b"IS", str(frames)),
            0x00280010: (b"US", short(3)), 0x00280011: (b"US", short(4)), 0x00280030: (b"DS", "2\\1.5"),
            0x00280100: (b"US", short(bits)), 0x00280101: (b"US", short(bits)), 0x00280103: (b"US", short(0))}
    rows.update({tag: (vr, short(value) if isinstance(value, int) else value) for tag, vr, value in more})
    body = b"".join(element(tag, vr, value, implicit, big) for tag, (vr, value) in sorted(rows.items()))
    raw = bytes(i * 7 & 255 for i in range((12 * samples * bits * frames + 7) // 8))
    body += pixels or element(0x7fe00010, b"OW", raw, implicit, big)
    if uid == "1.2.840.10008.1.2.1.99":
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = packer.compress(body) + packer.flush()
    meta = bytes(128) + b"DICM" + element(0x00020010, b"UI", uid)
    return body if bare else meta + body


def dicoms():
    yield "explicit", dicom()
    yield "implicit", dicom("1.2.840.10008.1.2", 8)
    yield "big", dicom("1.2.840.10008.1.2.2", 32)
    yield "deflated", dicom("1.2.840.10008.1.2.1.99")
    yield "bare", dicom(bare=True, more=[(0x00080016, b"UI", "1.2")])
    yield "bits", dicom(bits=1, frames=3)
    yield "twelve", dicom(bits=12)
    yield "rgb", dicom(bits=8, samples=3, colours="RGB", more=[(0x00280006, b"US", 1)])
    yield "halved", dicom(bits=8, samples=3, colours="YBR_FULL_422", pixels=element(0x7fe00010, b"OB", bytes(24)))
    table = [(0x00281101 + c, b"US", struct.pack("<3H", 4, 2, 8)) for c in range(3)]
    table += [(0x00281201 + c, b"OW", bytes([c, 9, 99, 199])) for c in range(3)]
    yield "palette", dicom(bits=8, colours="PALETTE COLOR", more=table)
    segments = [row for row in table if row[0] < 0x00281200]
    segments += [(0x00281221 + c, b"OW", bytes([0, 0, 1, 0, 9, 0])) for c in range(3)]
    yield "segmented", dicom(bits=8, colours="PALETTE COLOR", more=segments)
    yield "partial", dicom(bits=8, samples=3, colours="YBR_PARTIAL_422", more=[(0x00280006, b"US", 0)])
    yield "padding", dicom(more=[(0x00280120, b"US", 0xf830)])
    lut = element(0x00283002, b"US", struct.pack("<3H", 2, 0, 16)) + element(0x00283006, b"US", bytes(4))
    yield "lut", dicom(more=[(0x00283000, b"SQ", [lut])])
    yield "philips", dicom(more=[(0x2005100e, b"FL", struct.pack("<f", 0.25))])
    rle = struct.pack("<16I", 1, 64, *[0] * 14) + bytes([11, *range(12)])
    yield "rle", dicom("1.2.840.10008.1.2.5", 8, frames=2, pixels=fragments(b"", rle, rle))
    yield "split", dicom("1.2.840.10008.1.2.5", 8, frames=2, pixels=fragments(
        struct.pack("<2I", 0, 16 + len(rle)), rle[:40], rle[40:], rle))
    place = element(0x00209113, b"SQ", [element(0x00200032, b"DS", "0\\0\\5")])
    frame = place + element(0x00209111, b"SQ", [element(0x00209128, b"UL", struct.pack("<I", 2))])
    size = element(0x00289110, b"SQ", [element(0x00280030, b"DS", "1\\1")])
    yield "enhanced", dicom(frames=2, more=[(0x52009229, b"SQ", [size]), (0x52009230, b"SQ", [place, frame])])
    tag = b"NumberOfImagesInMosaic".ljust(64, b"\0") + struct.pack("<i4siii", 1, b"US", 6, 1, 77)
    csa = b"SV10\4\3\2\1" + struct.pack("<ii", 1, 77) + tag + struct.pack("<4i", 2, 2, 77, 2) + b"4 \0\0"
    yield "mosaic", dicom(more=[(0x00080008, b"CS", "A\\B\\M\\MOSAIC"), (0x00280010, b"US", 4),
                                (0x00291010, b"OB", csa)],
                          pixels=element(0x7fe00010, b"OW", bytes(range(32))))
    yield "dose", dicom(frames=2, more=[(0x3004000c, b"DS", "0\\-3"), (0x3004000e, b"DS", "0.01")])


def folder(flags, *files):
    """As fuzz_series.c takes it apart."""
    return bytes([flags]) + b"".join(
        bytes([len(name)]) + name.encode() + struct.pack("<H", len(data)) + data for name, data in files)


def placed(z, uid="1.2"):
    return dicom(bits=8, more=[(0x00080018, b"UI", "1.%d" % z), (0x0020000e, b"UI", uid),
                               (0x00200013, b"IS", "%d" % z), (0x00200032, b"DS", "0\\0\\%d" % z),
                               (0x00200037, b"DS", "1\\0\\0\\0\\1\\0")])


def series():
    yield "two", folder(0, ("s1.png", png()), ("s2.png", png()))
    yield "order", folder(0, *(("s%d.png" % n, png()) for n in (10, 9, 8)))
    yield "gap", folder(0, ("s1.png", png()), ("s2.png", png()), ("s4.png", png()))
    yield "gap_allowed", folder(1, ("s1.png", png()), ("s2.png", png()), ("s4.png", png()))
    yield "types", folder(2, ("s1.png", png()), ("s2.tif", tiff()), ("s3.png", png(bits=16)))
    yield "twice", folder(0, ("s1.tif", tiff()), ("s01.tif", tiff()))
    yield "stacks", folder(0, ("a1.tif", tiff(pages=2)), ("a2.tif", tiff(pages=2)), ("a3.tif", tiff(compression=8)))
    yield "every_other", folder(4, *(("%d.tif" % n, tiff(bits=16)) for n in range(4)))
    yield "backwards", folder(12, *(("%d.tif" % n, tiff(motorola=True, bits=16)) for n in range(2)))
    yield "pattern", folder(16, ("a1.png", png()), ("a2.png", png()), ("README", b"text"))
    yield "damaged", folder(2, ("a1.png", png()), ("a2.png", png()[:50]), ("a3.jpg", b""))
    yield "dicom", folder(0, *(("%d.dcm" % z, placed(z)) for z in (3, 1, 2)))
    yield "dicom_mixed", folder(2, ("1.dcm", placed(1)), ("2.dcm", placed(2)), ("3", placed(3, "1.3")),
                                ("4.dcm", placed(4)[:200]))


def seeds():
    for name, data in series():
        yield "series", name, data
    for name, data in dicoms():
        yield "dicom", name, data
    yield "zip", "dicom", zipped([("d/1.dcm", dicom()), ("d/2", dicom(more=[(0x00200032, b"DS", "1\\2\\5")]))])
    yield from mesh_seeds.seeds()
    yield "ply", "ascii", ply("ascii")
    yield "ply", "little", ply("binary_little_endian", "d", "H", True)
    yield "ply", "big", ply("binary_big_endian", "f", "i", True)
    yield "ply", "cut", ply("binary_little_endian")[:-9]
    yield "ply", "huge", ply("ascii").replace(b"vertex 4", b"vertex 999999999999")
    fan = (b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1\n"
           b"property list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n200" + b" 0 1 2 0" * 50 + b"\n")
    yield "ply", "fan", fan
    yield "ply", "packed", gzip.compress(ply("binary_big_endian"), mtime=0)
    single = b"".join(nifti1())
    comment = struct.pack("<2i", 32, 6) + b"a comment in a header..."[:24]
    yield "nifti", "i16", single
    yield "nifti", "big", b"".join(nifti1(big=True, code=64, bits=64))
    yield "nifti", "rgb", b"".join(nifti1(code=128, bits=24))
    yield "nifti", "scaled4d", b"".join(nifti1(dims=(2, 3, 2, 2), scale=(0.5, -3), forms=(0, 2)))
    yield "nifti", "extension", b"".join(nifti1(extension=comment))
    yield "nifti", "quad", b"".join(nifti1(code=1536, bits=128, forms=(0, 0)))
    yield "nifti", "complex256", b"".join(nifti1(dims=(2, 2), code=2048, bits=256))
    yield "nifti", "metres", b"".join(nifti1(units=1, forms=(1, 0)))
    yield "nifti", "huge", b"".join(nifti1(dims=(32767,) * 7))[:600]
    yield "nifti", "two", nifti2()
    yield "nifti", "two_big", nifti2(big=True, code=1792, bits=128)
    for name, arguments in (("i16", {}), ("big", {"big": True}), ("spm", {"scale": (0.25, 0)}),
                            ("f32_4d", {"code": 16, "bits": 32, "dims": (2, 2, 2, 2)})):
        header, _, data = nifti1(pair=True, magic=b"\0\0\0\0", **arguments)
        yield "analyze", name, header + data + b"\0"
    header, flag, data = nifti1(pair=True, extension=comment)
    yield "analyze", "nifti_pair", header + flag + data + b"\1"
    yield "npy", "c_i2", npy("<i2", (3, 4, 2))
    yield "npy", "f_f8", npy(">f8", (2, 3, 2, 2), "True")
    yield "npy", "rgb", npy("|u1", (2, 3, 2, 3), "True")
    yield "npy", "rgba_c", npy("|u1", (2, 3, 2, 4))
    yield "npy", "half", npy("<f2", (5,), version=2)
    yield "npy", "complex", npy("<c16", (2, 2, 2), version=3)
    yield "npy", "bool", npy("|b1", (4, 4))
    yield "npy", "huge", npy("<f8", (1, 1), count=1).replace(b"(1, 1)", b"(999999999999, 9999999)")
    packed = gzip.compress(single, 6, mtime=0)
    yield "gzip", "one", packed
    yield "gzip", "members", gzip.compress(single[:200], mtime=0) + gzip.compress(single[200:], mtime=0)
    yield "gzip", "stored", gzip.compress(single, 0, mtime=0)
    yield "gzip", "padded", packed + bytes(32)
    yield "gzip", "garbage", packed + b"garbage"
    yield "gzip", "named", packed[:3] + b"\x08" + packed[4:10] + b"name.nii\0" + packed[10:]
    yield "gzip", "bomb", gzip.compress(b"".join(nifti1()) + bytes(1 << 20), mtime=0)
    header, _, data = nifti1(pair=True, magic=b"\0\0\0\0")
    pair = [("scan/head.hdr", header), ("scan/head.img", data)]
    yield "zip", "pair", zipped(pair)
    yield "zip", "stored", zipped([("head.nii", single)], zipfile.ZIP_STORED)
    yield "zip", "gz_inside", zipped([("head.nii.gz", packed)])
    yield "zip", "several", zipped(pair + [("b.npy", npy("<i2", (2, 2, 2)))])
    yield "zip", "none", zipped([("readme.txt", b"hello"), ("__MACOSX/._head.nii", b"x")])
    yield "zip", "empty", zipped([])
    for name, text, size in (("plain", "2x3x4,int16,le", 48), ("offset", "3x3,float64,be,8", 80),
                             ("gz", "4x2x2,uint8,le", 0), ("wrong", "2xx,int16,xe", 4),
                             ("five", "2x2x2x1x2,uint16,be", 32)):
        body = gzip.compress(bytes(range(16)), mtime=0) if name == "gz" else bytes(range(size))
        yield "raw", name, text.encode() + b"\n" + body
    for name, data in pictures():
        yield "tiff", name, data
    for name, how in (("grey", {}), ("wide", {"bits": 16}), ("bits", {"bits": 2}), ("rgb", {"kind": 2}),
                      ("alpha", {"kind": 4}), ("adam7", {"interlace": 1}),
                      ("palette", {"kind": 3, "bits": 4, "before": chunk(b"PLTE", bytes(range(48)))}),
                      ("scale", {"kind": 6, "before": chunk(b"pHYs", struct.pack(">IIB", 2000, 2000, 1))})):
        yield "png", name, png(**how)
    yield "png", "long_text", png(before=struct.pack(">I", 0x70000000) + b"tEXta\0b1234")
    # the smallest grey and colour pictures of libjpeg
    grey = ("ffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304050805050404050a07"
            "0706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc0000b0800"
            "0100010101110 0ffc40014000100000000000000000000000000000009ffc4001410010000000000000000000000000"
            "0000000ffda0008010100003f0054dfffd9").replace(" ", "")
    yield "jpeg", "grey", bytes.fromhex(grey)
    yield "jpeg", "cut", bytes.fromhex(grey)[:120]
    for name, data in recipes():
        yield "replay", name, data


def tiff(pages=1, big=False, motorola=False, bits=8, samples=1, photometric=1, compression=1, form=1, planar=1,
         text=b"", data=None, tile=0, loop=False, width=4, height=3):
    """Pages of 4x3 pixels, each a strip or tiles, directories last."""
    e = ">" if motorola else "<"
    out = bytearray((b"MM\0" if motorola else b"II") + (b"+" if big else b"*") + (b"" if motorola else b"\0"))
    size, code = (8, 16) if big else (4, 4)
    out += struct.pack(e + "HHQ", 8, 0, 0) if big else struct.pack(e + "I", 0)
    link = 8 if big else 4
    for page in range(pages):
        raw = data or bytes((i * 37 + page) & 255 for i in range((tile * tile or 12) * samples * bits // 8 + 3))
        raw = zlib.compress(raw, 9) if compression == 8 else raw
        at = len(out)
        out += raw + bytes(len(raw) % 2)
        extra = len(out)
        out += text + b"\0" + bytes((len(text) + 1) % 2) if text else b""
        count, per = (samples, len(raw) // samples) if planar == 2 else (1, len(raw))
        tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, compression), (262, 3, photometric)]
        tags += [(270, 2, extra)] if text else []
        tags += [(277, 3, samples), (284, 3, planar)]
        tags += [(322, 3, tile), (323, 3, tile), (324, code, at), (325, 4, per)] if tile else [
            (273, code, at), (278, 3, 3), (279, 4, per)]
        tags += [(339, 3, form)]
        struct.pack_into(e + ("Q" if big else "I"), out, link, len(out))
        out += struct.pack(e + ("Q" if big else "H"), len(tags))
        for tag, kind, value in sorted(tags):
            n = len(text) + 1 if tag == 270 else 1
            field = struct.pack(e + {2: "Q" if big else "I", 3: "H", 4: "I", 16: "Q"}[kind], value)
            out += struct.pack(e + "HH" + ("Q" if big else "I"), tag, kind, n) + field.ljust(size, b"\0")
        link = len(out)
        out += bytes(size)
    if loop:
        struct.pack_into(e + "I", out, link, struct.unpack_from(e + "I", out, 4)[0])
    return bytes(out)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(kind=0, bits=8, interlace=0, before=b""):
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    row = (4 * samples * bits + 7) // 8
    rows = b"".join(b"\0" + bytes(i * 9 & 255 for i in range(row)) for _ in range(3 if not interlace else 9))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, bits, kind, 0, 0, interlace)) + before +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pictures():
    imagej = b"ImageJ=1.53\nimages=4\nchannels=2\nslices=2\nunit=mm\nspacing=2\n"
    ome = (b'<OME xmlns="o"><Image><Pixels DimensionOrder="XYZCT" SizeZ="2" SizeC="2" SizeT="1" PhysicalSizeX="1">'
           b'<TiffData IFD="0" PlaneCount="4"/></Pixels></Image></OME>')
    yield "plain", tiff()
    yield "motorola", tiff(motorola=True, bits=16)
    yield "big", tiff(big=True, pages=2)
    yield "loop", tiff(pages=2, loop=True)
    yield "imagej", tiff(pages=4, text=imagej)
    yield "block", tiff(text=imagej, data=bytes(48))
    yield "ome", tiff(pages=4, text=ome)
    yield "deflate", tiff(compression=8, bits=16)
    yield "lzw", tiff(compression=5, data=b"\x80\x00\x20\x10\x10")
    yield "packbits", tiff(compression=32773, data=b"\xf5\x07")
    yield "fax", tiff(compression=4, bits=1, photometric=0, data=b"\x00\x10\x01")
    yield "zstd", tiff(compression=50000, data=b"\x28\xb5\x2f\xfd\x04\x00\x61\x00\x00")
    yield "luv", tiff(compression=34676, photometric=32844, bits=16, form=2)
    yield "luv24", tiff(compression=34677, photometric=32845, bits=16, form=2, samples=3)
    yield "vast", tiff(width=0xFFFFFFFF, height=0xFFFFFFFF, bits=64, compression=8)
    yield "ycbcr", tiff(photometric=6, samples=3)
    yield "cmyk", tiff(photometric=5, samples=4)
    yield "planes", tiff(samples=3, photometric=2, planar=2)
    yield "tiles", tiff(tile=16)
    yield "odd", tiff(bits=13)
    yield "half", tiff(bits=16, form=3)
    yield "complex", tiff(bits=64, form=6)
    yield "palette", tiff(photometric=3, bits=1)


def recipes():
    made = (b'{"pellucid":"0.1.0","command":"render","params":{"keep":["z < 5"],"size":"64"},"inputs":[{"xxh3_128":'
            b'"0123456789abcdef0123456789abcdef","name":"phantom:ramp","params":{"crop":":5"}},{"xxh3_128":null,'
            b'"role":"mask","params":{}}]}')
    yield "json", made
    yield "png", png(before=chunk(b"tEXt", b"pellucid\0" + made))
    yield "picture", b'{"pellucid":"0.1.0","layer":"depth","provenance":' + made + b"}"
    yield "gif", (b"GIF89a" + bytes(7) + b"\x21\xfe" + b"".join(
        bytes([len(part)]) + part for part in (made[at:at + 100] for at in range(0, len(made), 100))) + b"\0;")
    yield "svg", b"<?xml?><svg><metadata>" + made.replace(b"<", b"&lt;") + b"</metadata></svg>"
    yield "pdf", b"%PDF-1.5 /Keywords <FEFF" + made.decode().encode("utf-16-be").hex().upper().encode() + b">"
    plain = made.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    yield "pdf_plain", b"%PDF-1.5 /Keywords (" + plain + b")"
    yield "cut", made[:-30]
    yield "wrong", made.replace(b'"params":{}', b'"params":[5]')


def main():
    for folder, name, data in seeds():
        path = os.path.join(sys.argv[1], folder)
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, name), "wb") as file:
            file.write(data)


main()
