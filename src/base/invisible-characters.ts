const invisible = String.raw`\p{Default_Ignorable_Code_Point}\u2800`
const anyInvisible = new RegExp(`[${invisible}]`, 'u')
// A variation selector is part of many emoji and of some Japanese names, and a joiner of Persian and Indic words.
const written = new RegExp(String.raw`^(?:[^${invisible}]\p{Variation_Selector}?[\u200c\u200d]?)*$`, 'u')

/**
 * Whether `text` has an invisible character: one that Unicode lets programs ignore
 * (`Default_Ignorable_Code_Point`, UAX #44), or the empty Braille pattern. Such a character makes two names look equal.
 */
export const hasInvisible = (text: string) => anyInvisible.test(text)

/**
 * The same, except for one variation selector and one joiner (U+200C, U+200D) after a visible character, which
 * languages and emoji need.
 */
export const hasMeaninglessInvisible = (text: string) => !written.test(text)
