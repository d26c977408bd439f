from inputs import uniform
from pytorch import gradients, leaf, size, tensor, torch, version
from serve import serve_one_of


def into(f):
    def make(count):
        x = tensor(uniform(count, 1))
        out = torch.empty_like(x)
        return lambda: f(x, out=out), size

    return make


def total(count):
    x = tensor(uniform(count, 1))
    return x.sum, lambda value: value.item()


def tanh_exp_gradient(count):
    x = leaf(uniform(count, 1))

    def work():
        y = (torch.tanh(x) * torch.exp(-x.square())).sum()
        return y, gradients(y, x)[0]

    return work, lambda result: result[0].item() + size(result[1])


serve_one_of(
    {
        "exp": into(torch.exp),
        "sin": into(torch.sin),
        "cos": into(torch.cos),
        "tanh": into(torch.tanh),
        "sum": total,
        "tanh-exp-gradient": tanh_exp_gradient,
    },
    version,
)
