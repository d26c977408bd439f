// Makes a fresh clone ready to run and does nothing when it is. Plain Node, no dependency. With --lint also the linters.
import { buildAddon } from "./setup/addon.mjs";
import { main } from "./setup/command.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { provideLinters } from "./setup/system.mjs";
import { compileTypeScript } from "./setup/typescript.mjs";

await main(async () => {
  installDependencies();
  if (process.argv.includes("--lint")) provideLinters();
  buildAddon();
  await compileTypeScript();
});
