import { fileURLToPath } from "node:url";
import {
  type ConditionalTypeNode,
  type ExpressionWithTypeArguments,
  type Identifier,
  type Node,
  type PropertyDeclaration,
  SyntaxKind,
  type TypeReferenceNode,
} from "typescript/unstable/ast";
import {
  API,
  type Checker,
  type Symbol as Declared,
  type Project,
  SymbolFlags,
} from "typescript/unstable/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Walks everything that is exported, and what it refers to, in the declarations that ship.

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Whether a user reads a value of the type, or gives one. */
type Position = "result" | "parameter";

interface Finding {
  readonly keyword: "any" | "unknown";
  /** In a bound or a condition, `unknown` is the type of no value. */
  readonly position: Position | "bound";
  /** The exported name and what lies between. */
  readonly path: string;
}

const flipped = (position: Position | "bound"): Position | "bound" =>
  position === "bound" ? "bound" : position === "result" ? "parameter" : "result";

class Walk {
  readonly findings: Finding[] = [];
  /** How many declarations were looked at. */
  declarations = 0;
  private readonly seen = new Set<string>();

  constructor(
    private readonly project: Project,
    private readonly checker: Checker,
  ) {}

  exported(symbol: Declared, path: string, position: Position | "bound" = "result"): void {
    const target = symbol.flags & SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
    for (const declaration of target.declarations) {
      if (declaration.kind === SyntaxKind.TypeParameter) continue;
      const key = `${declaration.path} ${declaration.index} ${position}`;
      if (!declaration.path.includes("/dist/types/") || this.seen.has(key)) continue;
      this.seen.add(key);
      if (declaration.kind === SyntaxKind.SourceFile || declaration.kind === SyntaxKind.NamespaceExport) {
        for (const inner of this.checker.getExportsOfModule(target))
          this.exported(inner, `${path}.${inner.name}`);
        continue;
      }
      this.declarations++;
      const node = declaration.resolve(this.project);
      node?.forEachChild((child) => this.node(child, position, path));
    }
  }

  private children(node: Node, position: Position | "bound", path: string): void {
    node.forEachChild((child) => this.node(child, position, path));
  }

  private node(node: Node, position: Position | "bound", path: string): void {
    switch (node.kind) {
      case SyntaxKind.AnyKeyword:
        this.findings.push({ keyword: "any", position, path });
        return;
      case SyntaxKind.UnknownKeyword:
        this.findings.push({ keyword: "unknown", position, path });
        return;
      case SyntaxKind.Parameter:
        this.children(node, flipped(position), `${path}()`);
        return;
      case SyntaxKind.TypeParameter:
        this.children(node, "bound", path);
        return;
      case SyntaxKind.ConditionalType: {
        const { checkType, extendsType, trueType, falseType } = node as ConditionalTypeNode;
        for (const condition of [checkType, extendsType]) this.node(condition, "bound", path);
        // What is unknown when it is given is unknown when it comes back.
        for (const branch of [trueType, falseType])
          this.node(branch, branch.kind === SyntaxKind.UnknownKeyword ? "bound" : position, path);
        return;
      }
      case SyntaxKind.TypeReference: {
        const { typeName } = node as TypeReferenceNode;
        const symbol = this.checker.getSymbolAtLocation(typeName);
        if (symbol !== undefined) this.exported(symbol, `${path}: ${symbol.name}`, position);
        break;
      }
      case SyntaxKind.ExpressionWithTypeArguments: {
        const { expression } = node as ExpressionWithTypeArguments;
        const symbol = this.checker.getSymbolAtLocation(expression);
        if (symbol !== undefined) this.exported(symbol, `${path}: ${symbol.name}`, position);
        break;
      }
      case SyntaxKind.Constructor:
        // Users make tensors and results by functions.
        return;
      case SyntaxKind.PropertySignature:
      case SyntaxKind.PropertyDeclaration:
      case SyntaxKind.MethodSignature:
      case SyntaxKind.MethodDeclaration: {
        const { name, modifiers } = node as PropertyDeclaration;
        if (modifiers?.some(({ kind }) => kind === SyntaxKind.PrivateKeyword)) return;
        this.children(node, position, `${path}.${(name as Identifier).text}`);
        return;
      }
    }
    this.children(node, position, path);
  }
}

describe("the types of the public interface", () => {
  let api: API;
  let walk: Walk;

  const places = (keyword: Finding["keyword"], ...positions: Finding["position"][]): string[] =>
    walk.findings
      .filter((found) => found.keyword === keyword && positions.includes(found.position))
      .map(({ path }) => path);

  beforeAll(() => {
    api = new API({ cwd: root });
    const [project] = api.updateSnapshot({ openProjects: [`${root}tsconfig.test.json`] }).getProjects();
    const index = project.program.getSourceFile(`${root}dist/types/lib/index.d.ts`);
    const module = project.checker.getSymbolAtLocation(index!);
    walk = new Walk(project, project.checker);
    for (const symbol of project.checker.getExportsOfModule(module!)) walk.exported(symbol, symbol.name);
  });

  afterAll(() => api.close());

  test("all of it is walked", () => expect(walk.declarations).toBeGreaterThan(300));

  test("no any", () => expect(places("any", "result", "parameter", "bound")).toEqual([]));

  test("no result is unknown", () => expect(places("unknown", "result")).toEqual([]));

  test("anything may be given only where any tree is taken, and any result", () =>
    expect(places("unknown", "parameter").sort()).toEqual([
      "gradcheck()",
      "testing.assertNoLeak()",
      "tree.leaves()",
    ]));
});
