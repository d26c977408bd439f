// Rewrites TypeScript, JavaScript, JSON and C++ in the house format.
import { nativeSources } from "./native-sources.mjs";
import { main, packageCommand, show } from "./setup/command.mjs";

await main(() => {
  const biome = show(process.execPath, [packageCommand("@biomejs/biome", "biome"), "check", "--write", "."]);
  const clang = nativeSources.length === 0 ? 0 : show("clang-format", ["-i", ...nativeSources]);
  process.exitCode = biome || clang;
});
