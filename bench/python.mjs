// The Python that has the peers: what PYTHON names, else the first one that knows PyTorch or NumPy.
import { probe } from "../scripts/setup/command.mjs";

const known =
  "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and u.find_spec('numpy')))";
const candidates = ["python3", "/usr/bin/python3"];

export const python =
  process.env.PYTHON ?? candidates.find((command) => probe(command, ["-c", known]) !== null) ?? candidates[0];
