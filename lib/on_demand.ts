import { createRequire } from "node:module";

const load = createRequire(__filename);

/** A module of Node's that takes longer to load than much of this library: loaded when it is first needed. */
export function onDemand<Module>(name: string): () => Module {
  let loaded: Module | undefined;
  return () => {
    loaded ??= load(name) as Module;
    return loaded;
  };
}

export const assert = onDemand<typeof import("node:assert")>("node:assert");
