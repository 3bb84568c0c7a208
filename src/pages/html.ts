/** Markup that may go into a page as it is. */
export interface Html {
  html: string
}

/** A piece of a page: text that is filled in is escaped, markup is not. */
export function html(parts: TemplateStringsArray, ...values: (string | Html)[]): Html {
  const filled = values.map((value, index) => `${toMarkup(value)}${parts[index + 1]}`)
  return { html: parts[0] + filled.join('') }
}

const toMarkup = (value: string | Html) =>
  typeof value === 'string' ? value.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`) : value.html
