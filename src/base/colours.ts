const codes = { red: 31, green: 32, yellow: 33 }

/** A colour of a terminal. */
export type Colour = keyof typeof codes

/** `text` in this colour where `out` is a terminal with colours, which respects NO_COLOR; unchanged elsewhere. */
export const paint = (out: { hasColors?(): boolean }, text: string, colour: Colour | undefined) =>
  colour !== undefined && out.hasColors?.() ? `\u001b[${codes[colour]}m${text}\u001b[39m` : text
