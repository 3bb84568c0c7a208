/** Markup that needs no escaping. */
export interface Html {
  html: string
}

/** A piece of a page. Inserted text is escaped; inserted `Html` is not. */
export function html(parts: TemplateStringsArray, ...values: (string | Html)[]): Html {
  const filled = values.map((value, index) => `${toMarkup(value)}${parts[index + 1]}`)
  return { html: parts[0] + filled.join('') }
}

const toMarkup = (value: string | Html) =>
  typeof value === 'string' ? value.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`) : value.html
