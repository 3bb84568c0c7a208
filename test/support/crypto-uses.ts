import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '..', '..')

/** Where the code is that runs on servers, in browsers and in other apps. */
const folders = ['bin', 'console/src', 'packages/client/src', 'plugins', 'routes', 'src']

/** The sources by their path from the root. */
export const cryptoSources = (): Map<string, string> =>
  new Map(
    folders
      .flatMap(folder =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(f => join(folder, f))
      )
      .filter(file => /\.([cm]?js|tsx?)$/.test(file) && !/(^|\/)(node_modules|dist)\//.test(file))
      .map(file => [file, readFileSync(join(root, file), 'utf8')])
  )

/** The libraries that encrypt, sign, hash or make random values. */
const library =
  /^((node:)?(crypto|tls|https|http2)|crypto-js|jose|jsonwebtoken|fast-jwt|@fastify\/(jwt|secure-session|cookie)|uuid|nanoid|pg|nodemailer|otpauth|openpgp|sodium-native|libsodium.*|tweetnacl.*|@noble\/.*|@simplewebauthn\/.*|@node-rs\/.*|bcrypt(js)?|argon2|scrypt.*)$/

/** Our own functions that do one of these. The uses of all others are uses of these. */
const own = [
  'base/secrets',
  'base/sealing',
  'wire/jwk',
  'auth/keys/jwk',
  'auth/keys/sealed-tokens',
  'auth/keys/stored-secrets'
].map(name => `src/${name}.ts`)

/** A use of cryptography: a name, with the texts, numbers and booleans among its arguments if it is a call. */
export type Uses = string[]

/** The uses of each file that has some, in alphabetical order. */
export function cryptoUses(sources: Map<string, string>): Map<string, Uses> {
  const found = Array.from(sources, ([file, text]) => [file, usesIn(file, text)] as const)
  return new Map(found.filter(([, uses]) => uses.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function usesIn(file: string, text: string): Uses {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const constants = constantsOf(source)
  const imported = importsOf(file, source)
  const uses: Uses = []

  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return
    if (ts.isExportDeclaration(node) && isWatched(file, node.moduleSpecifier)) uses.push(`export ${nameOf(node)}`)
    if (ts.isStringLiteralLike(node) && library.test(node.text) && ts.isCallExpression(node.parent)) {
      // A value of a setting loads nothing.
      if (node.parent.expression.getText() !== 'Type.Literal') uses.push(memberOf(node.parent, node.text))
    }
    if (ts.isIdentifier(node) && !isLabel(node)) {
      const name = imported.get(node.text) ?? globalOf(node)
      if (name !== undefined) uses.push([name, ...literalsOf(callOf(node), constants)].join(' '))
    }
    ts.forEachChild(node, visit)
  }

  visit(source)
  return uses.sort()
}

/** The names of a file that come from a watched module, and what they are there. */
function importsOf(file: string, source: ts.SourceFile): Map<string, string> {
  const names = new Map<string, string>()
  for (const node of source.statements) {
    if (!ts.isImportDeclaration(node) || node.importClause?.isTypeOnly || !isWatched(file, node.moduleSpecifier))
      continue
    const { name, namedBindings } = node.importClause ?? {}
    const module = (node.moduleSpecifier as ts.StringLiteral).text
    if (name) names.set(name.text, module)
    if (namedBindings && ts.isNamespaceImport(namedBindings)) names.set(namedBindings.name.text, module)
    if (namedBindings && ts.isNamedImports(namedBindings))
      for (const { isTypeOnly, name, propertyName } of namedBindings.elements)
        if (!isTypeOnly) names.set(name.text, (propertyName ?? name).text)
  }
  for (const [, alias = '', name = ''] of source.text.matchAll(/^const (\w+) = promisify\((\w+)\)/gm))
    if (names.has(name)) names.set(alias, String(names.get(name)))
  return names
}

function isWatched(file: string, specifier: ts.Expression | undefined): boolean {
  if (!specifier || !ts.isStringLiteral(specifier)) return false
  const { text } = specifier
  return text.startsWith('.') ? own.includes(join(dirname(file), text)) : library.test(text)
}

const nameOf = (node: ts.ExportDeclaration) => (node.moduleSpecifier as ts.StringLiteral).text

/** Whether the identifier is the name of a member or a declaration, and not a use. */
function isLabel(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node && parent.expression.getText() !== 'globalThis'
  if (ts.isShorthandPropertyAssignment(parent)) return false
  return (parent as { name?: ts.Node }).name === node || (parent as { propertyName?: ts.Node }).propertyName === node
}

/** The longest chain of members from an identifier on, without `?`. */
function chainOf(node: ts.Node): ts.Node {
  const { parent } = node
  const isMember = ts.isPropertyAccessExpression(parent) && (parent.expression === node || parent.name === node)
  return isMember ? chainOf(parent) : node
}

/** A member of `crypto`, the Web Cryptography API, or `Math.random`; otherwise `undefined`. */
function globalOf(node: ts.Identifier): string | undefined {
  const chain = chainOf(node).getText().replaceAll('?', '').replace('globalThis.', '')
  return (node.text === 'crypto' && /^crypto(\.|$)/.test(chain)) || /^Math\.random\b/.test(chain) ? chain : undefined
}

function callOf(node: ts.Node): ts.CallExpression | undefined {
  const chain = chainOf(node)
  return ts.isCallExpression(chain.parent) && chain.parent.expression === chain ? chain.parent : undefined
}

/** `import('x')`, or the member that is taken from it: `x.member`. */
function memberOf(call: ts.CallExpression, module: string): string {
  let node: ts.Node = call
  while (ts.isAwaitExpression(node.parent) || ts.isParenthesizedExpression(node.parent)) node = node.parent
  return ts.isPropertyAccessExpression(node.parent) ? `${module}.${node.parent.name.text}` : module
}

/** The constants of a file that are one text or number. */
function constantsOf(source: ts.SourceFile): Map<string, string> {
  const constants = new Map<string, string>()
  for (const statement of source.statements)
    if (ts.isVariableStatement(statement))
      for (const { name, initializer } of statement.declarationList.declarations)
        if (initializer && (ts.isNumericLiteral(initializer) || ts.isStringLiteral(initializer)))
          constants.set(name.getText(), initializer.text)
  return constants
}

/** The texts, numbers and booleans in the arguments of a call, also those in lists and as members of objects. */
function literalsOf(call: ts.CallExpression | undefined, constants: Map<string, string>): string[] {
  const literals: string[] = []
  function add(node: ts.Node): void {
    if (ts.isStringLiteral(node) || ts.isNumericLiteral(node)) literals.push(node.text)
    else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
      literals.push(node.getText())
    else if (ts.isTemplateExpression(node)) literals.push(node.head.text)
    else if (ts.isIdentifier(node)) literals.push(constants.get(node.text) ?? '')
    else if (ts.isArrayLiteralExpression(node)) node.elements.forEach(add)
    else if (ts.isObjectLiteralExpression(node)) node.properties.forEach(add)
    else if (ts.isPropertyAssignment(node)) add(node.initializer)
    else if (ts.isNewExpression(node)) node.arguments?.forEach(add)
  }
  call?.arguments.forEach(add)
  return literals.filter(text => /^[\w./-]+$/.test(text))
}
