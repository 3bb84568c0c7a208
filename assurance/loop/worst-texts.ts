/** `text` again and again, in at most `bytes` bytes of UTF-8. */
const fill = (text: string, bytes: number) => text.repeat(Math.max(0, bytes) / Buffer.byteLength(text))

/** Chinese characters, each unlike its neighbours: the encoding of such a label in ASCII (RFC 3492) takes longest. */
const chinese = (bytes: number) =>
  Array.from({ length: Math.max(0, bytes) / 3 }, (_, at) => String.fromCharCode(0x4e00 + ((at * 7919) % 20_000))).join(
    ''
  )

/** Marks that a normal form has to sort (UAX #15): U+0344 becomes two of them, and the last ones go to the front. */
const marks = (bytes: number) => fill('\u0344', (bytes * 5) / 8) + fill('\u0316', (bytes * 3) / 8)

/** Texts of `bytes` bytes of UTF-8 that code reads in more than linear time where it does not look at the length. */
export const worstTexts = (bytes: number): Record<string, string> => ({
  marks: marks(bytes),
  'marks in a domain': `a@${marks(bytes - 5)}.de`,
  'Chinese in a domain': `a@${chinese(bytes - 5)}.de`,
  'punycode in a domain': `a@xn--${fill('a', bytes - 13)}.\u4e2d.de`,
  // No longer than what is still read: the longest spellings of a password and of an address.
  'fewer marks': marks(Math.min(bytes, 3072)),
  'fewer Chinese in a domain': `a@${chinese(Math.min(bytes, 3038) - 5)}.de`,
  'many signs': fill('a@', bytes),
  'many dots': `${fill('a.', bytes - 12)}@example.com`,
  blanks: fill(' ', bytes),
  'compatibility characters': fill('\ufdfa', bytes),
  'unpaired surrogates': fill('\ud800', bytes / 2)
})
