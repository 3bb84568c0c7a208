import { type Language, type MessageText, messageIn, pagesFile, pageTextIn } from './language.ts'
import { placeholdersIn } from './placeholders.ts'

/** The placeholders that a text has to have when the English one has them. */
const needed = ['{{link}}', '{{code}}']

/**
 * The problems of the file `name` at `path`, each a clause that names the place. The English texts define the files,
 * the names of the texts of pages, and the placeholders.
 */
export function problemsIn(path: string, name: string, lines: string[], english: Language): string[] {
  if (name === pagesFile) return pageProblems(path, lines, english.pages)
  const model = english.messages.get(name)
  return model ? messageProblems(path, lines, model) : [`${path} is not the name of a text`]
}

function messageProblems(path: string, lines: string[], model: MessageText): string[] {
  const { subject, text } = messageIn(lines)
  return [
    ...(subject === '' ? [`${path}:1 is empty: expected the subject`] : []),
    ...(lines[1]?.trim()
      ? [`${path}:2 is not empty: expected the subject in one line, and an empty line after it`]
      : []),
    ...(text === '\n' ? [`${path} has no text after the subject and an empty line`] : []),
    ...lines.flatMap((line, index) => unknown(`${path}:${index + 1}`, line, index === 0 ? model.subject : model.text)),
    ...missing(path, text, model.text)
  ]
}

function pageProblems(path: string, lines: string[], english: Map<string, string>): string[] {
  const seen = new Set<string>()
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return []
    const place = `${path}:${index + 1}`
    const [name, text] = pageTextIn(line) ?? []
    if (name === undefined || text === undefined) return [`${place} is not a name, a colon and a text`]
    const model = english.get(name)
    if (model === undefined) return [`${place} has ${name}, which is not a text of the pages`]
    if (seen.has(name)) return [`${place} has ${name} again`]
    seen.add(name)
    return [...unknown(place, text, model), ...missing(place, text, model)]
  })
}

function unknown(place: string, text: string, model: string): string[] {
  const known = [...new Set(placeholdersIn(model))]
  const expected = known.length > 0 ? known.join(' or ') : 'no placeholder'
  return placeholdersIn(text).flatMap(one => (known.includes(one) ? [] : [`${place} has ${one}: expected ${expected}`]))
}

const missing = (place: string, text: string, model: string): string[] =>
  needed.flatMap(one => (model.includes(one) && !text.includes(one) ? [`${place} lacks ${one}`] : []))
