from serve import absent, serve_one_of

try:
    import numpy as np
except ImportError:
    absent("NumPy is not installed")

from inputs import uniform


def size(x):
    return np.abs(x).sum()


def into(f):
    def make(count):
        x = uniform(count, 1)
        out = np.empty_like(x)
        return lambda: f(x, out=out), size

    return make


def total(count):
    x = uniform(count, 1)
    return x.sum, float


def tanh_exp_gradient(count):
    """The derivative by hand, with as few temporaries as NumPy allows."""
    x = uniform(count, 1)
    t, e, gradient = (np.empty_like(x) for _ in range(3))

    def work():
        np.tanh(x, out=t)
        np.multiply(x, x, out=e)
        np.negative(e, out=e)
        np.exp(e, out=e)
        value = np.dot(t, e)
        np.multiply(t, x, out=gradient)
        np.multiply(gradient, 2, out=gradient)
        np.multiply(t, t, out=t)
        np.add(gradient, t, out=gradient)
        np.subtract(1, gradient, out=gradient)
        np.multiply(gradient, e, out=gradient)
        return value, gradient

    return work, lambda result: result[0] + size(result[1])


serve_one_of(
    {
        "exp": into(np.exp),
        "sin": into(np.sin),
        "cos": into(np.cos),
        "tanh": into(np.tanh),
        "sum": total,
        "tanh-exp-gradient": tanh_exp_gradient,
    },
    np.__version__,
)
