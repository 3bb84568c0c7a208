/** The values of the placeholders `{{host}}`, `{{link}}`, `{{code}}` and `{{length}}`. */
export interface Values {
  host: string
  link?: string | undefined
  code?: string | undefined
  /** The least length of a password, in characters. */
  length?: string | undefined
}

/** The placeholders in a text, as they are written, also those that do not exist. */
export const placeholdersIn = (text: string): string[] => text.match(/\{\{.*?\}\}|\{\{|\}\}/g) ?? []

/** The text with its placeholders replaced. `values` has a value for each of them. */
export const fill = (text: string, values: Values): string =>
  text.replace(/\{\{(host|link|code|length)\}\}/g, (_, name: keyof Values) => String(values[name]))
