import { atLeastTimes, direct, jax, raised, reach, tfjs, timed, torch } from "./notation.mjs";

const ofLibrary =
  "the direct calls are the library's part of it; the rest is TypeScript at small n, elementwise passes at large";

const differentiated =
  (name, title, calls, ...others) =>
  (n, targets) =>
    timed({
      name: `${name}-${n}`,
      work: `${title} with gradient, n = ${n}`,
      ask: ["matrices", `${name}-gradient`, n],
      peers: [torch, ...others, direct(calls)],
      targets,
      because: ofLibrary,
      curve: { of: `${title} with gradient`, n },
    });

const eigh = differentiated("eigh", "eigh", "dsyevd, 3 dgemm");
const inverse = differentiated("inverse", "inverse", "dgetrf, dgetri, 2 dgemm");
const cholesky = differentiated("cholesky", "cholesky", "dpotrf, dtrmm, 2 dtrsm", jax);
const solve = differentiated("solve", "solve, one vector,", "dgetrf, 2 dgetrs, dger", jax);
const slogdet = differentiated("slogdet", "slogdet", "dgetrf, dgetri", jax);

const matmul = (n, targets, ...others) =>
  timed({
    name: `matmul-${n}`,
    work: `matmul, n = ${n}`,
    ask: ["matrices", "matmul", n],
    peers: [torch, ...others, direct("dgemm")],
    targets,
    because:
      n < 128
        ? "the call and the memory of the result, beside a product of microseconds"
        : "the very same dgemm: what differs is the memory that it meets, and noise",
    curve: { of: "matmul", n },
  });

const memory = (name, title, ...ask) =>
  [128, 256, 512, 1024].map((n) =>
    raised({
      name: `memory-${name}-${n}`,
      work: `memory of five calls: ${title}, n = ${n}`,
      ask: ["matrices", ...ask, n],
      peers: [torch],
      curve: { of: title, n },
    }),
  );

export const matrices = [
  matmul(128, [atLeastTimes("dgemm", 1)]),
  matmul(256, [atLeastTimes("dgemm", 1)]),
  matmul(512, [atLeastTimes("dgemm", 0.95)], tfjs, jax),
  timed({
    name: "batched-matmul",
    work: "matmul of 64 pairs of 32x32 with gradients",
    ask: ["matrices", "batched-matmul-gradient", 64, 32],
    peers: [torch, tfjs, jax, direct("dgemm in a loop")],
    targets: reach(150e3, { PyTorch: 358e3 }),
    because: "the products alone, which dgemm in a loop shows, are most of the time that is asked for",
  }),
  eigh(4, reach(3e3, { PyTorch: 38e3 })),
  eigh(16, reach(15e3, { PyTorch: 57e3 })),
  eigh(64, reach(230e3, { PyTorch: 261e3 })),
  eigh(256, reach(4.6e6, { PyTorch: 5.2e6 })),
  eigh(1024, reach(130e6, { PyTorch: 149e6 })),
  timed({
    name: "first-eigenvalue-512",
    work: "first eigenvalue with gradient, n = 512",
    ask: ["matrices", "first-eigenvalue-gradient", 512],
    peers: [torch, direct("dsyevr, one pair")],
    targets: [...reach(6e6, { PyTorch: 31e6 }), atLeastTimes("dsyevr", 4.7 / 6)],
  }),
  timed({
    name: "first-eigenpair-512",
    work: "first eigenpair with gradient, n = 512",
    ask: ["matrices", "first-eigenpair-gradient", 512],
    peers: [torch, direct("dsyevd, all pairs")],
    targets: [atLeastTimes("dsyevd", 1 / 0.4)],
  }),
  timed({
    name: "eigh-forward-256",
    work: "eigh, n = 256",
    ask: ["matrices", "eigh", 256],
    peers: [direct("dsyevd"), torch],
    targets: [atLeastTimes("dsyevd", 1 / 1.1)],
  }),
  inverse(4, reach(2e3, { PyTorch: 22e3 })),
  inverse(64, reach(45e3, { PyTorch: 64e3 })),
  inverse(256, reach(1150e3, { PyTorch: 1470e3 })),
  cholesky(256, reach(700e3, { PyTorch: 1646e3 })),
  solve(256, reach(350e3, { PyTorch: 323e3 })),
  slogdet(256, reach(850e3, { PyTorch: 895e3 })),
  timed({
    name: "solve-forward-256",
    work: "solve, n = 256, condition checked",
    ask: ["matrices", "solve", 256],
    peers: [direct("dgetrf, dgetrs"), direct("dgetrf, dgetrs, dgecon", "solve-with-condition"), torch],
    because: "the condition number is estimated at every solve, and not by PyTorch",
  }),
];

/** Sizes between those of the table, and memory. */
export const scaling = [
  ...[4, 16, 64, 1024].map((n) => matmul(n)),
  ...[32, 128, 512].map((n) => eigh(n)),
  ...[16, 32, 128, 512, 1024].map((n) => inverse(n)),
  ...memory("matmul", "matmul", "matmul"),
  ...memory("eigh", "eigh with gradient", "eigh-gradient"),
  ...memory("inverse", "inverse with gradient", "inverse-gradient"),
];
