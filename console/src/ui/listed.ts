/** The name of the checkbox for `value` in a list that is the member `name` of a body. */
export const boxOf = (name: string, value: string) => `${name} ${value}`

/** The values of the list `name` that are checked in a form. */
export const listed = (values: Record<string, string>, name: string) =>
  Object.keys(values).flatMap(box => (box.startsWith(boxOf(name, '')) ? box.slice(boxOf(name, '').length) : []))
