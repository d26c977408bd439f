from inputs import square
from pytorch import gradients, leaf, size, torch, version
from serve import serve_one_of


def taped(operation):
    v = leaf(square(4, 1))
    x, y = v * 1, v * 2

    def check(z):
        return size(gradients(z, v, torch.ones_like(z))[0])

    return lambda: operation(x, y), check


def scalar_gradient():
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)

    def work():
        y = torch.sin(x) * x + torch.cos(x) * torch.exp(x)
        return y, gradients(y, x)[0]

    return work, lambda result: result[0].item() + 10 * result[1].item()


serve_one_of(
    {
        "taped-add": lambda: taped(torch.add),
        "taped-matmul": lambda: taped(torch.matmul),
        "scalar-gradient": scalar_gradient,
    },
    version,
)
