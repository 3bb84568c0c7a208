import { isDeepStrictEqual } from 'node:util'

/**
 * Moves every object with a `title` in an OpenAPI document to `components.schemas` and replaces it by a `$ref`, because
 * SDK generators name a type after its component and write out all other objects. Throws when two different objects
 * have the same title.
 */
export function nameShapes<T extends object>(document: T): T {
  const { paths, components } = document as { paths: object; components: { schemas: object } }
  const schemas: Record<string, unknown> = {}

  function keep(name: string, shape: unknown) {
    if (schemas[name] !== undefined && !isDeepStrictEqual(schemas[name], shape))
      throw new Error(`Two different shapes have the title ${name}: rename one of them.`)
    schemas[name] = shape
  }

  function named(node: unknown): unknown {
    if (typeof node !== 'object' || node === null) return node
    const { type, title } = node as { type?: unknown; title?: unknown }
    if (type !== 'object' || typeof title !== 'string') return membersNamed(node)
    keep(title, membersNamed(node))
    return { $ref: `#/components/schemas/${title}` }
  }

  function membersNamed(node: object): unknown {
    if (Array.isArray(node)) return node.map(named)
    return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, named(member)]))
  }

  for (const [name, shape] of Object.entries(components.schemas)) keep(name, membersNamed(shape))
  return { ...document, paths: membersNamed(paths), components: { ...components, schemas } }
}
