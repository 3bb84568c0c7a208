import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** A page without its code, which may contain what looks like a link or a heading. */
const textOf = (path: string) => readFileSync(path, 'utf8').replaceAll(/^( *)```.*?^\1```$/gms, '')

/** The anchors of the headings of a page, as forges make them. */
function anchorsOf(path: string): Set<string> {
  const titles = [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title.replaceAll(/\]\([^)]*\)/g, ']')
  )
  return new Set(
    titles.map(title =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-')
    )
  )
}

/** The files that a page links to, from the root folder. */
export const linkedFrom = (root: string, path: string): string[] =>
  [...textOf(join(root, path)).matchAll(/\]\((?!\w+:)([^)#\s]+)/g)].map(([, target = '']) =>
    relative(root, join(root, dirname(path), target))
  )

/** The links of a page that lead nowhere: to a file that does not exist, or to a heading that its page lacks. */
export function brokenLinks(root: string, path: string): string[] {
  return [...textOf(join(root, path)).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(
    ([, target = '', anchor]) => {
      const file = target === '' ? join(root, path) : join(root, dirname(path), target)
      const isPage = file.endsWith('.md') && existsSync(file) && statSync(file).isFile()
      const leads = existsSync(file) && (anchor === undefined || !isPage || anchorsOf(file).has(anchor))
      return leads ? [] : [`${path}: ${target}${anchor === undefined ? '' : `#${anchor}`}`]
    }
  )
}
