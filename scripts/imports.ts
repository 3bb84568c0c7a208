import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

/** An import of a file: when the program starts, later, or of types alone. */
export interface Import {
  /** A package by name, a file of this project by path from the root. */
  name: string
  kind: 'now' | 'later' | 'type'
}

/** The TypeScript files in a folder and below it, by path from `root`. */
export const filesIn = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.tsx?$/.test(name))
    .map(name => join(folder, name))

/** Every import of a file. */
export function findImports(root: string, file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, kind: Import['kind']) => {
    const name = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)'
    found.push({ name: name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name, kind })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node) ? 'type' : 'now')
    if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'now')
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, 'type')
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'later')
    // createRequire(import.meta.url)('…')
    if (ts.isCallExpression(node) && ts.isCallExpression(node.expression) && isCreateRequire(node.expression))
      add(node.arguments[0], 'later')
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const isTypeOnly = ({ importClause }: ts.ImportDeclaration) =>
  importClause?.isTypeOnly === true ||
  (importClause?.name === undefined &&
    importClause?.namedBindings !== undefined &&
    ts.isNamedImports(importClause.namedBindings) &&
    importClause.namedBindings.elements.every(element => element.isTypeOnly))

const isCreateRequire = ({ expression }: ts.CallExpression) =>
  ts.isIdentifier(expression) && expression.text === 'createRequire'
