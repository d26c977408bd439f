"""The inputs of inputs.mjs, as NumPy arrays."""

import numpy as np


def uniform(count, seed):
    # The k-th state of a linear congruential generator in closed form, modulo 2**32.
    powers = np.cumprod(np.full(count, 1664525, dtype=np.uint32), dtype=np.uint32)
    sums = np.cumsum(np.concatenate([[1], powers[:-1]]).astype(np.uint32), dtype=np.uint32)
    states = powers * np.uint32(seed) + np.uint32(1013904223) * sums
    return states / 2.0**32 - 0.5


def square(n, seed):
    return uniform(n * n, seed).reshape(n, n)


def symmetric(n, seed):
    u = square(n, seed)
    return u + u.T


def well_conditioned(n, seed):
    return square(n, seed) + np.sqrt(n) * np.eye(n)


def positive_definite(n, seed):
    return symmetric(n, seed) + 2 * np.sqrt(n) * np.eye(n)


def squared_distances(n, seed):
    points = 10 * uniform(n, seed)
    return (points[:, None] - points[None, :]) ** 2


def quadratic_form(g):
    u = uniform(len(g), 99)
    return u @ g @ u
