from inputs import positive_definite, quadratic_form, square, symmetric, uniform, well_conditioned
from pytorch import gradients, leaf, size, tensor, torch, version
from serve import serve_one_of


def value_and_size(result):
    return result[0].item() + sum(map(size, result[1:]))


def value_and_form(result):
    return result[0].item() + quadratic_form(result[1].numpy())


def differentiated(loss, arrays, check):
    leaves = [leaf(array) for array in arrays]

    def work():
        value = loss(*leaves)
        return value, *gradients(value, leaves)

    return work, check


def weighted(f, array, check):
    weights = tensor(square(len(array), 2))
    return differentiated(lambda x: (f(x) * weights).sum(), [array], check)


def matmul(n):
    a, b = tensor(square(n, 1)), tensor(square(n, 2))
    return lambda: a @ b, size


def batched_matmul_gradient(batch, n):
    a, b, g = (uniform(batch * n * n, seed).reshape(batch, n, n) for seed in (1, 2, 3))
    a, b, g = leaf(a), leaf(b), tensor(g)

    def work():
        product = a @ b
        return product, *gradients(product, (a, b), g)

    return work, lambda results: sum(map(size, results))


def eigh(n):
    a = tensor(symmetric(n, 1))
    return lambda: torch.linalg.eigh(a), lambda result: size(result[0])


def values_and_squares(x):
    values, vectors = torch.linalg.eigh(x)
    return vectors.square() + values


def first_eigenpair(n):
    direction = tensor(uniform(n, 2))

    def loss(x):
        values, vectors = torch.linalg.eigh(x)
        return (vectors[:, 0] @ direction).square() + values[0]

    return loss


def solve_gradient(n):
    weights = tensor(uniform(n, 3))
    return differentiated(
        lambda a, b: (torch.linalg.solve(a, b) * weights).sum(),
        [well_conditioned(n, 1), uniform(n, 2)],
        value_and_size,
    )


def solve(n):
    a, b = tensor(well_conditioned(n, 1)), tensor(uniform(n, 2))
    return lambda: torch.linalg.solve(a, b), size


serve_one_of(
    {
        "matmul": matmul,
        "batched-matmul-gradient": batched_matmul_gradient,
        "eigh": eigh,
        "eigh-gradient": lambda n: weighted(values_and_squares, symmetric(n, 1), value_and_form),
        "first-eigenvalue-gradient": lambda n: differentiated(
            lambda x: torch.linalg.eigvalsh(x)[0], [symmetric(n, 1)], value_and_form
        ),
        "first-eigenpair-gradient": lambda n: differentiated(
            first_eigenpair(n), [symmetric(n, 1)], value_and_form
        ),
        "inverse-gradient": lambda n: weighted(torch.linalg.inv, well_conditioned(n, 1), value_and_size),
        "cholesky-gradient": lambda n: weighted(
            torch.linalg.cholesky, positive_definite(n, 1), value_and_form
        ),
        "solve": solve,
        "solve-gradient": solve_gradient,
        "slogdet-gradient": lambda n: differentiated(
            lambda x: torch.linalg.slogdet(x)[1], [well_conditioned(n, 1)], value_and_size
        ),
    },
    version,
)
