import { locale } from '../../language.ts'

const units = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte']

/** A size in a unit that people read, such as 1.2 MB. */
export function sizeOf(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), units.length)
  const format = { style: 'unit', unit: units[power - 1], maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(locale, format).format(bytes / 1000 ** power)
}
