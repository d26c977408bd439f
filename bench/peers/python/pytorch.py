"""PyTorch, eager, with as many threads as the environment says."""

import os

from serve import absent

try:
    import torch
except ImportError:
    absent("PyTorch is not installed")

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
version = torch.__version__
gradients = torch.autograd.grad


def tensor(array):
    return torch.from_numpy(array)


def leaf(array):
    return tensor(array).requires_grad_()


def size(x):
    return x.detach().abs().sum().item()
