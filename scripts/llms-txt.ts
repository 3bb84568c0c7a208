/**
 * `llms.txt` (llmstxt.org) from the index of the documentation: the same groups and links, as paths from the root
 * folder. `summary` says in one line what the project is. The design goes into the section that a reader may skip.
 */
export function renderLlmsTxt(index: string, summary: string): string {
  return index
    .replace(/^# .*\n/, `# Sallyport\n\n> ${summary}\n`)
    .replaceAll(/\]\((?!\.\.\/)/g, '](docs/')
    .replaceAll('](../', '](')
    .replace('## Design', '## Optional')
}
