"""The room the sound is heard in, and the level it is heard at."""

from __future__ import annotations

from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float32]]
TARGET = -16.0  # LUFS, what the usual players expect of a single piece
CEILING = 10 ** (-1.0 / 20)  # -1 dBFS


def impulse(rate: int, seconds: float = 1.5) -> Samples:
    """The answer of a small wooden hall to a clap, unit energy, nothing below 120 Hz.  (2, n)"""
    n = int(seconds * rate)
    rng = np.random.Generator(np.random.Philox(1685))
    t = np.arange(n) / rate
    freqs = np.fft.rfftfreq(2 * n, 1 / rate)
    out = np.zeros((2, n))
    # Air and curtains swallow the treble first: each band of noise has a time of its own to die by 60 dB.
    for low, high, reverb in ((120, 400, 1.35), (400, 1200, 1.25), (1200, 3500, 0.95), (3500, 9000, 0.55)):
        band = np.exp(-0.5 * (np.log2(np.maximum(freqs, 1.0) / np.sqrt(low * high)) / (0.5 * np.log2(high / low))) ** 4)
        for side in range(2):
            noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(2 * n)) * band, 2 * n)[:n]
            out[side] += noise * 10 ** (-3 * t / reverb)
    out *= np.clip((t - 0.012) / 0.02, 0, 1) ** 0.5  # the walls are some metres away
    for side in range(2):
        for k, delay in enumerate((0.011, 0.017, 0.023, 0.031, 0.043)):
            out[side, int((delay + 0.0013 * side * (k + 1)) * rate)] += (0.9 - 0.13 * k) * np.std(out) * 12
    out *= np.clip((seconds - t) / 0.1, 0, 1)
    answer: Samples = (out / np.sqrt(np.sum(np.square(out), axis=1, keepdims=True))).astype(np.float32)
    return answer


def reverberate(dry: Samples, share: float, rate: int) -> Samples:
    """*dry* with its echo added in place, in blocks so that memory stays bounded.  (2, n)"""
    answer = impulse(rate)
    taps = answer.shape[1]
    size = 1 << (4 * taps - 1).bit_length()
    step = size - taps + 1
    spectra = np.fft.rfft(answer, size)  # (2, size / 2 + 1)
    mono = dry.sum(axis=0) * np.float32(0.7071)
    for start in range(0, mono.size, step):
        block = np.fft.rfft(mono[start : start + step], size)
        for side in range(2):
            wet = np.fft.irfft(block * spectra[side], size)
            into = dry[side, start : start + size]
            into += np.float32(share) * wet[: into.size]
    return dry


def lufs(sound: Samples, rate: int) -> float:
    """Gated loudness in LUFS (ITU-R BS.1770 weighting over 400 ms blocks, without overlap); -inf for silence.

    The weighting is applied to the blocks' spectra, with Parseval's theorem in place of a filter.
    """
    size = int(0.4 * rate)
    blocks = sound.shape[1] // size
    if not blocks:
        return -np.inf
    f = np.fft.rfftfreq(size, 1 / rate)
    shelf = (1 + 10 ** (4 / 10) * (f / 1682) ** 4) / (1 + (f / 1682) ** 4)  # +4 dB above 1.7 kHz: the head
    power = shelf * (f**2 / (f**2 + 38.0**2)) ** 2 * 2 / size**2  # and a high-pass at 38 Hz
    loud = np.empty(blocks)
    for i in range(blocks):
        spectrum = np.fft.rfft(sound[:, i * size : (i + 1) * size])
        loud[i] = float(np.sum(np.square(np.abs(spectrum)) * power))
    loud = loud[loud > 10 ** ((-70 + 0.691) / 10)]
    if not loud.size:
        return -np.inf
    kept = loud[loud > loud.mean() / 10]
    return float(-0.691 + 10 * np.log10(kept.mean()))


def master(sound: Samples, rate: int) -> Samples:
    """*sound* brought to the target loudness in place, peaks rounded off below the ceiling.  (2, n)"""
    measured = lufs(sound, rate)
    peak = max(float(sound.max(initial=0.0)), -float(sound.min(initial=0.0)))
    if not np.isfinite(measured) or peak == 0:
        return sound
    # At most 2.5 dB into the rounding: louder would be heard as crunch.
    sound *= np.float32(min(10 ** ((TARGET - measured) / 20), CEILING * 10 ** (2.5 / 20) / peak))
    knee = 0.6 * CEILING
    for start in range(0, sound.shape[1], 1 << 20):
        part = sound[:, start : start + (1 << 20)]
        over = np.abs(part) - knee
        hot = over > 0
        room = CEILING - knee
        part[hot] = np.sign(part[hot]) * (knee + room * np.tanh(over[hot] / room)) * 0.999
    fade = min(sound.shape[1], rate // 5)
    sound[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound
