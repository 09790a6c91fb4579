"""How much worse are ``image-vae``'s draws than its reconstructions? Fréchet distances on Fashion-MNIST, 10,000 each.

An autoencoder learns from the 60,000 training pictures. Its reconstructions of the test pictures have all that it can draw;
draws from the standard normal fall short of them, since that is not where the latents lie. A mixture of Gaussians fitted to
the latents after training, from which the plugin draws, should close most of the gap. All are compared with the test set in
the features of ``fashion_features.py``.

    python benchmarks/vae_prior.py FOLDER [--minutes 2]

FOLDER holds the four IDX files of Fashion-MNIST, gzipped. ``--minutes`` is CPU time of one core.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import fashion_features
import numpy as np
import torch
from binarised_mnist import trained

from artengine_image import density
from artengine_image.autoencoder.network import AutoEncoder, PictureDecoder

SETTINGS = {"size": "28x28", "latent": 24, "width": 32, "batch_size": 64, "rate": 0.004}
BATCH = 500


def network(options, pictures):
    return AutoEncoder((28, 28), 1, 0, options, PictureDecoder(options.latent, (28, 28), 1, options))


def inferred(net, pictures):
    """Means and log variances.  (N, 1, 28, 28) bytes -> (N, Z) twice"""
    found = []
    for first in range(0, len(pictures), BATCH):
        x = torch.from_numpy(pictures[first:first + BATCH].astype(np.float32) / 127.5 - 1)
        found.append(net.posterior(x, torch.zeros(len(x), 0)))
    return (torch.cat(part).numpy() for part in zip(*found, strict=True))


def drawn(net, z):
    """(N, Z) -> bytes (N, 28, 28, 1)"""
    made = []
    for first in range(0, len(z), BATCH):
        some = torch.from_numpy(z[first:first + BATCH].astype(np.float32))
        made.append(net.decoder(some, some)[0].tanh().numpy())
    return np.round((np.concatenate(made) + 1) * 127.5).astype(np.uint8).transpose(0, 2, 3, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=2, help="of CPU, for the training")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    learnt, test = (fashion_features.idx(asked.folder / f"{part}-images-idx3-ubyte.gz")[:, None]
                    for part in ("train", "t10k"))
    with tempfile.TemporaryDirectory() as folder:
        net, steps, seconds = trained(network, SETTINGS, learnt, asked.minutes, Path(folder), True)
    print(f"{steps:,} steps, {seconds:.0f} CPU-s", flush=True)
    eye = fashion_features.network(asked.folder)
    real = eye.features(fashion_features.framed(test.transpose(0, 2, 3, 1)))
    random = np.random.default_rng(0)
    with torch.no_grad():
        mean, spread = inferred(net, learnt[:20_000])
        z = mean + np.exp(spread / 2) * random.standard_normal(mean.shape)
        mixture = density.fit(z, np.full(len(z), -1), 0, 0)
        chance = np.random.Generator(np.random.Philox(1))
        figures = {}
        for name, latents in (("reconstructions", next(iter(inferred(net, test)))),
                              ("draws from the fitted density", np.stack([mixture.draw(chance) for _ in test])),
                              ("draws from the standard normal", random.standard_normal((len(test), mean.shape[1])))):
            made = eye.features(fashion_features.framed(drawn(net, latents)))
            figures[name] = fashion_features.fid(made, real)
            ratio = figures[name] / figures["reconstructions"]
            print(f"{name:32} FID {figures[name]:7.2f}   {ratio:.2f} x that of reconstructions", flush=True)
    print(f"{len(mixture.means)} Gaussians of {mean.shape[1]} dimensions")


if __name__ == "__main__":
    main()
