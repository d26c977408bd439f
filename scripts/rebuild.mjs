// Builds the addon and compiles TypeScript, whether or not anything changed.
import { buildAddon } from "./setup/addon.mjs";
import { main } from "./setup/command.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { compileTypeScript } from "./setup/typescript.mjs";

await main(async () => {
  installDependencies();
  buildAddon({ force: true });
  await compileTypeScript({ force: true });
});
