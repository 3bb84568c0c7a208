/** The texts of HTML pages, as `pages.txt` names them. */
export type PageName = (typeof pageNames)[number]
export const pageNames = [
  'problem',
  'verify-title',
  'verify-button',
  'verify-not-you',
  'verified-title',
  'verified',
  'reset-title',
  'reset-button'
] as const
