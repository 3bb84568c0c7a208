/** What a place of a request may hold, as a route describes it. */
export interface Shape {
  type?: string | string[]
  properties?: Record<string, Shape>
  required?: string[]
  examples?: unknown[]
  enum?: string[]
  anyOf?: Shape[]
}

const typesOf = ({ type, anyOf = [] }: Shape): unknown[] => [type, ...anyOf.map(({ type }) => type)].flat()

/**
 * `base` with `text` in each member of `shape` that is not an object, or in place of each item or each name of it. The
 * name says where the text is.
 */
export function textPlaces(shape: Shape, base: object, text: string): [name: string, value: object][] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, member]): [string, object][] => {
    const into = (at: string, value: unknown): [string, object] => [at, { ...base, [name]: value }]
    const types = typesOf(member)
    if (member.properties) return textPlaces(member, {}, text).map(([inner, value]) => into(`${name}.${inner}`, value))
    if (types.includes('object')) return [into(`${name}.x`, { x: text }), into(`a name in ${name}`, { [text]: 1 })]
    return [into(name, types.includes('array') ? [text] : text)]
  })
}

/** The members that are required, and with `all` those that have an example, with values. */
export function exampleOf({ properties = {}, required = [] }: Shape = {}, all = true): Record<string, unknown> {
  const chosen = Object.entries(properties).filter(
    ([name, { examples = [] }]) => required.includes(name) || (all && examples.length > 0 && examples[0] !== '')
  )
  return Object.fromEntries(
    chosen.map(([name, { examples = [], enum: [one = 'x'] = [] }]) => [name, examples[0] ?? one])
  )
}
