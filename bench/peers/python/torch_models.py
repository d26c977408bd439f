from math import log

import numpy as np
from inputs import squared_distances, uniform
from pytorch import gradients, leaf, size, tensor, torch, version
from serve import serve_one_of


def mlp_step(inputs, hidden, classes, batch):
    def float32(seed, *shape):
        return uniform(int(np.prod(shape)), seed).astype(np.float32).reshape(shape)

    x = tensor(float32(1, batch, inputs))
    labels = torch.arange(batch) % classes
    initial = [
        float32(2, inputs, hidden) * np.float32(0.1),
        float32(3, hidden),
        float32(4, hidden, classes),
        float32(5, classes),
    ]
    parameters = [leaf(array.copy()) for array in initial]
    w1, b1, w2, b2 = parameters

    def work():
        logits = torch.addmm(b2, torch.addmm(b1, x, w1).relu(), w2)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        step = gradients(loss, parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, step, alpha=-1e-3)
        return loss

    def check(_):
        with torch.no_grad():
            for parameter, array in zip(parameters, initial):
                parameter.copy_(tensor(array))
        return work().item() + w1.detach().double().abs().sum().item()

    return work, check


def gp_likelihood(n):
    distances, y = tensor(squared_distances(n, 1)), tensor(uniform(n, 2))[:, None]
    identity = torch.eye(n, dtype=torch.float64)
    parameters = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (log(0.5), 0.0, log(0.1))]
    log_scale, log_amplitude, log_noise = parameters

    def work():
        signal = torch.exp(distances * (-0.5 * torch.exp(-2 * log_scale))) * torch.exp(2 * log_amplitude)
        factor = torch.linalg.cholesky(signal + identity * torch.exp(2 * log_noise))
        weights = torch.cholesky_solve(y, factor)
        value = 0.5 * (y * weights).sum() + factor.diagonal().log().sum()
        return value, *gradients(value, parameters)

    return work, lambda result: result[0].item() + sum(map(size, result[1:]))


serve_one_of({"mlp-step": mlp_step, "gp-likelihood": gp_likelihood}, version)
