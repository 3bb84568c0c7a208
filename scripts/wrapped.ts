/** `text` in lines of at most 120 columns, each but the first after `indent`. */
export const wrapped = (text: string, indent = ''): string =>
  text.replace(new RegExp(`(.{1,${120 - indent.length}})(?: |$)`, 'g'), `$1\n${indent}`).trimEnd()
