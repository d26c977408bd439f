"""Prints what PyTorch gives for the examples of docs/traps.md: python3 docs/traps/pytorch.py (written for 1.13)."""

import numpy as np
import torch
from torch.autograd import grad
from torch.autograd.functional import hessian, jacobian

torch.set_default_dtype(torch.float64)
linalg = torch.linalg


def show(name, compute):
    try:
        value = compute()
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
        return
    values = value if isinstance(value, tuple) else (value,)
    print(f"{name}:", *(v.detach().numpy().tolist() if torch.is_tensor(v) else v for v in values))


def gradient(f, a, **options):
    x = torch.as_tensor(a, dtype=options.get("dtype", torch.float64)).requires_grad_()
    return grad(f(x), x, create_graph=options.get("create_graph", False))[0]


def diag(*entries):
    return torch.diag(torch.tensor(entries, dtype=torch.float64))


print("torch", torch.__version__)

show("eigenvalue gradient", lambda: gradient(lambda a: linalg.eigh(a)[0][0], [[2, 1], [1, 3]]))

x = [[[1.0, 1], [2, 3]], [[4, 5], [6, 7]]]
show("broadcast matmul", lambda: gradient(lambda y: torch.matmul(torch.tensor(x), y).sum(), [[3.0, -7], [-1, 5]]))


def posterior_slope(dtype, solve):
    points = torch.as_tensor(np.linspace(-5, 5, 300), dtype=dtype)
    k = lambda x: torch.exp(-0.5 * ((x - points) / 1.5) ** 2)
    matrix, f = k(points[:, None]), torch.sin(points)
    weights = linalg.solve(matrix, f) if solve else linalg.inv(matrix) @ f
    return gradient(lambda x: k(x) @ weights, 2.0, dtype=dtype).item()


for dtype in (torch.float32, torch.float64):
    for solve in (False, True):
        name = f"posterior slope, {dtype}, {'solve' if solve else 'inv'}"
        show(name, lambda: posterior_slope(dtype, solve))


def summed():
    v = torch.tensor([1.0, 2], requires_grad=True)
    return grad([v**2, v**3], v, [torch.ones(2), torch.ones(2)])[0]


show("several outputs", summed)
show("jacobian of jacobian without create_graph", lambda: jacobian(lambda v: jacobian(lambda u: u**3, v), torch.tensor([1.0, 2])))
show("jacobian of jacobian", lambda: jacobian(lambda v: jacobian(lambda u: u**3, v, create_graph=True), torch.tensor([1.0, 2])))


first_vector = lambda a: (linalg.eigh(a)[1][:, 2] @ torch.tensor([1.0, 2, 4])) ** 2
show("eigenvector of diag(4, 1, 1)", lambda: gradient(first_vector, diag(4.0, 1, 1)))


c = torch.tensor([[1.0, 2, 3], [2, 4, 5], [3, 5, 6]])


def trace_exp(a):
    w, v = linalg.eigh(a)
    return torch.trace(v @ torch.diag(torch.exp(w)) @ v.T @ c)


def masked(gap, rule):
    """The gradient of tr(exp(A) C), with what is usually written instead of 1 / (w_j - w_i)."""
    w, v = linalg.eigh(diag(1.0, 1 + gap, 2))
    difference = w - w[:, None]
    e = torch.exp(w)
    inner = v.T @ c @ v
    # The cotangent of the vectors is 2 C V exp(w).
    from_vectors = inner * (e - e[:, None]) * rule(difference)
    return v @ (torch.diag(torch.diag(inner) * e) + from_vectors) @ v.T


def mask(d):
    return torch.where(d.abs() > 1e-8, 1 / torch.where(d == 0, 1.0, d), 0.0)


def lorentz(d):
    return d / (d * d + 1e-12)


for gap in (1e-5, 1e-7, 1e-9, 1e-13, 0):
    show(f"tr exp(A) C, gap {gap}, eigh", lambda: gradient(trace_exp, diag(1.0, 1 + gap, 2))[0, 1])
    show(f"tr exp(A) C, gap {gap}, mask 1e-8", lambda: masked(gap, mask)[0, 1])
    show(f"tr exp(A) C, gap {gap}, Lorentz 1e-12", lambda: masked(gap, lorentz)[0, 1])
    show(f"tr exp(A) C, gap {gap}, matrix_exp", lambda: gradient(lambda a: torch.trace(linalg.matrix_exp(a) @ c), diag(1.0, 1 + gap, 2))[0, 1])

for a in ([[1.0, 2], [2, 4]], [[0.0, 1], [0, 1]]):
    show(f"det {a}", lambda: gradient(linalg.det, a))
    show(f"det {a}, create_graph", lambda: gradient(linalg.det, a, create_graph=True))
show("Hessian of det at zeros(2, 2)", lambda: hessian(linalg.det, torch.zeros(2, 2)).reshape(4, 4))

show("second derivative of eigvalsh at a tie", lambda: hessian(lambda a: linalg.eigvalsh(a)[:2].sum(), diag(1.0, 1, 3))[0, 2])
show("norm at 0", lambda: (gradient(lambda v: linalg.vector_norm(v), [0.0, 0]), gradient(lambda v: torch.sqrt((v * v).sum()), [0.0, 0])))
show("Hessian of norm at 0", lambda: hessian(linalg.vector_norm, torch.zeros(2)))
show("max at ties", lambda: (gradient(lambda v: v.max(), [1.0, 1]), gradient(lambda v: v.amax(), [1.0, 1]), gradient(lambda v: v.max(0).values, [1.0, 1])))


def svd_product(a):
    u, s, vh = linalg.svd(a, full_matrices=False)
    return (u @ vh)[0, 1]


show("svd, sigma 1e-170", lambda: gradient(svd_product, diag(1e-170, 2e-170)))
show("svd, float32 sigma 1e-30", lambda: gradient(svd_product, diag(1e-30, 2e-30), dtype=torch.float32))
show("svd of [[1, 1], [0, 1e-10]]", lambda: linalg.svdvals(torch.tensor([[1.0, 1], [0, 1e-10]])))


def adjointness(f):
    a = torch.tensor([[4.0, 1], [1, 3]])
    t = torch.tensor([[0.0, 1], [0, 0]])
    c = torch.tensor([[1.0, 2], [3, 4]])
    x = a.requires_grad_()
    with torch.autograd.forward_ad.dual_level():
        out = f(torch.autograd.forward_ad.make_dual(a.detach(), t))
        tangent = torch.autograd.forward_ad.unpack_dual(out).tangent
    return (c * tangent).sum(), (grad(f(x), x, c)[0] * t).sum()


show("cholesky: <c, J t>, <Jᵀ c, t>", lambda: adjointness(linalg.cholesky))
show("eigh vectors: <c, J t>, <Jᵀ c, t>", lambda: adjointness(lambda a: linalg.eigh(a)[1]))
show("cholesky of [[1, 2], [2, 1]]", lambda: linalg.cholesky(torch.tensor([[1.0, 2], [2, 1]])))
show("eigh of [[1, 100], [2, 3]]", lambda: linalg.eigvalsh(torch.tensor([[1.0, 100], [2, 3]])))

show("solve 1x1, b [1]", lambda: linalg.solve(torch.tensor([[2.0]]), torch.tensor([4.0])))
show("solve [2, 2, 2], b [2, 2]", lambda: linalg.solve(torch.stack([diag(1.0, 2), diag(4.0, 8)]), torch.tensor([[1.0, 2], [4, 8]])))
show("solve [1, 1, 1], b [1, 1]", lambda: tuple(linalg.solve(torch.full((1, 1, 1), 2.0), torch.tensor([[4.0]])).shape))
show("pinv gradient at diag(1, 0)", lambda: gradient(lambda a: linalg.pinv(a).sum(), diag(1.0, 0)))
show("pinv at diag(1, 1e-9)", lambda: linalg.pinv(diag(1.0, 1e-9))[1, 1])
show("sqrtm, logm", lambda: (hasattr(linalg, "sqrtm"), hasattr(linalg, "logm"), hasattr(torch, "matrix_log")))
far = [[1.0, 1e6], [0, 1 + 1e-3]]
show("matrix_exp far from normal", lambda: (linalg.matrix_exp(torch.tensor(far)), gradient(lambda a: linalg.matrix_exp(a)[0, 1], far)))


def through_eig(a):
    w, v = linalg.eig(a)
    return (v @ torch.diag(torch.exp(w)) @ linalg.inv(v)).real[0, 1]


show("exp through eig of a Jordan block", lambda: gradient(through_eig, [[0.0, 1], [0, 0]]))
rotation = [[0.0, -1], [1, 0.5]]
show("phase of an eigenvector of eig", lambda: gradient(lambda a: linalg.eig(a)[1][0, 1].imag, rotation))
show("modulus of an eigenvector of eig", lambda: gradient(lambda a: linalg.eig(a)[1][0, 1].abs(), rotation))
show("where", lambda: gradient(lambda v: torch.where(v > 0, torch.sqrt(v), torch.zeros(2)).sum(), [0.0, 4]))
show("where twice", lambda: gradient(lambda v: torch.where(v > 0, torch.sqrt(torch.where(v > 0, v, torch.ones(2))), torch.zeros(2)).sum(), [0.0, 4]))
