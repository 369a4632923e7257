# SPDX-License-Identifier: Apache-2.0
"""compare_methods.py PELLUCID PATCH: conformal and area maps beside independent ones, by scipy.

conformal: its angles are no worse than those of the spectral conformal map (Mullen et al. 2008), a sparse eigenproblem.
Both: the energies of relax.h, written anew here, fall by less than 2 % when L-BFGS goes on from the map. Run by hand;
needs numpy and scipy. PATCH is a .ply of pellucid, a disk."""
import pathlib
import subprocess
import sys
import tempfile


def read(path):
    import numpy as np
    head, _, body = path.read_bytes().partition(b"end_header\n")
    count, fields, faces = 0, [], 0
    for words in (line.split() for line in head.decode().split("\n")):
        if words[:2] == ["element", "vertex"]:
            count = int(words[2])
        elif words[:2] == ["element", "face"]:
            faces = int(words[2])
        elif words[:1] == ["property"] and words[1] != "list":
            fields.append((words[2], {"float": "<f4", "int": "<i4", "uchar": "u1"}[words[1]]))
    rows = np.frombuffer(body, dtype=fields, count=count)
    face = np.frombuffer(body, dtype=[("n", "u1"), ("v", "<i4", 3)], count=faces, offset=rows.nbytes)
    used, corners = np.unique(face["v"], return_inverse=True)
    return np.column_stack([rows[n] for n in "xyz"]).astype(float)[used], corners.reshape(-1, 3)


def gradients(points, faces):
    """Per triangle the 2 x 3 matrix that makes a map's Jacobian from its corners, and its area."""
    import numpy as np
    a, b, c = (points[faces[:, k]] for k in range(3))
    length = np.linalg.norm(b - a, axis=1)
    ex = (b - a) / length[:, None]
    along = np.einsum("ij,ij->i", c - a, ex)
    off = np.linalg.norm(c - a - along[:, None] * ex, axis=1)
    g = np.zeros((len(faces), 2, 3))
    g[:, 0, 0], g[:, 0, 1] = -1 / length, 1 / length
    g[:, 1, 2], g[:, 1, 1] = 1 / off, -along / (length * off)
    g[:, 1, 0] = -g[:, 1, 1] - g[:, 1, 2]
    return g, 0.5 * length * off


def energy(flat, faces, g, area, angles, areas):
    import numpy as np
    j = np.einsum("tik,tkr->tri", g, flat[faces])
    det = j[:, 0, 0] * j[:, 1, 1] - j[:, 0, 1] * j[:, 1, 0]
    if not (det > 0).all():
        return 1e30, np.zeros_like(flat)
    square, w = (j * j).sum((1, 2)), area / area.sum()
    value = (w * (angles * (square / det - 2) + areas * (det + 1 / det - 2))).sum()
    cofactor = np.stack([np.stack([j[:, 1, 1], -j[:, 1, 0]], 1), np.stack([-j[:, 0, 1], j[:, 0, 0]], 1)], 1)
    by_det = -angles * square / det**2 + areas * (1 - 1 / det**2)
    by_j = w[:, None, None] * (2 * angles * j / det[:, None, None] + by_det[:, None, None] * cofactor)
    slope = np.zeros_like(flat)
    np.add.at(slope, faces, np.einsum("tri,tik->tkr", by_j, g))
    return value, slope


def spectral(points, faces, g, area):
    import numpy as np
    from scipy import sparse
    from scipy.sparse.linalg import eigsh
    n = len(points)
    rows, cols = np.repeat(faces, 3, axis=1).ravel(), np.tile(faces, (1, 3)).ravel()
    stiff = sparse.coo_matrix((np.einsum("tia,tib,t->tab", g, g, area).ravel(), (rows, cols)), (n, n)).tocsr()
    edges = {(int(p), int(q)) for t in faces for p, q in zip(t, np.roll(t, -1))}
    border = np.array([e for e in edges if e[::-1] not in edges])
    rim = np.zeros(2 * n)
    rim[border.ravel()] = rim[border.ravel() + n] = 1
    p, q, half = border[:, 0], border[:, 1], np.full(len(border), 0.5)
    turn = sparse.coo_matrix((np.r_[half, -half], (np.r_[p, q], np.r_[q, p] + n)), (2 * n, 2 * n))
    system = sparse.block_diag([stiff, stiff]) - (turn + turn.T)
    _, found = eigsh(system.tocsc(), k=4, M=sparse.diags(rim + 1e-9).tocsc(), sigma=-1e-6)
    best, least = None, np.inf
    for k in range(4):
        flat = found[:, k].reshape(2, n).T
        flat = flat - flat[border.ravel()].mean(0)
        value = angle_rms(flat, faces, g, area)
        if value < least:
            best, least = flat, value
    return best, least


def angle_rms(flat, faces, g, area):
    import numpy as np
    s = np.linalg.svd(np.einsum("tik,tkr->tri", g, flat[faces]), compute_uv=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(s[:, 0] / np.maximum(s[:, 1], 1e-12))
    return float(np.sqrt((area * ratio**2).sum() / area.sum()))


def main():
    try:
        from scipy.optimize import minimize
    except ImportError:
        print("skipped: scipy is not installed")
        return 77
    program, patch = sys.argv[1], pathlib.Path(sys.argv[2])
    points, faces = read(patch)
    g, area = gradients(points, faces)
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for method, angles, areas in (("conformal", 1, 1e-3), ("area", 1e-3, 1)):
            out = pathlib.Path(name, method + ".ply")
            subprocess.run([program, "flatten", patch, "-o", out, "--method", method, "--quiet"], check=True)
            flat = read(out)[0][:, :2]
            value, _ = energy(flat, faces, g, area, angles, areas)

            def of(x, a=angles, b=areas):
                v, slope = energy(x.reshape(-1, 2), faces, g, area, a, b)
                return v, slope.ravel()
            lower = minimize(of, flat.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 100}).fun
            print(f"{method}: energy {value:.6f}, after 100 more steps of L-BFGS {lower:.6f}")
            wrong += not lower > 0.98 * value
            if method == "conformal":
                ours, theirs = angle_rms(flat, faces, g, area), spectral(points, faces, g, area)[1]
                print(f"conformal: angles rms {ours:.4f}, of the spectral conformal map {theirs:.4f}")
                wrong += ours > 1.02 * theirs
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
