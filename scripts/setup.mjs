// Makes a fresh clone ready to run and does nothing when it is. Plain Node, no dependency. With --lint also the linters.
// With --build the addon is built here even where the prebuilt binary would do.
import { buildAddon } from "./setup/addon.mjs";
import { main } from "./setup/command.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { provideLinters } from "./setup/system.mjs";
import { compileTypeScript } from "./setup/typescript.mjs";

await main(async () => {
  installDependencies();
  const lint = process.argv.includes("--lint");
  if (lint) provideLinters();
  buildAddon({ required: lint || process.argv.includes("--build") });
  await compileTypeScript();
});
