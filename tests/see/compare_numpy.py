"""compare_numpy.py PELLUCID: the histogram command's counts are numpy.histogram's, every one."""
import csv
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("numpy is not installed: skipped")
    sys.exit(77)


def samples():
    rng = np.random.default_rng(7)
    for dtype in "uint8 int8 uint16 int16 uint32 int32 float32 float64".split():
        if dtype.startswith("float"):
            yield rng.normal(3, 20, (31, 29, 37)).astype(dtype)
            yield rng.integers(0, 11, (31, 29, 37)).astype(dtype) / dtype_ten(dtype)
        else:
            info = np.iinfo(dtype)
            yield rng.integers(info.min, info.max, (31, 29, 37), dtype, endpoint=True)
            yield rng.integers(0, 101, (31, 29, 37)).astype(dtype)


def dtype_ten(dtype):
    return np.dtype(dtype).type(10)


def main(program):
    wrong = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        volume, table = os.path.join(folder, "v.npy"), os.path.join(folder, "h.csv")
        for data in samples():
            np.save(volume, data)
            for bins in 10, 50, 256:
                subprocess.run([program, "histogram", volume, "-o", table, "--bins", str(bins)], check=True)
                rows = list(csv.DictReader(open(table)))
                counts, edges = np.histogram(data.astype("float64"), bins)
                density, _ = np.histogram(data.astype("float64"), bins, density=True)
                same = ([int(r["count"]) for r in rows] == counts.tolist()
                        and [float(r["lo"]) for r in rows] == edges[:-1].tolist()
                        and [float(r["hi"]) for r in rows] == edges[1:].tolist()
                        and np.allclose([float(r["density"]) for r in rows], density, rtol=1e-14))
                compared += 1
                wrong += not same
                if not same:
                    print("differs:", data.dtype, bins)
    print(f"{compared} histograms compared, {wrong} differ")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
