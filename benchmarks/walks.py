"""A walk of 60 frames at 512 × 512 pixels to MP4: what its parts cost, and what is saved by encoding while decoding.

    python benchmarks/walks.py [--frames 60] [--side 512] [--rounds 3]

The generator is the toy of the tests (a disc painted by numpy), so that the engine's own parts show. Figures are the least
of some rounds; on a busy machine look at the CPU seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/engine/walkers"))


def timed(act):
    wall, cpu = time.perf_counter(), time.process_time()
    result = act()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def least(rounds, act):
    runs = [timed(act) for _ in range(rounds)]
    return min(wall for wall, _, _ in runs), min(cpu for _, cpu, _ in runs), runs[0][2]


def main():
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("frames", 60), ("side", 512), ("rounds", 3)):
        asked.add_argument(f"--{name}", type=int, default=default)
    asked = asked.parse_args()
    import walkers

    walkers.SIDE = asked.side
    from artengine.latent import interpolate
    from artengine.nn import walks
    from artengine.pictures import film
    from artengine.seeing import seen
    from artengine.works import Image

    z = walks.walk(walks.normal([7, 8], 4), asked.frames)
    with tempfile.TemporaryDirectory() as folder:
        def decoded():
            return [Image(walkers.disc(row)) for row in z]

        frames = decoded()
        rows = {"decoding alone": least(asked.rounds, decoded),
                "looking (OKLab at 32 pixels)": least(asked.rounds, lambda: seen(frames)),
                "encoding alone": least(asked.rounds, lambda: film(frames, Path(folder) / "film.mp4"))}
        for even in (False, True):
            rows[f"the walk{', its steps made even' if even else ''}"] = least(asked.rounds, lambda even=even: interpolate(
                "discs", 7, 8, frames=asked.frames, even=even, save=f"{folder}/walk.mp4", studio=folder))
    for name, (wall, cpu, _) in rows.items():
        print(f"{name:38}{wall:7.2f} s{cpu:7.2f} CPU-s")
    one_by_one = rows["decoding alone"][0] + rows["encoding alone"][0]
    print(f"decoding and encoding at once take {rows['the walk'][0] / one_by_one:.0%} of one after the other")
    before, after = rows["the walk, its steps made even"][2].unevenness
    print(f"steps seen vary by {after:.1%}, with equal times by {before:.1%}")


if __name__ == "__main__":
    main()
