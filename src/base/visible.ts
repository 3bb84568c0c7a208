/**
 * `text` with control characters, line breaks and changes of writing direction escaped, so that a user-supplied name or
 * a User-Agent cannot control the terminal.
 */
export const visible = (text: string) =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    character => `\\u{${character.codePointAt(0)?.toString(16)}}`
  )
