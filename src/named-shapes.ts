import { isDeepStrictEqual } from 'node:util'

/**
 * The OpenAPI document `document`, with every object that has a `title` moved to `components.schemas` under that title
 * and replaced by a `$ref`. SDK generators name a type after its component, and write out every other object in full.
 * Throws when two different objects have the same title.
 */
export function nameShapes<T extends object>(document: T): T {
  const { paths, components } = document as { paths: object; components: { schemas: object } }
  const schemas: Record<string, unknown> = {}

  function keep(name: string, shape: unknown) {
    if (schemas[name] !== undefined && !isDeepStrictEqual(schemas[name], shape))
      throw new Error(`Two different shapes have the title ${name}: give one of them another.`)
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
