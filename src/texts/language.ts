/** The texts of one language: messages by the name of their file, and the texts of HTML pages by name. */
export interface Language {
  messages: Map<string, MessageText>
  pages: Map<string, string>
}

/** A message, with its placeholders. */
export interface MessageText {
  subject: string
  text: string
}

/** The file with the texts of the HTML pages. */
export const pagesFile = 'pages.txt'

/** The message in a file: the subject, an empty line, and the text. */
export const messageIn = ([subject = '', , ...lines]: string[]): MessageText => ({
  subject: subject.trim(),
  text: `${lines.join('\n').trim()}\n`
})

/** The name and the text in a line of `pages.txt`; `undefined` when the line has another form. */
export function pageTextIn(line: string): [name: string, text: string] | undefined {
  const [, name, text] = /^([a-z-]+):\s*(.*\S)\s*$/.exec(line) ?? []
  return name && text ? [name, text] : undefined
}

/** The texts in the files of a language, by the names of the files. */
export function languageOf(files: Map<string, string[]>): Language {
  const { [pagesFile]: pages = [], ...messages } = Object.fromEntries(files)
  return {
    messages: new Map(Object.entries(messages).map(([name, lines]) => [name, messageIn(lines)])),
    pages: new Map(pages.flatMap(line => [pageTextIn(line)].filter(found => found !== undefined)))
  }
}
