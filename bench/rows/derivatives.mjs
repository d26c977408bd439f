import { eagerAndCompiled, jax, part, reach, torch, torchFunc } from "./notation.mjs";

const calls =
  "what a general operation costs in TypeScript, times the operations of rule and batch; compiled, it is one call";

export const derivatives = [
  ...eagerAndCompiled({
    name: "log-softmax-jacobian",
    work: "Jacobian of log softmax(X y), X [2, 4]",
    ask: ["derivatives", "log-softmax-jacobian"],
    peers: [torch, jax],
    eager: {
      targets: reach(4e3, { PyTorch: 41e3 }),
      parts: [part("the function alone", "derivatives", "log-softmax")],
      because: calls,
    },
    compiled: { targets: reach(600, { PyTorch: 41e3 }) },
  }),
  ...eagerAndCompiled({
    name: "jacobian-64",
    work: "Jacobian of tanh(W x), 64 outputs",
    ask: ["derivatives", "jacobian-of-outputs", 64],
    peers: [torch, torchFunc, jax],
    eager: { targets: reach(20e3, { "torch.func": 102e3 }), because: calls },
    compiled: { targets: reach(20e3, { "torch.func": 102e3 }) },
  }),
  ...eagerAndCompiled({
    name: "hessian-100",
    work: "Hessian of Rosenbrock's function, 100 variables",
    ask: ["derivatives", "hessian", 100],
    peers: [torch, torchFunc, jax],
    eager: { targets: reach(60e3, { PyTorch: 178e3, "torch.func": 262e3 }), because: calls },
    compiled: { targets: reach(60e3, { PyTorch: 178e3, "torch.func": 262e3 }) },
  }),
];
