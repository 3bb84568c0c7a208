/** The name of a member, or the index of an item. */
export type Step = string | number

/** The JSON Pointer (RFC 6901) of the member or item that `path` leads to. */
export const pointerOf = (path: Step[]) =>
  path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** The steps of a JSON Pointer. */
export const stepsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
