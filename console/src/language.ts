/** The languages of the console, by their own names. */
export const languages = { en: 'English' } as const
export type Language = keyof typeof languages

const { navigator } = globalThis as { navigator?: { languages: readonly string[] } }
const wanted = navigator?.languages ?? []
const isKnown = (tag: string | undefined): tag is Language => tag !== undefined && Object.hasOwn(languages, tag)

/** The first language of the browser that the console has. */
export const language: Language = wanted.map(tag => tag.split('-')[0]).find(isKnown) ?? 'en'

/** The locale of times and numbers: that of the browser if it is in the language of the texts. */
export const locale: string = wanted.find(tag => tag.split('-')[0] === language) ?? language
