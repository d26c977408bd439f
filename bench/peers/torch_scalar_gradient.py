"""Value and gradient of sin(x) x + cos(x) exp(x) at 2 by PyTorch, eager, one thread."""

from serve import absent, serve

try:
    import torch
except ImportError:
    absent("PyTorch is not installed")

torch.set_num_threads(1)
x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)


def value_and_gradient():
    y = torch.sin(x) * x + torch.cos(x) * torch.exp(x)
    (gradient,) = torch.autograd.grad(y, x)
    return y, gradient


serve(
    value_and_gradient,
    lambda result: result[0].item() + 10 * result[1].item(),
    torch.__version__,
)
