import { ConfigError } from '../base/errors.ts'
import type { Language, MessageText } from './language.ts'
import { fallbacksOf } from './language-tags.ts'
import { fileOf, type MessageName } from './message-name.ts'
import type { PageName } from './page-name.ts'
import { fill, type Values } from './placeholders.ts'
import { type Languages, readShipped, readTexts } from './read-texts.ts'

export type Texts = ReturnType<typeof createTexts>

/** The texts of the HTML pages, and the language that they are in. */
interface PageTexts {
  lang: string
  /** The text with its placeholders, for `fill`. */
  text(name: PageName): string
}

const last = 'en'

/** The problems of the texts in `folder`, each a clause that names the file. */
export const textProblems = (folder: string): string[] =>
  readTexts(folder, readShipped().get(last) as Language).problems

/**
 * The texts of messages and HTML pages: those of `folder`, and the shipped ones for what it lacks. A text is that of
 * the first of these languages that has it (RFC 4647 §3.4): the one asked for, such as `de-AT`, then `de`, then
 * English. Reads all files, once. Throws a ConfigError that names each problem of `folder`.
 */
export function createTexts(folder: string | undefined) {
  const shipped = readShipped()
  const own = readTexts(folder, shipped.get(last) as Language)
  if (own.problems.length > 0) throw new ConfigError(own.problems)
  const tags = new Set([...shipped.keys(), ...own.languages.keys()])
  const languages = new Map([...tags].map(tag => [tag.toLowerCase(), complete(tag, shipped, own.languages)]))
  const english = languages.get(last) as Complete

  function find(locales: (string | null)[]): Complete | undefined {
    for (const locale of locales)
      for (const tag of locale === null ? [] : fallbacksOf(locale.toLowerCase())) {
        const found = languages.get(tag)
        if (found) return found
      }
    return undefined
  }

  return {
    /** The message in the language of a person. `values` has a value for each placeholder of the English text. */
    message(name: MessageName, locale: string | null, values: Values): MessageText {
      const { subject, text } = (find([locale]) ?? english).messages.get(fileOf(name)) as MessageText
      return { subject: fill(subject, values), text: fill(text, values) }
    },

    /** The texts of pages in the first of these languages that there is, otherwise in English. */
    page: (...locales: (string | null)[]): PageTexts => (find(locales) ?? english).page,

    /** The first of these languages for which there are texts, otherwise the first. */
    preferred: (locales: string[]): string | null => locales.find(locale => find([locale])) ?? locales[0] ?? null
  }
}

interface Complete {
  messages: Map<string, MessageText>
  page: PageTexts
}

/** All texts of a language, with those of less specific languages and English for what is missing. */
function complete(tag: string, shipped: Languages, own: Languages): Complete {
  const messages = new Map<string, MessageText>()
  const texts = new Map<string, string>()
  let lang = last
  for (const fallback of [last, ...fallbacksOf(tag).reverse()]) {
    for (const language of [shipped.get(fallback), own.get(fallback)]) {
      for (const [name, message] of language?.messages ?? []) messages.set(name, message)
      for (const [name, text] of language?.pages ?? []) texts.set(name, text)
      if (language && language.pages.size > 0) lang = fallback
    }
  }
  return { messages, page: { lang, text: name => texts.get(name) as string } }
}
