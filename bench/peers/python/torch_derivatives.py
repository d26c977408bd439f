from inputs import square, uniform
from pytorch import size, tensor, torch, version
from serve import absent, serve_one_of
from torch.autograd.functional import hessian, jacobian


def functional():
    """torch.func, or functorch, as it was called before PyTorch 2."""
    try:
        import torch.func as found
    except ImportError:
        try:
            import functorch as found
        except ImportError:
            absent("PyTorch without torch.func")
    return found


def rosenbrock(x):
    head, tail = x[:-1], x[1:]
    return (100 * (tail - head.square()).square() + (1 - head).square()).sum()


def log_softmax_jacobian():
    x = tensor(uniform(8, 1).reshape(2, 4))
    y = torch.tensor([[1.0], [2.0], [3.0], [4.0]], dtype=torch.float64)
    return lambda: jacobian(lambda a: torch.log_softmax(a @ y, 0), x), size


def tanh_layer(n):
    weights = tensor(square(n, 1))
    return lambda x: torch.tanh(weights @ x)


def jacobian_of_outputs(n, how="vectorised"):
    f, x = tanh_layer(n), tensor(uniform(n, 2))
    if how == "func":
        transformed = functional().jacrev(f)
        return lambda: transformed(x), size
    return lambda: jacobian(f, x, vectorize=True), size


def hessian_of_rosenbrock(n, how="vectorised"):
    x = tensor(uniform(n, 1))
    if how == "func":
        transformed = functional().hessian(rosenbrock)
        return lambda: transformed(x), size
    return lambda: hessian(rosenbrock, x, vectorize=True), size


serve_one_of(
    {
        "log-softmax-jacobian": log_softmax_jacobian,
        "jacobian-of-outputs": jacobian_of_outputs,
        "hessian": hessian_of_rosenbrock,
    },
    version,
)
