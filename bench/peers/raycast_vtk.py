#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Frames by pellucid and by VTK, of one volume from one camera: seconds, ratio, and how far the pictures differ.

raycast_vtk.py PELLUCID [VOLUME] [--mapper cpu|gpu] [--steps 0.5,1] [--ways mip,...] [--frames N] [--threads N] [--size PX] [--grid N] [--keep FOLDER]
Without VOLUME the head phantom. Perspective of 30 degrees; a grey ramp from the least value to the greatest, opacity 0 to 0.05
per mm. --grid 512 takes the volume on 512^3 voxels of 16 bits. Lit pictures differ by how light is found, see raycast_light.py.
Needs a display, or xvfb-run.
Debian: python3-vtk9 python3-nibabel xvfb."""
import argparse
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import nibabel
    import numpy
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

LIGHT = {"ambient": 0.1, "diffuse": 0.7, "specular": 0.2, "power": 10}
WAYS = ("unshaded", "shaded", "mip")


def look(lo, hi):
    """The ramp: VTK's opacity is what a unit length absorbs, ours is extinction."""
    part = [i / 48 for i in range(49)]
    points = [[lo + t * (hi - lo), -math.log(1 - 0.05 * t)] for t in part]
    return {"window": [lo, hi], "colormap": "gray", "opacity": points}


def ours(program, volume, way, step, args, folder):
    words = [program, "render", volume, "-o", str(folder / "ours.png"), "--size", str(args.size), "--fov", "30", "--step", f"{step}vx",
             "--threads", str(args.threads), "--background", "black", "--json", "--look", str(folder / "ramp.json"), "--elev", "20", "--azim", "40"]
    if way == "mip":
        words += ["--mode", "mip"]
    elif way == "unshaded":
        words.append("--unlit")
    else:
        words += [word for name, value in LIGHT.items() for word in (f"--{name}", str(value))]
    reports = [json.loads(subprocess.run(words, check=True, capture_output=True).stdout) for _ in range(args.frames)]
    return statistics.median(r["seconds"]["frames"][0] for r in reports), reports[0]


def make_volume(path):
    image = nibabel.load(path)
    voxels = numpy.asanyarray(image.dataobj)
    assert abs(image.affine[:3, :3] - numpy.diag(image.affine.diagonal()[:3])).max() < 1e-6, "the grid must lie along the axes"
    data = vtk.vtkImageData()
    data.SetDimensions(voxels.shape)
    data.SetSpacing(image.affine.diagonal()[:3])
    data.SetOrigin(image.affine[:3, 3])
    data.GetPointData().SetScalars(numpy_to_vtk(voxels.ravel(order="F"), deep=True))
    return data, float(voxels.min()), float(voxels.max())


def make_window(data, lo, hi, way, step, args):
    if args.mapper == "cpu":
        mapper = vtk.vtkFixedPointVolumeRayCastMapper()
        mapper.SetNumberOfThreads(args.threads)
        mapper.SetInteractiveSampleDistance(step)
    else:
        mapper = vtk.vtkOpenGLGPUVolumeRayCastMapper()
        mapper.UseJitteringOff()
    mapper.SetInputData(data)
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetImageSampleDistance(1)
    mapper.SetSampleDistance(step)
    mapper.SetBlendMode(vtk.vtkVolumeMapper.MAXIMUM_INTENSITY_BLEND if way == "mip" else vtk.vtkVolumeMapper.COMPOSITE_BLEND)
    opacity = vtk.vtkPiecewiseFunction()
    opacity.AddPoint(lo, 1 if way == "mip" else 0)
    opacity.AddPoint(hi, 1 if way == "mip" else 0.05)
    colour = vtk.vtkColorTransferFunction()
    colour.AddRGBPoint(lo, 0, 0, 0)
    colour.AddRGBPoint(hi, 1, 1, 1)
    prop = vtk.vtkVolumeProperty()
    prop.SetColor(colour)
    prop.SetScalarOpacity(opacity)
    prop.SetScalarOpacityUnitDistance(1)
    prop.SetInterpolationTypeToLinear()
    prop.SetShade(way == "shaded")
    prop.SetAmbient(LIGHT["ambient"])
    prop.SetDiffuse(LIGHT["diffuse"])
    prop.SetSpecular(LIGHT["specular"])
    prop.SetSpecularPower(LIGHT["power"])
    actor = vtk.vtkVolume()
    actor.SetMapper(mapper)
    actor.SetProperty(prop)
    scene = vtk.vtkRenderer()
    scene.AddVolume(actor)
    # VTK's own head light has no ambient part
    lamp = vtk.vtkLight()
    lamp.SetLightTypeToHeadlight()
    lamp.SetAmbientColor(1, 1, 1)
    scene.AddLight(lamp)
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(args.size, args.size)
    window.AddRenderer(scene)
    return window, scene


def theirs(data, lo, hi, way, step_mm, camera, args):
    window, scene = make_window(data, lo, hi, way, step_mm, args)
    eye, down, forward = (numpy.array(camera[name]) for name in ("eye_mm", "down", "forward"))
    view = scene.GetActiveCamera()
    view.SetPosition(eye)
    view.SetFocalPoint(eye + forward * 100)
    view.SetViewUp(-down)
    view.SetViewAngle(math.degrees(2 * math.atan(args.size / 2 / camera["focal_px"])))
    scene.ResetCameraClippingRange()
    seconds, pixels = [], vtk.vtkUnsignedCharArray()
    for frame in range(args.frames + 1):
        # a hair's breadth, so that nothing is kept from the frame before
        view.Azimuth(1e-3 if frame % 2 else -1e-3)
        start = time.perf_counter()
        window.Render()
        window.GetRGBACharPixelData(0, 0, args.size - 1, args.size - 1, 0, pixels)
        seconds.append(time.perf_counter() - start)
    if args.mapper == "gpu":
        print("#", next((line.strip() for line in window.ReportCapabilities().splitlines() if "renderer string" in line), "no renderer told"))
    return statistics.median(seconds[1:]), vtk_to_numpy(pixels).reshape(args.size, args.size, 4)[::-1, :, :3].astype(float)


def read_png(path, size):
    reader = vtk.vtkPNGReader()
    reader.SetFileName(str(path))
    reader.Update()
    return vtk_to_numpy(reader.GetOutput().GetPointData().GetScalars()).reshape(size, size, -1)[::-1, :, :3].astype(float)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("volume", nargs="?")
    parser.add_argument("--mapper", default="cpu", choices=("cpu", "gpu"))
    parser.add_argument("--steps", default="0.5,1")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", type=int, default=1024, help="pixels across")
    parser.add_argument("--grid", type=int, help="voxels each way, of 16 bits; without it the volume's own")
    parser.add_argument("--keep", help="a folder for the pictures")
    args = parser.parse_args()
    if "PELLUCID_BENCH_ONCE" in os.environ:
        args.frames, args.steps, args.ways = 1, "1", "unshaded"
    if not os.environ.get("DISPLAY"):
        if not shutil.which("xvfb-run"):
            print("skipped: there is no display and no xvfb-run")
            return 77
        return subprocess.run(["xvfb-run", "-a", sys.executable, *sys.argv]).returncode
    print("way,step,pellucid s,M samples/s,VTK s,times faster,mean difference of 255")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(args.keep or folder)
        folder.mkdir(exist_ok=True)
        if not args.volume:
            args.volume = str(folder / "head.nii")
            scene = "phantom:head?spacing=8" if "PELLUCID_BENCH_ONCE" in os.environ else "phantom:head"
            subprocess.run([args.program, "convert", scene, "-o", args.volume, "--quiet"], check=True)
        if args.grid:
            finer = str(folder / "grid.nii")
            subprocess.run([args.program, "convert", args.volume, "-o", finer, "--resize", f"{args.grid},{args.grid},{args.grid}",
                            "--dtype", "int16", "--quiet"], check=True)
            args.volume = finer
        data, lo, hi = make_volume(args.volume)
        spacing = min(data.GetSpacing())
        (folder / "ramp.json").write_text(json.dumps(look(lo, hi)))
        for step in (float(s) for s in args.steps.split(",")):
            for way in args.ways.split(","):
                mine, report = ours(args.program, args.volume, way, step, args, folder)
                picture = read_png(folder / "ours.png", args.size)
                their, other = theirs(data, lo, hi, way, step * spacing, report["camera"], args)
                numpy.save(folder / f"vtk-{way}-{step}.npy", other.astype(numpy.uint8))
                print(f"{way},{step},{mine:.4f},{report['samples'] / mine / 1e6:.0f},{their:.4f},{their / mine:.1f},"
                      f"{abs(picture - other).mean():.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
